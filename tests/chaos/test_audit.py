"""The auditor names each promise that is broken; an auditor that finds nothing proves nothing."""

import random
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.ctx import AppContext
from sqlalchemy import delete, select, update

from desk.db import db
from desk.mail import sender
from desk.mail.models import InboxMail, MailState, OutboxMail, Outcome
from desk.transaction import transaction
from tests.chaos.audit import audit
from tests.chaos.load import People, Writers
from tests.chaos.trouble import Watcher
from tests.mail.arriving import mail_bytes, put
from tests.services.imap import ImapPeer
from tests.services.smtp import Received, SmtpServer
from tests.web.api.calls import GOOD, call


@dataclass
class Run:
    """What everybody was told, and what arrived."""

    app: Flask
    people: People
    writers: Writers

    def broken(self) -> set[str]:
        """Return the numbers of the promises that the auditor calls broken."""
        db.session.rollback()
        return {line.split()[0] for line in audit(self.people, self.writers)}


@pytest.fixture
def kept(sending: AppContext, smtp_server: SmtpServer) -> Run:
    """A run in which every promise was kept: two people, and a mail delivered twice."""
    people, peer = People(port=0), ImapPeer()
    for number in (1, 2):
        answer = call(sending.app.test_client(), GOOD | {"email": f"person{number}@person.example"}, f"chaos-{number}")
        people.refs[f"chaos-{number}"] = answer.json["ref"]  # type: ignore[index]
    raw = mail_bytes()
    first, second = put(raw), put(raw)
    with transaction():
        db.session.execute(update(InboxMail).values(state="done"))
        db.session.execute(update(InboxMail).where(InboxMail.id == first).values(outcome=Outcome.NEW))
        db.session.execute(
            update(InboxMail).where(InboxMail.id == second).values(outcome=Outcome.DUPLICATE, first_id=first)
        )
    peer.processed += [raw, raw]
    sender.drain()
    return Run(sending.app, people, Writers(peer, smtp_server, random.Random(1), {"twice": [raw]}))


def test_it_is_content_when_all_was_kept(kept: Run) -> None:
    assert kept.broken() == set()


def test_it_misses_a_receipt_that_was_named(kept: Run) -> None:
    kept.people.refs["chaos-3"] = "AAAA-BBBB-CCCC"
    assert kept.broken() == {"O1"}


def test_it_finds_a_ticket_that_nobody_was_told_of(kept: Run) -> None:
    del kept.people.refs["chaos-2"]
    assert kept.broken() == {"O1"}


def test_it_finds_two_people_with_one_receipt(kept: Run) -> None:
    kept.people.refs["chaos-2"] = kept.people.refs["chaos-1"]
    assert kept.broken() == {"O1"}


def test_it_misses_an_acknowledgement(kept: Run) -> None:
    with transaction():
        db.session.execute(delete(OutboxMail).where(OutboxMail.id == db.session.scalar(select(OutboxMail.id).limit(1))))
    assert {"O1", "O2", "O3"} <= kept.broken()


def test_it_finds_what_is_called_sent_and_never_was(kept: Run) -> None:
    del kept.writers.smtp._received[0]
    assert kept.broken() == {"O4"}


def test_it_finds_a_mail_that_left_twice_unmarked(kept: Run) -> None:
    kept.writers.smtp.keep(kept.writers.smtp.received[0])
    assert kept.broken() == {"O5"}


def test_it_finds_other_bytes_of_the_same_mail(kept: Run) -> None:
    first = kept.writers.smtp.received[0]
    kept.writers.smtp.keep(Received(first.sender, first.recipients, first.content + b" ", first.tls))
    assert kept.broken() == {"O5", "O9"}


def test_it_finds_a_dead_mail_that_nobody_was_told_of(kept: Run) -> None:
    with transaction():
        db.session.execute(update(OutboxMail).values(state=MailState.DEAD))
    assert "O8" in kept.broken()


def test_it_finds_a_mail_that_a_sender_still_holds(kept: Run) -> None:
    with transaction():
        db.session.execute(update(OutboxMail).values(state=MailState.SENDING))
    assert "O10" in kept.broken()


def test_it_finds_what_arrived_and_was_not_kept(kept: Run) -> None:
    kept.writers.sent["plain"] = [b"lost"]
    assert kept.broken() == {"N1", "N3/N4"}


def test_it_finds_what_was_filed_and_not_kept(kept: Run) -> None:
    kept.writers.peer.processed.append(b"filed")
    assert kept.broken() == {"N2"}


def test_it_finds_one_mail_that_counts_twice(kept: Run) -> None:
    with transaction():
        db.session.execute(update(InboxMail).values(outcome=Outcome.NEW))
    assert kept.broken() == {"N3/N4"}


def test_it_finds_a_machine_that_was_answered(kept: Run) -> None:
    raw = mail_bytes(sender="person1@person.example", message_id="<m@person.example>", Auto_Submitted="auto-replied")
    kept.writers.sent["machine"] = [raw]
    assert "N6" in kept.broken()


def test_it_finds_a_stranger_in_a_case(kept: Run) -> None:
    raw = mail_bytes(message_id="<s@elsewhere.example>", sender="s@elsewhere.example")
    number = put(raw)
    with transaction():
        db.session.execute(update(InboxMail).where(InboxMail.id == number).values(outcome=Outcome.REPLY, state="done"))
    kept.writers.peer.processed.append(raw)
    kept.writers.sent["stranger"] = [raw]
    assert kept.broken() == {"N7"}


def test_it_watches_that_nothing_becomes_less_and_what_ended_stays_ended() -> None:
    seen = iter([({"ticket": 2}, {1: "sent", 2: "dead"}), None, ({"ticket": 1}, {1: "bounced"})])
    watcher = Watcher(lambda: next(seen))
    for _ in range(3):
        watcher.check()
    assert [line.split()[0] for line in watcher.broken] == ["O3/N8", "O7"]
    assert watcher.looks == 2
