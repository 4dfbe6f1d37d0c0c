"""A1: a session's number cannot be fixed beforehand, and an old one opens nothing after sign-out or a new password."""

from flask import Flask

from desk.accounts.permissions import Role
from tests.people import PASSWORD, browser_of, hire, proof, try_sign_in


def token_of(client: object) -> str:
    cookie = client.get_cookie("staff")  # type: ignore[attr-defined]
    return cookie.value if cookie else ""


def test_it_makes_a_new_session_at_sign_in(app: Flask) -> None:
    hire(app, Role.ADMIN)
    client = app.test_client()
    client.set_cookie("staff", "chosen-by-somebody-else")
    status, location, _body = try_sign_in(client, "admin@desk.example", PASSWORD)
    assert (status, location) == (303, "/signed-in")
    assert token_of(client) not in ("", "chosen-by-somebody-else")


def test_it_ends_a_session_at_sign_out(app: Flask) -> None:
    client = browser_of(app, hire(app, Role.ADMIN))
    old = token_of(client)
    client.post("/sign-out", data={"csrf_token": proof(client, "/account")})
    client.set_cookie("staff", old)
    assert client.get("/admin/").status_code == 303


def test_it_ends_all_sessions_with_a_new_password(app: Flask) -> None:
    staff_id = hire(app, Role.ADMIN)
    mine, other = browser_of(app, staff_id), browser_of(app, staff_id)
    old = token_of(mine)
    new = "another long enough phrase"
    data = {"csrf_token": proof(mine, "/account/password"), "current": PASSWORD, "new": new, "again": new}
    assert mine.post("/account/password", data=data).status_code == 303
    assert mine.get("/admin/").status_code == 200
    assert other.get("/admin/").status_code == 303
    mine.set_cookie("staff", old)
    assert mine.get("/admin/").status_code == 303
