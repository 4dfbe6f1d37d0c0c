"""A mail becomes a case, joins one, or waits for a person; never twice, never lost."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from flask import Flask, current_app
from sqlalchemy import delete, func, select, update

from desk import clock
from desk.attachments.files import case_file_key, file_info, read_file
from desk.attachments.models import Attachment
from desk.clock import date_of
from desk.db import db
from desk.events.kinds import EventKind
from desk.events.models import Alert, Event
from desk.events.trail import staff_actor
from desk.handling import holding
from desk.handling.casework import WaitRequest, start_wait
from desk.handling.correspondence import Answer, answer
from desk.handling.inbound import Ingested
from desk.jobs import NotOpened
from desk.jobs import ingest as ingest_job
from desk.law.waits import WaitReason
from desk.mail.models import InboxMail, InboxState, MailState, OutboxMail, Outcome
from desk.mail.outbox import unpack
from desk.mail.reading.reader import Reader
from desk.mail.routing import Reason
from desk.mail.threads import reply_address
from desk.reception import take_in
from desk.tickets.content import Said
from desk.tickets.models import Channel, Direction, Message, Party, Ticket
from desk.tickets.queries import hold
from desk.tickets.states import State
from desk.transaction import transaction
from desk.vault.keys import DataKey, Purpose, keys_of, vault
from tests.cases import BASE_URL, add_staff
from tests.mail.arriving import PERSON, arrive, mail_bytes, put, row_of

REPLY = "desk+{token}@desk.example"
numbers = count(1)


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    """A desk with a reply address and a receiving server of its own."""
    return environ | {"DESK_REPLY_ADDRESS": REPLY, "DESK_AUTHSERV_ID": "mx.desk.example"}


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    """One reader for all."""
    with Reader() as one:
        yield one


def ticket_of(done: Ingested) -> Ticket:
    db.session.expire_all()
    return db.session.get_one(Ticket, done.ticket_id)


def said(ticket: Ticket) -> list[Said]:
    key = keys_of(ticket.id)[Purpose.CASE]
    rows = db.session.scalars(
        select(Message).where(Message.ticket_id == ticket.id, Message.direction == Direction.IN).order_by(Message.id)
    )
    return [Said.unseal(key, row.sealed) for row in rows]


def mails_of(ticket: Ticket) -> list[tuple[OutboxMail, str, str]]:
    """Return the mails owed about a ticket: row, recipient and MIME."""
    found = []
    for row in db.session.scalars(select(OutboxMail).where(OutboxMail.ticket_id == ticket.id).order_by(OutboxMail.id)):
        key = vault().open(db.session.get_one(DataKey, row.key_id))
        envelope, mime = unpack(key, row.sealed or b"")
        found.append((row, envelope.recipient, mime.decode()))
    return found


def answered(ticket: Ticket) -> OutboxMail:
    """Have staff answer a ticket and return the mail that tells of it, as sent."""
    with transaction():
        held = hold(ticket.id, ticket.version)
        answer(held, Answer("お調べします。"), staff_actor(add_staff_id()), clock.now(), BASE_URL)
    row = mails_of(ticket)[-1][0]
    db.session.execute(update(OutboxMail).where(OutboxMail.id == row.id).values(state=MailState.SENT))
    db.session.commit()
    return row


def add_staff_id() -> int:
    return add_staff()


def test_a_mail_becomes_a_case_and_is_acknowledged_as_its_answer(context: object, reader: Reader) -> None:
    at = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
    done = arrive(reader, mail_bytes("苦情です。無断で使わないでください。"), at=at)
    ticket = ticket_of(done)
    assert done.outcome is Outcome.NEW
    assert (ticket.kind, ticket.channel, ticket.language, ticket.received_at) == ("K40", Channel.MAIL, "ja", at)
    assert str(ticket.limit_on) == "2026-12-22"
    assert said(ticket) == [Said("苦情です。無断で使わないでください。", {"subject": "お問い合わせ"})]
    [(row, recipient, mime)] = mails_of(ticket)
    assert (row.kind, recipient) == ("acknowledgement", PERSON)
    assert "In-Reply-To:\r\n <1@person.example>\r\n" in mime
    assert "References:\r\n <1@person.example>\r\n" in mime
    assert reply_address(row.message_id) in mime
    kept = row_of(done)
    assert (kept.state, kept.ticket_id, kept.size) == (
        InboxState.DONE,
        ticket.id,
        len(mail_bytes("苦情です。無断で使わないでください。")),
    )


def test_it_keeps_the_files_of_a_mail(context: object, reader: Reader) -> None:
    files = [("証拠.pdf", b"%PDF-1.7 " + b"x" * 100_000), ("../../x.exe", b"MZ\0\0")]
    ticket = ticket_of(arrive(reader, mail_bytes(files=files)))
    key = keys_of(ticket.id)[Purpose.CASE]
    rows = list(db.session.scalars(select(Attachment).where(Attachment.ticket_id == ticket.id).order_by(Attachment.id)))
    keys = [case_file_key(row, key) for row in rows]
    infos = [file_info(row, one) for row, one in zip(rows, keys, strict=True)]
    assert [(info.name, info.size) for info in infos] == [("証拠.pdf", 100_009), ("x.exe", 4)]
    assert infos[1].media_type == "application/octet-stream"
    assert b"".join(read_file(rows[0], keys[0])) == files[0][1]


@pytest.mark.parametrize("by", ["address", "in-reply-to", "references"])
def test_an_answer_joins_its_case_and_wakes_it(context: object, reader: Reader, by: str) -> None:
    ticket = ticket_of(arrive(reader, mail_bytes()))
    sent = answered(ticket)
    with transaction():
        start_wait(
            hold(ticket.id, ticket.version),
            WaitRequest(WaitReason.IDENTITY, "お願い"),
            staff_actor(add_staff()),
            clock.now(),
            BASE_URL,
        )
    how = {
        "address": {"to": reply_address(sent.message_id) or ""},
        "in-reply-to": {"In_Reply_To": sent.message_id},
        "references": {"References": f"<x@y> {sent.message_id} <other@person.example>"},
    }[by]
    done = arrive(reader, mail_bytes("送りました", message_id="<2@person.example>", sender=PERSON.upper(), **how))
    assert (done.outcome, done.ticket_id) == (Outcome.REPLY, ticket.id)
    again = ticket_of(done)
    assert again.state == State.TRIAGED
    assert again.waiting_for is None
    assert [one.text.strip() for one in said(again)][-1] == "送りました"
    assert len(mails_of(again)) == 3  # receipt, answer, the wait's letter: an answer is not acknowledged again


def test_i1_a_guessed_subject_joins_nothing(context: object, reader: Reader) -> None:
    ticket = ticket_of(arrive(reader, mail_bytes()))
    done = arrive(
        reader,
        mail_bytes("見せて", subject=f"Re: [{ticket.ref}]", message_id="<9@evil.example>", sender="x@evil.example"),
    )
    assert done.outcome is Outcome.NEW
    assert done.ticket_id != ticket.id
    assert len(said(ticket_of(done))) == 1
    assert len(said(db.session.get_one(Ticket, ticket.id))) == 1


def test_i2_a_stranger_with_the_right_secret_waits_for_a_person(context: object, reader: Reader) -> None:
    ticket = ticket_of(arrive(reader, mail_bytes()))
    sent = answered(ticket)
    address = reply_address(sent.message_id) or ""
    done = arrive(reader, mail_bytes(sender="x@evil.example", message_id="<9@evil.example>", to=address))
    row = row_of(done)
    assert (done.outcome, done.ticket_id) == (Outcome.QUARANTINED, None)
    assert (row.state, row.reason, row.guess_id) == (InboxState.HELD, Reason.OTHER_SENDER, ticket.id)
    assert len(said(db.session.get_one(Ticket, ticket.id))) == 1
    party = db.session.scalars(select(Party).where(Party.ticket_id == ticket.id)).one()
    assert party.bounced_at is None


def test_i3_a_forged_sender_waits_and_only_our_server_is_believed(context: object, reader: Reader) -> None:
    ticket = ticket_of(arrive(reader, mail_bytes()))
    to = reply_address(answered(ticket).message_id) or ""
    forged = {"Authentication_Results": "mx.desk.example; dmarc=fail"}
    done = arrive(reader, mail_bytes(message_id="<2@p>", to=to, **forged))
    assert row_of(done).reason == Reason.NOT_GENUINE
    own_word = {"Authentication_Results": "mx.evil.example; dmarc=pass", "X_Desk_Action": "close"}
    fine = arrive(reader, mail_bytes("close", message_id="<3@p>", to=to, **own_word))
    assert fine.outcome is Outcome.REPLY
    assert row_of(fine).verdict is None
    assert ticket_of(fine).is_open


def test_i3_a_forged_new_mail_is_a_case_that_nobody_is_told_of(context: object, reader: Reader) -> None:
    done = arrive(reader, mail_bytes(Authentication_Results="mx.desk.example; dmarc=fail"))
    assert done.outcome is Outcome.NEW
    assert mails_of(ticket_of(done)) == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated (rejected)"},
        {"Precedence": "bulk"},
        {"List_Id": "<news.example>"},
        {"X_Autoreply": "yes"},
        {"Return_Path": "<>"},
    ],
)
def test_i4_no_machine_is_answered(context: object, reader: Reader, headers: dict[str, str]) -> None:
    done = arrive(reader, mail_bytes(**headers))
    assert (done.outcome, done.ticket_id) == (Outcome.AUTO_REPLY, None)
    assert row_of(done).state == InboxState.HELD
    assert db.session.scalar(select(func.count(OutboxMail.id))) == 0


def test_i4_an_absence_is_noted_on_its_case_and_moves_nothing(context: object, reader: Reader) -> None:
    ticket = ticket_of(arrive(reader, mail_bytes()))
    sent = answered(ticket)
    before = db.session.get_one(Ticket, ticket.id).version
    done = arrive(
        reader, mail_bytes(message_id="<2@p>", Auto_Submitted="auto-replied", In_Reply_To=sent.message_id), sender=""
    )
    assert (done.outcome, done.ticket_id) == (Outcome.AUTO_REPLY, ticket.id)
    assert ticket_of(done).version == before
    assert len(mails_of(ticket)) == 2
    kinds = db.session.scalars(select(Event.kind).where(Event.ticket_id == ticket.id)).all()
    assert kinds.count(EventKind.MACHINE_ANSWERED) == 1


def test_i4_a_thousand_mails_of_one_sender_are_cases_with_three_receipts_a_day(context: object, reader: Reader) -> None:
    for number in range(8):
        arrive(reader, mail_bytes(f"{number}", message_id=f"<{number}@p>"))
    assert db.session.scalar(select(func.count(Ticket.id))) == 8  # the sender's cap holds the receipts: case W6


def test_i4_its_own_mail_coming_back_is_no_case(context: object, reader: Reader) -> None:
    ticket = ticket_of(arrive(reader, mail_bytes()))
    [(_row, _, mime)] = mails_of(ticket)
    done = arrive(reader, mime.encode())
    assert done.outcome is Outcome.AUTO_REPLY
    assert db.session.scalar(select(func.count(Ticket.id))) == 1


def test_o5_a_bounce_returns_to_its_case_and_marks_the_address(context: object, reader: Reader) -> None:
    ticket = ticket_of(arrive(reader, mail_bytes()))
    sent = answered(ticket)
    done = arrive(reader, bounce(sent.message_id), sender="")
    assert (done.outcome, done.ticket_id) == (Outcome.BOUNCE, ticket.id)
    assert db.session.get_one(OutboxMail, sent.id).state == MailState.BOUNCED
    assert db.session.scalars(select(Party).where(Party.ticket_id == ticket.id)).one().bounced_at is not None
    alert = db.session.scalars(select(Alert)).one()
    assert (alert.kind, alert.object_id, alert.ticket_id) == ("mail_bounced", sent.id, ticket.id)


def test_o5_a_forged_bounce_changes_nothing(context: object, reader: Reader) -> None:
    ticket = ticket_of(arrive(reader, mail_bytes()))
    answered(ticket)
    done = arrive(reader, bounce(f"<ob.{'0' * 32}@desk.example>"), sender="")
    assert (done.outcome, done.ticket_id) == (Outcome.BOUNCE, None)
    assert row_of(done).state == InboxState.HELD
    assert {row.state for row, _, _ in mails_of(ticket)} == {MailState.PENDING, MailState.SENT}


def bounce(message_id: str) -> bytes:
    return (
        b"From: MAILER-DAEMON@mx.person.example\r\nTo: cs@quote4.jp\r\nSubject: Undelivered\r\n"
        b"Message-ID: <b1@mx.person.example>\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/plain\r\n\r\nSorry\r\n"
        b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.person.example\r\n\r\n"
        b"Final-Recipient: rfc822; hanako@person.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        b"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: "
        + message_id.encode()
        + b"\r\nSubject: x\r\n\r\n--b--\r\n"
    )


def test_i5_the_same_message_id_with_other_content_does_not_vanish(context: object, reader: Reader) -> None:
    first = arrive(reader, mail_bytes("一通目"))
    second = arrive(reader, mail_bytes("二通目"))
    assert (first.outcome, second.outcome) == (Outcome.NEW, Outcome.NEW)
    assert first.ticket_id != second.ticket_id
    assert "message-id-again" in row_of(second).problems
    assert "message-id-again" not in row_of(first).problems


@pytest.mark.parametrize("message_id", ["<1@p>", None])
def test_i6_a_mail_delivered_again_is_linked(context: object, reader: Reader, message_id: str | None) -> None:
    raw = mail_bytes(message_id=message_id)
    first, second = arrive(reader, raw), arrive(reader, raw)
    assert (second.outcome, second.ticket_id, second.inbox_id) == (Outcome.DUPLICATE, first.ticket_id, first.inbox_id)
    assert db.session.scalar(select(func.count(Ticket.id))) == 1
    assert db.session.scalar(select(func.count(InboxMail.id))) == 2


def test_i6_a_mail_through_two_mailboxes_is_linked(context: object, reader: Reader) -> None:
    raw = mail_bytes()
    first = arrive(reader, b"Received: by a.example\r\n" + raw)
    second = arrive(reader, b"Received: by b.example\r\nDelivered-To: x@desk.example\r\n" + raw)
    assert (second.outcome, second.ticket_id) == (Outcome.DUPLICATE, first.ticket_id)


def test_it_opens_one_case_when_two_take_in_at_once(app: Flask, context: object) -> None:
    raw = mail_bytes()
    ids = [put(raw) for _ in range(4)]
    wrong: list[Exception] = []

    def work(number: int) -> None:
        try:
            with app.app_context(), Reader() as own:
                for mail_id in ids[number:] + ids[:number]:
                    take_in(mail_id, own, current_app.extensions["config"])
        except Exception as error:  # noqa: BLE001 - a thread's failure must fail the test
            wrong.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert db.session.scalar(select(func.count(Ticket.id))) == 1
    assert sorted(db.session.scalars(select(InboxMail.outcome))) == ["duplicate"] * 3 + ["new"]
    assert db.session.scalar(select(func.count(OutboxMail.id))) == 1


def test_the_job_takes_in_what_a_killed_one_left(context: object) -> None:
    ids = [put(mail_bytes(f"{number}", message_id=f"<{number}@p>")) for number in range(3)]
    ingest_job()
    ingest_job()
    db.session.expire_all()
    assert [db.session.get_one(InboxMail, one).outcome for one in ids] == ["new"] * 3
    assert db.session.scalar(select(func.count(Ticket.id))) == 3


def test_a_person_joins_a_held_mail_with_one_press(context: object, reader: Reader) -> None:
    ticket = ticket_of(arrive(reader, mail_bytes()))
    ticket_id = ticket.id
    to = reply_address(answered(ticket).message_id) or ""
    held = arrive(
        reader, mail_bytes("別の住所から", sender="x@other.example", message_id="<9@o>", to=to, files=[("a.txt", b"x")])
    )
    actor = staff_actor(add_staff())
    with transaction():
        holding.judge(held.inbox_id, holding.Wish.JOIN, ticket, actor, clock.now())
    ingest_job()
    row = row_of(held)
    assert (row.state, row.outcome, row.ticket_id, row.decided_by) == (
        InboxState.DONE,
        Outcome.REPLY,
        ticket_id,
        actor.staff_id,
    )
    again = db.session.get_one(Ticket, ticket_id, populate_existing=True)
    assert [one.text.strip() for one in said(again)][-1] == "別の住所から"
    assert db.session.scalar(select(func.count(Attachment.id))) == 1
    with pytest.raises(holding.NotHeld), transaction():
        holding.judge(held.inbox_id, holding.Wish.NEW, None, actor, clock.now())


def test_a_mail_that_nobody_asks_anything_in_is_kept_without_a_case(context: object, reader: Reader) -> None:
    held = arrive(reader, mail_bytes(List_Id="<news.example>"))
    with transaction():
        holding.judge(held.inbox_id, holding.Wish.DISMISS, None, staff_actor(add_staff()), clock.now())
    ingest_job()
    row = row_of(held)
    assert (row.state, row.ticket_id, row.wish) == (InboxState.DONE, None, "dismiss")
    assert db.session.scalar(select(func.count(Ticket.id))) == 0


def test_a_mail_that_nobody_judged_in_time_becomes_a_case_from_its_receipt(context: object, reader: Reader) -> None:
    at = clock.now() - timedelta(days=14)
    held = arrive(reader, mail_bytes(List_Id="<news.example>"), at=at)
    on_time = arrive(reader, mail_bytes("今日", message_id="<2@p>", List_Id="<news.example>"))
    ingest_job()
    row = row_of(held)
    ticket = db.session.get_one(Ticket, row.ticket_id)
    assert (row.outcome, row.decided_by) == (Outcome.NEW, None)
    assert (ticket.received_on, ticket.channel) == (date_of(at), Channel.MAIL)
    assert mails_of(ticket) == []
    assert row_of(on_time).state == InboxState.HELD


def test_advertising_waits_and_a_request_in_it_does_not(context: object, reader: Reader) -> None:
    advert = arrive(reader, mail_bytes("SEO対策と被リンクのご案内", subject="ご提案"))
    assert row_of(advert).reason == Reason.SPAM
    asked = arrive(reader, mail_bytes("SEO対策と被リンクの広告はいりません。配信停止を求めます", message_id="<2@p>"))
    assert asked.outcome is Outcome.NEW


@pytest.mark.parametrize("raw", [b"", b"\0", b"\xff" * 1000, b"\n\n\n", b"From: \r\n\r\n", b"garbage without headers"])
def test_every_byte_sequence_is_kept_and_answered(context: object, reader: Reader, raw: bytes) -> None:
    done = arrive(reader, raw)
    assert done.outcome in set(Outcome)
    assert row_of(done).size == len(raw)


def test_a_mail_that_trips_the_desk_keeps_nobody_waiting(context: object, reader: Reader) -> None:
    ticket = ticket_of(arrive(reader, mail_bytes()))
    row = answered(ticket)
    held = arrive(
        reader, mail_bytes("返信", message_id="<2@p>", In_Reply_To=row.message_id, sender="other@person.example")
    )
    with transaction():
        holding.judge(held.inbox_id, holding.Wish.JOIN, ticket, staff_actor(add_staff()), clock.now())
        db.session.execute(delete(DataKey).where(DataKey.ticket_id == ticket.id, DataKey.purpose == Purpose.CASE))
    number = put(mail_bytes("別の方からの苦情です。", message_id="<3@p>"))
    with pytest.raises(NotOpened):
        ingest_job()
    db.session.expire_all()
    assert db.session.get_one(InboxMail, held.inbox_id).state == InboxState.JOURNALED
    assert db.session.get_one(InboxMail, number).outcome == Outcome.NEW
