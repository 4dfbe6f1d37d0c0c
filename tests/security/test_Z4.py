"""Z4: fields that a form does not have change nothing."""

from flask import Flask

from desk.accounts.permissions import Role
from tests.people import browser_of, hire, person, proof

EXTRA = {
    "role": "admin",
    "is_active": "0",
    "email": "evil@x.example",
    "id": "1",
    "must_change_password": "1",
    "version": "99",
    "password_hash": "x",
}


def test_it_ignores_what_a_profile_does_not_ask(app: Flask) -> None:
    staff_id = hire(app, Role.AGENT)
    client = browser_of(app, staff_id)
    data = {"csrf_token": proof(client, "/account"), "name": "新しい名前", "language": "en", **EXTRA}
    assert client.post("/account", data=data).status_code == 303
    after = person(app, staff_id)
    assert (after.name, after.language) == ("新しい名前", "en")
    assert (after.role, after.email, after.is_active, after.must_change_password) == (
        "agent",
        "agent@desk.example",
        True,
        False,
    )
