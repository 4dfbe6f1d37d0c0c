"""The administrator words a letter anew, sees it, is told what is wrong, and puts the first words back."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from desk.accounts.permissions import Role
from desk.tickets.wordings import find_wording, notices, wording_of
from tests.cases import add_staff, fields_of, sign_in

PATH = "/admin/letters/L12"
NEW = "お申し出を受けて調べました。\n結果は次のとおりです。\n［要記入：結果］"


@pytest.fixture
def admin(app: Flask) -> FlaskClient:
    """An administrator at their browser."""
    with app.app_context():
        staff = add_staff(Role.ADMIN, name="鈴木 管理")
    return sign_in(app, staff)


def form(client: FlaskClient, language: str, path: str = PATH) -> dict[str, str]:
    """Return the fields of a language's form."""
    page = client.get(path).text
    part = next(one for one in page.split("<form")[1:] if f'name="language" value="{language}"' in one)
    return fields_of("<form" + part, path)


def test_a_letter_is_worded_anew_and_put_back(app: Flask, admin: FlaskClient) -> None:
    assert "お申し出への回答" in admin.get("/admin/letters").text
    first = form(admin, "ja")
    assert first["text"].replace("\r\n", "\n") == notices()["L12"].texts["ja"]
    assert admin.post(PATH, data=first | {"text": NEW.replace("\n", "\r\n")}).status_code == 303
    page = admin.get(PATH).text
    assert all(words in page for words in ("第1版", "鈴木 管理", "お申し出を受けて調べました。"))
    assert "第1版" in admin.get("/admin/letters").text
    with app.app_context():
        assert wording_of("L12", "ja") == NEW
        assert wording_of("L12", "en") == notices()["L12"].texts["en"]
    late = admin.post(PATH, data=first | {"text": "おそい変更"})
    assert (late.status_code, "ほかの人が先に変更しました" in late.text, "おそい変更" in late.text) == (409, True, True)
    assert admin.post(PATH, data=form(admin, "ja") | {"restore": "1"}).status_code == 303
    with app.app_context():
        found = find_wording("L12", "ja")
        assert found is not None
        assert (found.number, found.text) == (2, notices()["L12"].texts["ja"])
    same = admin.post(PATH, data=form(admin, "ja"), follow_redirects=True)
    assert "いまの文面と同じです" in same.text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "この手紙に必要な項目です"),
        ("{items} だけ", "{decision} がありません"),
        ("{items} {decision} {secret}", "{secret} という項目はありません"),
        ("{items} {decision}" + "あ" * 4000, "4000文字以内"),
    ],
)
def test_it_says_what_is_wrong_and_keeps_what_was_typed(app: Flask, admin: FlaskClient, text: str, told: str) -> None:
    answer = admin.post("/admin/letters/L6", data=form(admin, "en", "/admin/letters/L6") | {"text": text})
    assert (answer.status_code, told in answer.text) == (400, True)
    assert text[:9] in answer.text
    with app.app_context():
        assert find_wording("L6", "en") is None


def test_there_is_no_other_letter(admin: FlaskClient) -> None:
    assert admin.get("/admin/letters/L99").status_code == 404
    assert admin.post(PATH, data=form(admin, "ja") | {"language": "fr"}).status_code == 400


def test_what_leaves_unedited_has_nothing_left_to_write(admin: FlaskClient) -> None:
    path = "/admin/letters/L4-receipt"
    text = "{fee}円を{paid_on}に受け取りました。［要記入：担当者］"
    answer = admin.post(path, data=form(admin, "ja", path) | {"text": text})
    assert (answer.status_code, "そのまま送られます" in answer.text) == (400, True)
