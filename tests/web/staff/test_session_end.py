"""A form whose session has ended: nothing is done with it, and what was typed comes back to be copied."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from wtforms import TextAreaField

from desk.accounts.permissions import Role
from desk.db import db
from desk.handling.intake import Opened
from desk.tickets.models import Message
from desk.web.late import UNTYPED
from desk.web.staff.page import FORMS
from tests.cases import fields_of, open_one
from tests.moment import travel_to
from tests.people import PASSWORD, hire, proof, try_sign_in

TYPED = "長い時間をかけて書いた回答です。\n二行目もあります。"
START = datetime(2026, 11, 25, 1, tzinfo=UTC)


@pytest.fixture
def opened(app: Flask) -> Opened:
    """A ticket to be answered."""
    with app.app_context():
        return open_one()


def come_in(app: Flask, role: Role = Role.AGENT) -> FlaskClient:
    """Sign somebody in by the page."""
    hire(app, role)
    client = app.test_client()
    assert try_sign_in(client, f"{role.value}@desk.example", PASSWORD)[0] == 303
    return client


def filled(client: FlaskClient, opened: Opened, act: str) -> tuple[str, dict[str, str]]:
    path = f"/staff/tickets/{opened.ref}/{act}"
    page = client.get(f"/staff/tickets/{opened.ref}").text
    return path, fields_of(page, path) | {f"{act}-text": TYPED, "step": "send"}


def said(app: Flask) -> int:
    with app.app_context():
        return len(db.session.scalars(select(Message.id)).all())


@pytest.mark.parametrize("act", ["answer", "note", "wait", "close"])
def test_it_gives_back_what_was_typed_while_the_session_ended(app: Flask, opened: Opened, act: str) -> None:
    with travel_to(START) as now:
        client = come_in(app)
        path, data = filled(client, opened, act)
        now.shift(timedelta(hours=3))
        late = client.post(path, data=data)
        assert late.status_code == 403
        assert "まだ保存も送信もしていません" in late.text
        assert TYPED in late.text.replace("\r\n", "\n")
        assert f'href="/staff/tickets/{opened.ref}"' in late.text
        assert "no-store" in late.headers["Cache-Control"]
        kept = late.text.partition('id="kept"')[2].partition(">")[2].partition("</textarea>")[0]
        assert kept.replace("\r\n", "\n").strip() == TYPED  # and no hidden field beside it
        assert said(app) == 1
        assert client.get(f"/staff/tickets/{opened.ref}").location == f"/sign-in?next=/staff/tickets/{opened.ref}"


def test_the_old_form_after_signing_in_again_comes_back_too(app: Flask, opened: Opened) -> None:
    client = come_in(app)
    path, data = filled(client, opened, "answer")
    token = proof(client, "/account")
    assert client.post("/sign-out", data={"csrf_token": token}).status_code == 303
    gone = client.post(path, data=data)
    assert (gone.status_code, TYPED in gone.text.replace("\r\n", "\n")) == (400, True)
    assert try_sign_in(client, "agent@desk.example", PASSWORD)[0] == 303
    late = client.post(path, data=data)
    assert (late.status_code, TYPED in late.text.replace("\r\n", "\n")) == (400, True)
    assert said(app) == 1
    path, fresh = filled(client, opened, "answer")
    assert client.post(path, data=fresh).status_code == 303


def test_it_speaks_the_language_of_who_was_signed_in(app: Flask, opened: Opened) -> None:
    with travel_to(START) as now:
        client = come_in(app)
        token = proof(client, "/account")
        client.post("/account", data={"csrf_token": token, "name": "Agent", "language": "en"})
        client.post("/sign-out", data={"csrf_token": token})
        assert try_sign_in(client, "agent@desk.example", PASSWORD)[0] == 303
        path, data = filled(client, opened, "note")
        now.shift(timedelta(hours=3))
        assert "Please sign in again" in client.post(path, data=data).text


def test_the_administrators_words_come_back(app: Flask) -> None:
    with travel_to(START) as now:
        client = come_in(app, Role.ADMIN)
        data = fields_of(client.get("/admin/company").text, "/admin/company") | {"address_ja": TYPED}
        now.shift(timedelta(hours=3))
        late = client.post("/admin/company", data=data)
        assert (late.status_code, TYPED in late.text.replace("\r\n", "\n")) == (403, True)
        assert 'href="/admin/company"' in late.text


def test_it_shows_no_password_and_nothing_that_another_site_sends(app: Flask, opened: Opened) -> None:
    with travel_to(START) as now:
        client = come_in(app)
        path, data = filled(client, opened, "note")
        token = proof(client, "/account")
        now.shift(timedelta(hours=3))
        secret = {"csrf_token": token, "current": "secret one", "new": "secret two", "again": "secret two"}
        assert "secret" not in client.post("/account/password", data=secret).text
        for site in ("cross-site", "same-site"):
            forged = client.post(path, data=data | {"csrf_token": "no"}, headers={"Sec-Fetch-Site": site})
            assert (forged.status_code, TYPED in forged.text.replace("\r\n", "\n")) == (400, False)


def test_a_press_without_words_just_asks_to_sign_in(app: Flask, opened: Opened) -> None:
    with travel_to(START) as now:
        client = come_in(app)
        path = f"/staff/tickets/{opened.ref}/take"
        data = fields_of(client.get(f"/staff/tickets/{opened.ref}").text, path)
        now.shift(timedelta(hours=3))
        answer = client.post(path, data=data)
        assert (answer.status_code, answer.location) == (303, "/sign-in")


def test_every_text_of_a_ticket_comes_back(context: object) -> None:
    names = {field.short_name for form in FORMS.values() for field in form() if isinstance(field, TextAreaField)}
    assert names
    assert names & UNTYPED == set()
