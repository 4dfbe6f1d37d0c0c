"""Who the desk writes to, and the letter for somebody whom no mail reaches."""

import re

import pytest
from flask import Flask
from flask.ctx import AppContext
from sqlalchemy import select

from desk import clock
from desk.accounts.permissions import Role
from desk.db import db
from desk.events.kinds import EventKind
from desk.events.models import Event
from desk.handling import access
from desk.handling.access import find_visit
from desk.mail import sender
from desk.mail.models import OutboxMail
from desk.tickets.content import Contact
from desk.transaction import transaction
from tests.cases import add_staff, fields_of, open_one, sign_in
from tests.services.smtp import SmtpServer

PERSON = Contact(name="山田 太郎", email="taro@example.jp")
BY_POST = Contact(name="山田 太郎", postal_code="100-0001", address="東京都千代田区千代田1-1")


@pytest.mark.parametrize(
    ("person", "agent", "reached"),
    [
        (PERSON, None, "taro@example.jp"),
        (PERSON, Contact(name="代理", email="agent@example.jp", relation="appointed"), "agent@example.jp"),
        (PERSON, Contact(name="代理", relation="appointed"), "taro@example.jp"),
        (PERSON, Contact(name="代理", relation="other"), "taro@example.jp"),
        (PERSON, Contact(name="親権者", relation="statutory"), None),
        (PERSON, Contact(name="弁護士", relation="lawyer"), None),
        (BY_POST, Contact(name="代理", relation="appointed"), None),
    ],
)
def test_it_writes_to_the_person_when_an_appointed_agent_has_no_address(
    sending: AppContext, smtp_server: SmtpServer, person: Contact, agent: Contact | None, reached: str | None
) -> None:
    open_one(person=person, agent=agent)
    sender.drain()
    assert [received.recipients for received in smtp_server.received] == ([(reached,)] if reached else [])
    for received in smtp_server.received:
        assert "代理".encode() not in received.content


def shows(held: object, code: str) -> bool:
    """Tell whether a code stands there; six digits within a longer number, such as an id, are none."""
    return re.search(rf"(?<!\d){code}(?!\d)", str(held)) is not None


@pytest.mark.parametrize("language", ["ja", "en"])
def test_it_prints_a_letter_whose_code_opens_the_page(app: Flask, language: str) -> None:
    with app.app_context():
        agent = add_staff()
        opened = open_one(person=BY_POST, language=language)
    client = sign_in(app, agent)
    path = f"/staff/tickets/{opened.ref}"
    fields = fields_of(client.get(path).text, f"{path}/letter")
    page = client.post(f"{path}/letter", data=fields)
    assert page.status_code == 200, page.text
    assert "no-store" in page.headers["Cache-Control"]
    assert "東京都千代田区千代田1-1" in page.text
    assert ("確認コード" if language == "ja" else "Access code") in page.text
    assert f'lang="{language}"' in page.text
    token = re.search(r"/s/([\w-]{20,})", page.text)
    code = re.search(r"^(\d{6})$", page.text, re.MULTILINE)
    assert token is not None
    assert code is not None
    with app.app_context():
        visit = find_visit(token[1], clock.now())
        assert visit is not None
        with transaction():
            assert access.check_code(visit, "000000" if code[1] != "000000" else "111111", clock.now()) is None
        for _ in range(2):  # a letter's code is good more than once
            with transaction():
                assert access.check_code(visit, code[1], clock.now())
        kinds = list(db.session.scalars(select(Event.kind).where(Event.ticket_id == opened.ticket_id)))
        assert kinds.count(EventKind.LETTER_PRINTED) == kinds.count(EventKind.LINK_MADE) == 1
        events = db.session.scalars(select(Event))
        assert not any(shows(event.facts, code[1]) for event in events)
        assert db.session.scalars(select(OutboxMail)).all() == []
    again = client.post(f"{path}/letter", data=fields)
    assert again.status_code == 409
    assert not shows(again.text, code[1])
    shown = client.get(path).text
    assert "手紙を作りました" in shown
    assert not shows(shown, code[1])
    assert client.post(f"{path}/letter", data=fields_of(shown, f"{path}/letter")).status_code == 200
    with app.app_context():
        visit = find_visit(token[1], clock.now())
        assert visit is not None
        with transaction():
            assert access.check_code(visit, code[1], clock.now()) is None, "the first letter's code has ended"


def test_it_prints_the_agents_own_address(app: Flask) -> None:
    lawyer = Contact(name="鈴木 弁護", relation="lawyer", postal_code="105-0001", address="東京都港区虎ノ門1-1")
    with app.app_context():
        agent = add_staff()
        opened = open_one(person=PERSON, agent=lawyer)
    client = sign_in(app, agent)
    path = f"/staff/tickets/{opened.ref}"
    page = client.post(f"{path}/letter", data=fields_of(client.get(path).text, f"{path}/letter"))
    assert page.status_code == 200, page.text
    for words in ("105-0001", "東京都港区虎ノ門1-1", "鈴木 弁護 様"):
        assert words in page.text
    assert "住所の登録がありません" not in page.text


def test_it_prints_none_for_whoever_has_an_address(app: Flask) -> None:
    with app.app_context():
        agent, auditor = add_staff(), add_staff(Role.AUDITOR)
        opened, other = open_one(), open_one(person=BY_POST)
    path = f"/staff/tickets/{opened.ref}"
    client = sign_in(app, agent)
    page = client.get(path).text
    assert f"{path}/letter" not in page
    fields = {name.replace("note-", "letter-"): value for name, value in fields_of(page, f"{path}/note").items()}
    assert client.post(f"{path}/letter", data=fields).status_code == 409
    assert "/letter" not in sign_in(app, auditor).get(f"/staff/tickets/{other.ref}").text
    with app.app_context():
        assert db.session.scalar(select(Event.id).where(Event.kind == EventKind.LETTER_PRINTED)) is None
