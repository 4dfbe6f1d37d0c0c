"""An error page says what to do, names the log line, and leads staff back to where they may be."""

import re

from flask import Flask
from flask.testing import FlaskClient

from desk.accounts.permissions import Role
from tests.people import browser_of, hire

FORM = "multipart/form-data; boundary=x"


def test_it_names_the_log_line_of_a_crash(app: Flask) -> None:
    def fall() -> str:
        raise RuntimeError("銀鏡 冴子")

    app.view_functions["public.landing"] = app.view_functions["public_en.landing"] = fall
    for path, words in (("/", "次の番号をお伝えください"), ("/en/", "quote the following number")):
        answer = app.test_client().get(path)
        assert answer.status_code == 500
        assert words in answer.text
        assert re.search(r"<code>[0-9a-f]{8}</code>", answer.text)
        assert "冴子" not in answer.text


def test_it_leads_staff_back_to_their_own_page(app: Flask) -> None:
    for role, first in ((Role.ADMIN, "/admin/"), (Role.AGENT, "/staff/"), (Role.MANAGER, "/manager/")):
        client = browser_of(app, hire(app, role))
        refused = client.get("/admin/staff" if role is not Role.ADMIN else "/staff/")
        assert refused.status_code == 403
        assert f'href="{first}">はじめの画面に戻る' in refused.text
        unknown = client.get("/admin/staff/1" if role is Role.ADMIN else "/staff/tickets/XXXXXXXXXXXX")
        assert unknown.status_code == 404
        assert f'href="{first}">はじめの画面に戻る' in unknown.text
    assert "はじめの画面" not in app.test_client().get("/nothing").text


def test_it_tells_what_to_do_about_files_that_are_too_large(client: FlaskClient) -> None:
    for path, words in (
        ("/requests/new", "前の画面に戻ると"),
        ("/en/requests/new", "Go back: in nearly every browser"),
    ):
        length = {"CONTENT_LENGTH": str(65 * 1024 * 1024)}
        answer = client.post(path, content_type=FORM, environ_overrides=length)
        assert answer.status_code == 413
        assert words in answer.text
