"""Draining the outbox against a real SMTP peer, in fair weather and with each fault."""

from email import message_from_bytes, policy

import pytest
from flask.ctx import AppContext
from sqlalchemy import select

from desk import clock
from desk.db import db
from desk.events.kinds import EventKind
from desk.events.models import Alert, Event
from desk.events.trail import DESK
from desk.mail import channel, custody, fates, ledger, sender
from desk.mail.models import MailKind, MailState
from desk.mail.outbox import post as post_letter
from desk.mail.transport import Undeliverable
from desk.mail.transport import mail as mail_channel
from desk.tickets.models import Ticket
from desk.tickets.states import State
from desk.transaction import transaction
from tests.mail.invariants import broken_promises
from tests.mail.posting import letter, post, row
from tests.services.smtp import Act, Fault, SmtpServer, Stage


@pytest.fixture(autouse=True, params=["command by command", "commands at once"])
def _dialogue(request: pytest.FixtureRequest, smtp_server: SmtpServer) -> None:
    """Speak with both sorts of server."""
    smtp_server.pipelining = request.param == "commands at once"


def open_alerts() -> set[tuple[str, int]]:
    """Name the open alerts."""
    db.session.rollback()
    return {(alert.kind, alert.object_id) for alert in db.session.scalars(select(Alert)) if alert.closed_at is None}


def test_it_sends_each_mail_once(sending: AppContext, smtp_server: SmtpServer) -> None:
    mails = post(30, ticket=True)
    report = sender.drain()
    assert (report.sent, report.failed, report.more) == (30, 0, False)
    assert all(row(mail).state == MailState.SENT and row(mail).attempts == 1 for mail in mails)
    assert broken_promises(smtp_server.received, faults=False) == []
    assert smtp_server.connections <= sender.LANES


def test_it_tells_the_ticket_that_it_was_acknowledged(sending: AppContext, smtp_server: SmtpServer) -> None:
    (mail,) = post(kind=MailKind.ACKNOWLEDGEMENT, ticket=True)
    sender.drain()
    ticket = db.session.get_one(Ticket, row(mail).ticket_id)
    assert ticket.acknowledged_at == row(mail).sent_at
    assert ticket.state == State.ACKED
    kinds = db.session.scalars(select(Event.kind).where(Event.ticket_id == ticket.id))
    assert list(kinds) == [EventKind.ACKNOWLEDGED]


def test_it_leaves_a_state_alone_that_staff_have_moved(sending: AppContext, smtp_server: SmtpServer) -> None:
    (mail,) = post(kind=MailKind.ACKNOWLEDGEMENT, ticket=True)
    with transaction():
        db.session.get_one(Ticket, row(mail).ticket_id).state = State.INVESTIGATING
    sender.drain()
    ticket = db.session.get_one(Ticket, row(mail).ticket_id)
    assert ticket.acknowledged_at is not None
    assert ticket.state == State.INVESTIGATING


def test_it_posts_the_same_thing_once(sending: AppContext) -> None:
    wanted = {"kind": MailKind.TEST, "letter": letter(), "to": "a@example.jp", "to_name": None, "ticket_id": None}
    with transaction():
        first = post_letter(**wanted, dedupe_key="same", at=clock.now())
        assert post_letter(**wanted, dedupe_key="same", at=clock.now()) == first


@pytest.mark.parametrize("stage", [Stage.MAIL, Stage.RCPT, Stage.DATA])
def test_it_tries_again_when_refused_for_now(sending: AppContext, smtp_server: SmtpServer, stage: Stage) -> None:
    smtp_server.faults.append(Fault(stage))
    (mail,) = post()
    sender.drain()
    assert row(mail).state == MailState.RETRY
    assert row(mail).last_code == "451 4.3.0"
    wait = (row(mail).next_at - clock.now()).total_seconds()
    assert 40 < wait < 75
    custody_now(mail)
    sender.drain()
    assert row(mail).state == MailState.SENT
    assert row(mail).ambiguous == 0
    assert broken_promises(smtp_server.received, faults=True) == []


@pytest.mark.parametrize("stage", [Stage.RCPT, Stage.DATA])
def test_it_ends_what_is_refused_for_good_with_an_alert(
    sending: AppContext, smtp_server: SmtpServer, stage: Stage
) -> None:
    smtp_server.faults.append(Fault(stage, reply="550 5.1.1 no such mailbox"))
    dead, alive = post(2, ticket=True)
    sender.drain()
    mails = {row(mail).state: mail for mail in (dead, alive)}
    assert set(mails) == {MailState.DEAD, MailState.SENT}
    assert row(mails[MailState.DEAD]).last_code == "550 5.1.1"
    assert ("mail_dead", mails[MailState.DEAD]) in open_alerts()
    assert broken_promises(smtp_server.received, faults=True) == []


@pytest.mark.dateless
@pytest.mark.parametrize("act", [Act.DROP, Act.SILENCE])
@pytest.mark.parametrize("keeps", [True, False])
def test_it_marks_what_nobody_knows(sending: AppContext, smtp_server: SmtpServer, act: Act, keeps: bool) -> None:
    patience, mail_channel().final_s = mail_channel().final_s, 1.0
    smtp_server.faults.append(Fault(Stage.DATA, act, keeps=keeps))
    (mail,) = post()
    sender.drain()
    assert (row(mail).state, row(mail).ambiguous) == (MailState.RETRY, 1)
    mail_channel().final_s = patience
    custody_now(mail)
    sender.drain()
    assert row(mail).state == MailState.SENT
    assert len(smtp_server.received) == 1 + keeps
    assert broken_promises(smtp_server.received, faults=True) == []


def test_it_asks_a_person_about_an_answer_that_nobody_knows(sending: AppContext, smtp_server: SmtpServer) -> None:
    smtp_server.faults.append(Fault(Stage.DATA, Act.DROP))
    (mail,) = post(kind=MailKind.ANSWER, ticket=True)
    sender.drain()
    assert row(mail).state == MailState.UNCERTAIN
    assert open_alerts() == {("mail_uncertain", mail)}
    custody_now(mail)
    assert open_alerts() == set()
    sender.drain()
    assert row(mail).state == MailState.SENT


def test_it_takes_the_final_reply_as_the_truth(sending: AppContext, smtp_server: SmtpServer) -> None:
    smtp_server.faults.append(Fault(Stage.DATA, Act.REPLY_AND_DROP, reply="250 2.0.0 kept", keeps=True))
    first, second = post(), post()
    sender.drain()
    assert row(*first).state == row(*second).state == MailState.SENT
    assert broken_promises(smtp_server.received, faults=False) == []


def test_it_pauses_the_channel_once_for_all(sending: AppContext, smtp_server: SmtpServer) -> None:
    smtp_server.stop()
    mails = post(20)
    assert sender.drain().paused
    assert sender.drain().paused
    assert {row(mail).state for mail in mails} == {MailState.PENDING}
    assert {row(mail).attempts for mail in mails} == {0}
    assert open_alerts() == {(channel.ALERT, 0)}
    smtp_server.start()
    with transaction():
        channel.resume(clock.now())
    sender.drain()
    assert open_alerts() == set()
    assert broken_promises(smtp_server.received, faults=False) == []


def test_it_stops_at_three_silent_dialogues_in_a_row(sending: AppContext, smtp_server: SmtpServer) -> None:
    smtp_server.faults.append(Fault(Stage.RCPT, Act.DROP, times=None))
    mails = post(20)
    report = sender.drain()
    assert report.paused
    tried = [mail for mail in mails if row(mail).attempts]
    assert 3 <= len(tried) <= sender.LANES
    assert broken_promises(smtp_server.received, faults=True) == []


def test_it_writes_japanese_that_every_reader_decodes(sending: AppContext, smtp_server: SmtpServer) -> None:
    name = "髙﨑①②㈱ 山田太郎左衛門之介とてもながいなまえ"
    post(name=name)
    sender.drain()
    content = smtp_server.received[0].content
    message = message_from_bytes(content, policy=policy.default)
    assert message["Subject"] == "【ABCD-2345-67】お申し出を受け付けました"
    assert "保有個人データの開示" in message.get_content()
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"].endswith("@quote4.jp>")
    assert max(map(len, content.split(b"\r\n"))) <= 78


def custody_now(mail: int) -> None:
    """Have a person send a mail again now."""
    with transaction():
        custody.retry(mail, DESK, clock.now())


def test_a_sender_that_was_taken_for_dead_can_write_no_more(sending: AppContext) -> None:
    sent, refused = sorted(post(2))
    with transaction():
        theirs = ledger.claim("first", clock.now(), 10)
        ledger.begin(theirs, "first", clock.now())
    with transaction():
        ledger.recover(clock.now())
        ledger.begin(ledger.claim("second", clock.now(), 10), "second", clock.now())
    before = [(row(mail).state, row(mail).sender, row(mail).last_code) for mail in (sent, refused)]
    assert [state for state, _run, _code in before] == [MailState.SENDING] * 2
    of_sent, of_refused = sorted(theirs, key=lambda claimed: claimed.id)
    with transaction():
        assert fates.sent([of_sent], "first", clock.now(), "250", "none") == 0
        assert not fates.failed(of_refused, "first", clock.now(), Undeliverable("550", permanent=True))
        assert fates.give_back(theirs, "first") == 0
        assert ledger.put_back("first") == 0
    assert [(row(mail).state, row(mail).sender, row(mail).last_code) for mail in (sent, refused)] == before
    assert open_alerts() == set()
