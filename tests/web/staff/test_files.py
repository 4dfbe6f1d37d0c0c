"""Files that go with an answer: shown while it is written, taken back if wrong, and sent exactly as the preview lists them."""

import io

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from desk.attachments.models import Attachment, FileState
from desk.db import db
from desk.handling.intake import Opened
from tests.cases import add_staff, open_one, sign_in
from tests.web.pages import HtmlForm, form_in, send

WRONG, RIGHT = "別の方の資料.txt", "回答書.txt"


@pytest.fixture
def opened(app: Flask) -> Opened:
    """A ticket to be answered."""
    with app.app_context():
        return open_one()


@pytest.fixture
def agent(app: Flask) -> FlaskClient:
    """Somebody who answers."""
    with app.app_context():
        return sign_in(app, add_staff())


def upload(*names: str) -> list[tuple[io.BytesIO, str]]:
    return [(io.BytesIO(f"{name} の中身".encode()), name) for name in names]


def composer(client: FlaskClient, opened: Opened) -> HtmlForm:
    return form_in(client.get(f"/staff/tickets/{opened.ref}"), "/answer")


def look(client: FlaskClient, form: HtmlForm, *names: str) -> TestResponse:
    """Press the button of the composer with files chosen."""
    files = {"answer-files": upload(*names)} if names else {}
    return send(client, form, **{"answer-text": "お調べしました。", "step": "look", **files})


def back(client: FlaskClient, preview: TestResponse) -> TestResponse:
    """Press 修正する."""
    return send(client, form_in(preview, "/answer"), step="edit")


def removal(page: TestResponse, name: str) -> str:
    """Return the value of the button that takes a file back."""
    before = page.text.split(f"（{name}）")[0]
    return before.rpartition('name="remove" value="')[2].split('"')[0]


def handed_over(app: Flask) -> list[int]:
    with app.app_context():
        return [row.size for row in db.session.scalars(select(Attachment).where(Attachment.is_released))]


def test_a_wrong_file_is_taken_back_and_does_not_leave(app: Flask, agent: FlaskClient, opened: Opened) -> None:
    preview = look(agent, composer(agent, opened), WRONG, RIGHT)
    assert WRONG in preview.text
    edit = back(agent, preview)
    assert (WRONG in edit.text, RIGHT in edit.text, "お調べしました。" in edit.text) == (True, True, True)
    removed = send(agent, form_in(edit, "/answer"), remove=removal(edit, WRONG))
    assert removed.status_code == 200
    assert (WRONG in removed.text, RIGHT in removed.text, "お調べしました。" in removed.text) == (False, True, True)
    again = look(agent, form_in(removed, "/answer"))
    assert (WRONG in again.text, RIGHT in again.text) == (False, True)
    assert send(agent, form_in(again, "/answer"), step="send").status_code == 303
    assert handed_over(app) == [len(f"{RIGHT} の中身".encode())]
    with app.app_context():
        assert db.session.scalars(select(Attachment).where(Attachment.state == FileState.PARKED)).all() == []


def test_it_takes_a_file_back_before_the_text_is_written(agent: FlaskClient, opened: Opened) -> None:
    empty = send(agent, composer(agent, opened), **{"answer-files": upload(WRONG), "step": "look"})
    assert empty.status_code == 400
    assert WRONG in empty.text
    removed = send(agent, form_in(empty, "/answer"), remove=removal(empty, WRONG))
    assert (removed.status_code, WRONG in removed.text) == (200, False)
    assert "回答を入力してください" not in removed.text


def test_it_keeps_what_was_fine_beside_a_file_that_is_not(agent: FlaskClient, opened: Opened) -> None:
    mixed = [*upload(RIGHT), (io.BytesIO(b"MZ\x90\0" + b"\0" * 200), "なにか.exe")]
    page = send(agent, composer(agent, opened), **{"answer-text": "はい", "answer-files": mixed, "step": "look"})
    assert page.status_code == 400
    assert "このファイルの種類は扱えません" in page.text
    assert (RIGHT in page.text, "なにか.exe" in page.text) == (True, False)


def test_a_removal_reaches_no_file_of_another_form(app: Flask, agent: FlaskClient, opened: Opened) -> None:
    theirs, mine = back(agent, look(agent, composer(agent, opened), RIGHT)), composer(agent, opened)
    assert send(agent, mine, remove=removal(theirs, RIGHT)).status_code == 200
    assert RIGHT in back(agent, look(agent, form_in(theirs, "/answer"))).text


def test_who_came_too_late_keeps_the_files_chosen(app: Flask, agent: FlaskClient, opened: Opened) -> None:
    old = composer(agent, opened)
    note = form_in(agent.get(f"/staff/tickets/{opened.ref}"), "/note")
    assert send(agent, note, **{"note-text": "先に"}).status_code == 303
    late = look(agent, old, RIGHT)
    assert late.status_code == 409
    assert RIGHT in late.text
    preview = send(agent, form_in(late, "/answer"), step="look")
    assert (preview.status_code, RIGHT in preview.text) == (200, True)
    assert send(agent, form_in(preview, "/answer"), step="send").status_code == 303
    assert len(handed_over(app)) == 1
