"""The auditor: reads only what left and what is stored, beside what everybody was told, and names every promise that is broken."""

from collections import Counter, defaultdict
from hashlib import sha256

from sqlalchemy import func, select

from desk.db import db
from desk.mail.models import InboxMail, InboxState, MailKind, MailState, OutboxMail, Outcome
from desk.tickets.models import Channel, Message, Reminder, Ticket
from tests.chaos.load import People, Writers
from tests.mail.invariants import broken_promises

UNENDED = {MailState.PENDING, MailState.CLAIMED, MailState.SENDING, MailState.RETRY}


def count_rows() -> tuple[dict[str, int], dict[int, str]]:
    """Count what must never become less, and list the mails that have come to an end with their states."""
    db.session.rollback()
    tables = {model.__tablename__: model for model in (Ticket, Message, OutboxMail, InboxMail)}
    counts = {name: db.session.scalar(select(func.count()).select_from(model)) or 0 for name, model in tables.items()}
    ended = select(OutboxMail.id, OutboxMail.state).where(OutboxMail.state.in_((MailState.SENT, MailState.DEAD)))
    states = {number: str(state) for number, state in db.session.execute(ended)}
    db.session.rollback()
    return counts, states


def what_is_left() -> list[str]:
    """List what the desk still owes: mail to send, mail to read."""
    db.session.rollback()
    unsent = db.session.scalar(select(func.count()).where(OutboxMail.state.in_(UNENDED))) or 0
    unread = db.session.scalar(select(func.count()).where(InboxMail.state == InboxState.JOURNALED)) or 0
    db.session.rollback()
    return [f"{unsent} mails unsent"] * bool(unsent) + [f"{unread} mails unread"] * bool(unread)


def audit(people: People, writers: Writers) -> list[str]:
    """Return what is wrong, a line a fact; empty when every promise was kept. Everything must have come to its end."""
    wrong = broken_promises(writers.smtp.received, faults=True)
    return [*wrong, *people.contradictions, *_people(people), *_mails(writers), *_answers(writers), *_reminders()]


def _people(people: People) -> list[str]:
    """O1 and O2: each receipt that was named exists, one a key, and each ticket owes exactly one acknowledgement."""
    tickets = {
        ref: number
        for number, ref in db.session.execute(select(Ticket.id, Ticket.ref).where(Ticket.channel == Channel.API))
    }
    named = {ref.replace("-", "") for ref in people.refs.values()}
    wrong = [f"O1 {ref} was named and is not there" for ref in sorted(named - tickets.keys())]
    wrong += [f"O1 {ref} is there and nobody was told of it" for ref in sorted(tickets.keys() - named)]
    if len(named) != len(people.refs):
        wrong.append(f"O1 {len(people.refs)} people hold {len(named)} receipts")
    owed = Counter(db.session.scalars(select(OutboxMail.ticket_id).where(OutboxMail.kind == MailKind.ACKNOWLEDGEMENT)))
    return wrong + [
        f"O2 {ref} has {owed[number]} acknowledgements" for ref, number in tickets.items() if owed[number] != 1
    ]


def _mails(writers: Writers) -> list[str]:
    """N1 to N4: every mail that arrived is one row a delivery, and one of them alone counts."""
    rows: dict[bytes, list[InboxMail]] = defaultdict(list)
    for row in db.session.scalars(select(InboxMail)):
        rows[bytes(row.raw_hash)].append(row)
    peer = writers.peer
    wrong = [
        f"N2 a mail was filed and has no row: {raw[:60]!r}"
        for raw in peer.processed
        if sha256(raw).digest() not in rows
    ]
    if peer.mails:
        wrong.append(f"N1 {len(peer.mails)} mails are still in the mailbox")
    for sort, mails in writers.sent.items():
        for raw, deliveries in Counter(mails).items():
            found = rows[sha256(raw).digest()]
            expected = deliveries + (sort == "twice")
            if len(found) != expected or Counter(peer.processed)[raw] != expected:
                wrong.append(f"N1 a mail ({sort}) came {expected} times, has {len(found)} rows")
            counting = [row for row in found if row.outcome != Outcome.DUPLICATE]
            if len(counting) != 1:
                wrong.append(f"N3/N4 a mail ({sort}) counts {len(counting)} times")
    return wrong


def _answers(writers: Writers) -> list[str]:
    """N6 and N7: no machine is answered, and no stranger gets into a case."""
    wrong = []
    asked = {address for received in writers.smtp.received for address in received.recipients}
    for raw in writers.sent.get("machine", []):
        sender = next(line[6:].decode() for line in raw.splitlines() if line.startswith(b"From: "))
        if sender in asked:
            wrong.append(f"N6 a machine was answered: {sender}")
    for raw in writers.sent.get("stranger", []):
        row = db.session.scalars(select(InboxMail).where(InboxMail.raw_hash == sha256(raw).digest())).first()
        own = db.session.get(OutboxMail, row.outbox_id) if row is not None and row.outbox_id else None
        if (row is not None and row.outcome == Outcome.REPLY) or (own is not None and row.ticket_id == own.ticket_id):
            wrong.append(f"N7 a stranger got into a case: inbox {row.id}")
    return wrong


def _reminders() -> list[str]:
    """O11: a rule reminds of a ticket once a day."""
    told = db.session.execute(select(Reminder.ticket_id, Reminder.rule, Reminder.on)).all()
    return [f"O11 reminded twice: {row}" for row, count in Counter(told).items() if count > 1]
