"""W6: a form that answers by mail cannot be made to flood a victim, or strangers by the thousand."""

import io
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from flask import Flask
from flask.ctx import AppContext
from sqlalchemy import func, select

from desk import clock
from desk.app import create_app
from desk.company.settings import set_setting
from desk.config import read_config
from desk.db import db
from desk.events.kinds import EventKind
from desk.events.models import Alert, Event
from desk.events.trail import DESK
from desk.mail import custody, sender
from desk.mail.models import MailKind, MailState
from desk.tickets.models import Ticket
from desk.tickets.references import grouped
from desk.transaction import transaction
from tests.mail.invariants import broken_promises
from tests.mail.posting import post, states
from tests.moment import travel_to
from tests.services.smtp import Received, SmtpServer
from tests.web.api.calls import GOOD, call
from tests.web.pages import form_in, send
from tests.web.public.test_request_form import submit, walk


def test_a_victim_gets_three_mails_a_day(sending: AppContext, smtp_server: SmtpServer) -> None:
    post(1000, kind=MailKind.ACKNOWLEDGEMENT, to="Victim+{n}@example.jp", ticket=True)
    sender.drain()
    assert len(smtp_server.received) == 3
    assert states(sending.app) == {MailState.SENT: 3, MailState.HELD: 997}
    assert db.session.scalar(select(func.count()).select_from(Ticket)) == 1000
    assert [alert.kind for alert in db.session.scalars(select(Alert))] == ["ack_cap_address"]
    held = db.session.scalar(select(func.count()).where(Event.kind == EventKind.MAIL_HELD))
    assert held == 997
    assert broken_promises(smtp_server.received, faults=False) == []


def test_other_mail_to_the_same_address_still_leaves(sending: AppContext, smtp_server: SmtpServer) -> None:
    post(5, kind=MailKind.ACKNOWLEDGEMENT, to="person@example.jp")
    post(5, kind=MailKind.CODE, to="person@example.jp")
    sender.drain()
    assert states(sending.app) == {MailState.SENT: 8, MailState.HELD: 2}


def test_strangers_are_spared_by_the_breaker_until_one_click(sending: AppContext, smtp_server: SmtpServer) -> None:
    with transaction():
        set_setting("ack_per_hour", 10, clock.now())
    post(6, kind=MailKind.ACKNOWLEDGEMENT, to="known{n}@example.jp")
    sender.drain()
    post(10, kind=MailKind.ACKNOWLEDGEMENT, to="stranger{n}@example.jp")
    post(2, kind=MailKind.ACKNOWLEDGEMENT, to="known{n}@example.jp")
    sender.drain()
    assert states(sending.app) == {MailState.SENT: 6 + 4 + 2, MailState.HELD: 6}
    with transaction():
        assert custody.release(None, DESK, clock.now()) == 6
    sender.drain()
    assert states(sending.app) == {MailState.SENT: 18}
    assert db.session.scalar(select(Alert.id).where(Alert.closed_at.is_(None))) is None


def texts(message: Received) -> str:
    """Return all that a mail says: its headers and its text, decoded, and the bytes of the wire."""
    read = message_from_bytes(message.content, policy=policy.default)
    headers = " ".join(f"{name}: {value}" for name, value in read.items())
    return f"{headers} {read.get_content()} {message.content.decode('ascii')}"


def test_sixty_forms_naming_a_victim_send_three_mails_a_day(mailing: Flask, smtp_server: SmtpServer) -> None:
    with travel_to(clock.now()) as now:
        flood(mailing, 60)
        assert len(smtp_server.received) == 3
        with mailing.app_context():
            assert states(mailing) == {MailState.SENT: 3, MailState.HELD: 57}
            assert db.session.scalar(select(func.count()).select_from(Ticket)) == 60
            assert [alert.kind for alert in db.session.scalars(select(Alert))] == ["ack_cap_address"]
            assert broken_promises(smtp_server.received, faults=False) == []
        now.shift(timedelta(days=1, minutes=1))
        flood(mailing, 5)
    assert len(smtp_server.received) == 3 + 3


def flood(app: Flask, forms: int) -> None:
    """Send so many whole forms from two networks, each naming the victim in a spelling of its own."""
    for number in range(forms):
        client = app.test_client()
        client.environ_base["REMOTE_ADDR"] = ("192.0.2.7", "198.51.100.8")[number % 2]
        spelling = ("victim", "Victim", f"victim+{number}", f"VICTIM+x.{number}")[number % 4]
        assert submit(client, email=f"{spelling}@example.jp").status_code == 303
        if number % 20 == 19 or number == forms - 1:
            with app.app_context():
                sender.drain()


def test_a_form_for_a_victim_asks_for_a_proof_whatever_the_network(mail_environ: dict[str, str]) -> None:
    app = create_app(read_config(mail_environ | {"DESK_LIMITS": "on"}))
    with travel_to(clock.now()) as now:
        codes = []
        for number in range(7):
            client = app.test_client()
            client.environ_base["REMOTE_ADDR"] = f"192.0.2.{number}"
            review = form_in(walk(client, email="victim@example.jp"))
            now.shift(timedelta(seconds=5))
            codes.append(send(client, review).status_code)
    assert codes == [303] * 5 + [422] * 2
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


WORDS = {
    "body": "蜃気楼の領収書を止めてください",
    "about": "逃げ水の会員番号",
    "name": "銀鏡 冴子",
    "reading": "しろみ さえこ",
    "company": "陽炎商事",
    "department": "不知火課",
    "phone": "090-5555-1234",
    "postal_code": "889-1201",
    "address": "宮崎県西都市銀鏡1",
}
AGENT = {
    "acts": "agent",
    "agent_name": "十六夜 代理",
    "agent_relation": "lawyer",
    "agent_phone": "080-4444-9876",
    "agent_email": "agent@example.jp",
}
SAID = [*WORDS.values(), AGENT["agent_name"], AGENT["agent_phone"], "紙魚.txt", "Kagerou/7", "utakata"]


@pytest.mark.parametrize("prefix", ["", "/en"])
@pytest.mark.parametrize("further", [{}, AGENT], ids=["the person", "an agent"])
def test_an_acknowledgement_says_nothing_that_was_typed(
    mailing: Flask, smtp_server: SmtpServer, prefix: str, further: dict[str, str]
) -> None:
    client = mailing.test_client()
    client.environ_base |= {"HTTP_USER_AGENT": "Kagerou/7", "HTTP_REFERER": "https://example.jp/utakata"}
    upload = [(io.BytesIO("めも".encode()), "紙魚.txt")]
    sent = submit(client, prefix=prefix, uploads=upload, **WORDS, **further, email="saeko@example.jp")
    assert sent.status_code == 303
    with mailing.app_context():
        sender.drain()
        ref = grouped(db.session.scalars(select(Ticket.ref)).one())
    (mail,) = smtp_server.received
    said = texts(mail)
    assert ref in said
    assert "Auto-Submitted: auto-replied" in said
    assert [word for word in pieces(SAID) if word in said] == []
    read = message_from_bytes(mail.content, policy=policy.default)
    assert read["To"] == mail.recipients[0] == (further.get("agent_email") or "saeko@example.jp")
    assert [part.get_filename() for part in read.walk()] == [None]


def pieces(words: list[str]) -> set[str]:
    """Return the words of texts, each also alone and without its hyphens."""
    split = {piece for word in words for piece in (*word.split(), word, word.replace("-", ""))}
    return {piece for piece in split if len(piece) > 1}


def test_an_acknowledgement_by_api_says_nothing_that_was_sent(mailing: Flask, smtp_server: SmtpServer) -> None:
    asked = GOOD | {name: WORDS[name] for name in ("body", "name")}
    assert call(mailing.test_client(), asked).status_code == 201
    with mailing.app_context():
        sender.drain()
    said = texts(smtp_server.received[0])
    assert [word for word in pieces([WORDS["body"], WORDS["name"]]) if word in said] == []
