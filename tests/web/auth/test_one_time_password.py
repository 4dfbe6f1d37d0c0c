"""A password for once: it opens the page where one's own is set, and nothing else."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from desk.accounts.permissions import Permission, Role
from tests.house.test_permissions import paths
from tests.people import PASSWORD, browser_of, hire, person, proof, try_sign_in

NEW = "another long enough phrase"
EMAIL = "admin@desk.example"
SET = "/account/password"


@pytest.fixture
def staff_id(app: Flask) -> int:
    """An administrator who has never come in."""
    return hire(app, Role.ADMIN, one_time=True)


@pytest.fixture
def newcomer(app: Flask, staff_id: int) -> FlaskClient:
    """Their browser, signed in with the password for once."""
    client = app.test_client()
    assert try_sign_in(client, EMAIL, PASSWORD)[:2] == (303, "/signed-in")
    return client


def set_password(client: FlaskClient, new: str, again: str | None = None) -> tuple[int, str, str]:
    """Fill in the page; return status, location and body."""
    data = {"csrf_token": proof(client, SET), "new": new, "again": new if again is None else again}
    answer = client.post(SET, data=data)
    return answer.status_code, answer.headers.get("Location", ""), answer.text


def test_it_leads_to_one_page_from_everywhere(app: Flask, newcomer: FlaskClient) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    asked = 0
    for method, path, permission in paths(app):
        if permission is not Permission.ANYONE and path != SET and not path.startswith("/sign-out"):
            answer = newcomer.open(path, method=method)
            if answer.status_code != 403:  # what the role may not do anyway
                assert (answer.status_code, answer.headers.get("Location")) == (303, SET), (method, path)
                asked += 1
    assert asked > 15


def test_it_asks_for_no_old_password_and_keeps_the_menu_shut(newcomer: FlaskClient) -> None:
    page = newcomer.get(SET).text
    assert "一度限りのパスワード" in page
    assert 'name="current"' not in page
    assert "frame-navigation__link" not in page


@pytest.mark.parametrize(
    ("new", "again", "words"),
    [
        ("", "", "新しいパスワードを入力してください"),
        (NEW, "another long enough phrasE", "一致しません"),
        ("short", "short", "12文字以上"),
        ("password1234", "password1234", "推測されにくい"),
        (PASSWORD, PASSWORD, "今までと違うパスワード"),
    ],
)
def test_it_insists_on_a_good_new_one(
    app: Flask, newcomer: FlaskClient, staff_id: int, new: str, again: str, words: str
) -> None:
    status, _location, page = set_password(newcomer, new, again)
    assert status == 400
    assert words in page
    assert person(app, staff_id).must_change_password
    assert newcomer.get("/admin/").location == SET


def test_it_opens_the_desk_once_it_is_set(app: Flask, newcomer: FlaskClient, staff_id: int) -> None:
    elsewhere = browser_of(app, staff_id)
    old = newcomer.get_cookie("staff")
    assert set_password(newcomer, NEW)[:2] == (303, "/admin/")
    assert newcomer.get("/admin/").status_code == 200
    assert not person(app, staff_id).must_change_password
    assert elsewhere.get("/admin/").location.startswith("/sign-in")
    assert old is not None
    newcomer.set_cookie("staff", old.value)
    assert newcomer.get("/admin/").location.startswith("/sign-in")
    assert try_sign_in(app.test_client(), EMAIL, PASSWORD)[0] == 400
    assert try_sign_in(app.test_client(), EMAIL, NEW)[0] == 303


def test_it_lets_somebody_leave_without_setting_one(app: Flask, newcomer: FlaskClient, staff_id: int) -> None:
    assert newcomer.post("/sign-out", data={"csrf_token": proof(newcomer, SET)}).location == "/sign-in"
    assert newcomer.get(SET).location.startswith("/sign-in")
    assert person(app, staff_id).must_change_password
    assert try_sign_in(app.test_client(), EMAIL, PASSWORD)[0] == 303
