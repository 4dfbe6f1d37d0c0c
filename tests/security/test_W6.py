"""W6: a form that answers by mail cannot be made to flood a victim, or strangers by the thousand."""

from email import message_from_bytes, policy

from flask.ctx import AppContext
from sqlalchemy import func, select

from desk import clock
from desk.company.settings import set_setting
from desk.db import db
from desk.events.kinds import EventKind
from desk.events.models import Alert, Event
from desk.events.trail import DESK
from desk.mail import custody, sender
from desk.mail.models import MailKind, MailState
from desk.tickets.models import Ticket
from desk.transaction import transaction
from tests.mail.invariants import broken_promises
from tests.mail.posting import post, states
from tests.services.smtp import SmtpServer


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


def test_an_acknowledgement_says_nothing_that_the_sender_wrote(sending: AppContext, smtp_server: SmtpServer) -> None:
    post(kind=MailKind.ACKNOWLEDGEMENT)
    sender.drain()
    message = message_from_bytes(smtp_server.received[0].content, policy=policy.default)
    assert message["To"] == "person@example.jp"
    assert message["Auto-Submitted"] == "auto-replied"
    assert "お客様" in message.get_content()
