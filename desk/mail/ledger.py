"""Where each mail stands: moves between states as conditional updates whose row count is checked.

    pending -> claimed -> sending -> sent
    sending -> retry (refused for now) -> claimed;  sending -> dead (refused for good, or too often), with an alert
    sending -> retry or uncertain (nobody knows whether the server took it): `ambiguous` + 1, by kind
    claimed, sending -> pending or retry (the channel is down: nothing was sent)

Every move holds only from the state before it and only for the run that claimed the row, so that a sender that was
taken for dead can no longer write. None of them commits.
"""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, and_, case, insert, or_, select, update

from desk.db import db
from desk.events.alerts import open_alert
from desk.events.kinds import EventKind
from desk.events.models import Event
from desk.events.trail import DESK, header, record
from desk.mail.models import BUSY_STATES, DUE_STATES, MailKind, MailState, OutboxMail
from desk.mail.outbox import unpack
from desk.mail.transport import Envelope, Undeliverable
from desk.tickets.models import Ticket
from desk.tickets.states import State
from desk.vault.keys import DataKey, Unreadable, vault

DELAYS_S = (60, 300, 900, 3600)
LATER_S = 4 * 3600
"""After the first four, a try every four hours."""
MAX_ATTEMPTS = 22
"""One minute, five, fifteen, one hour, then seventeen times four hours: about 70 hours."""
JITTER = 0.2
FARTHEST_S = 6 * 3600
"""No delay is longer; a row due later than this was dated by a clock that had jumped, and is due now."""

PLAIN = {"synchronize_session": False}
"""The session holds none of these rows as objects."""
SENDER_DIED = "sender-died"
RELEASED = "released"
"""What `last_code` says of a mail that a person let go; no cap holds it again."""
UNCERTAIN_KINDS = frozenset({MailKind.ANSWER})
"""Kinds that carry what a person decided: when their fate is unknown, a person decides about sending them again."""
MAX_AMBIGUOUS = 3
"""So often at most is a mail sent again without knowing, whatever its kind."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A mail that this run of the sender holds, opened."""

    id: int
    ticket_id: int | None
    kind: MailKind
    attempts: int
    ambiguous: int
    released: bool
    """A person let it go: no cap applies."""
    envelope: Envelope
    mime: bytes


def new_run() -> str:
    """Return the name of one run of the sender."""
    return secrets.token_hex(8)


def is_due(at: datetime) -> Any:
    """Return the condition that picks what is to be sent now.

    A mail never tried is due whatever its date says, and one dated beyond every delay is due too: a clock that jumped
    forward and back must not strand it.
    """
    never = OutboxMail.attempts == 0
    strange = OutboxMail.next_at > at + timedelta(seconds=FARTHEST_S)
    return and_(DUE_STATES, or_(never, OutboxMail.next_at <= at, strange))


def anything_due(at: datetime) -> bool:
    """Tell whether a mail waits to be sent now."""
    return db.session.scalar(select(OutboxMail.id).where(is_due(at)).limit(1)) is not None


def overdue(since: datetime) -> bool:
    """Tell whether a mail was due at `since` and still waits."""
    late = select(OutboxMail.id).where(DUE_STATES, OutboxMail.next_at <= since).limit(1)
    return db.session.scalar(late) is not None


def recover(at: datetime) -> int:
    """Take over what a dead sender left; the caller must be the only sender alive. Returns how many.

    What it had claimed goes back; what it was sending may have been taken.
    """
    left = db.session.execute(
        select(OutboxMail.id, OutboxMail.ticket_id, OutboxMail.kind, OutboxMail.ambiguous, OutboxMail.sender).where(
            and_(BUSY_STATES, OutboxMail.state == MailState.SENDING)
        )
    ).all()
    for row in left:
        _ambiguous(row.id, row.ticket_id, MailKind(row.kind), row.ambiguous, row.sender, at, SENDER_DIED)
    back = _rows(
        update(OutboxMail)
        .where(and_(BUSY_STATES, OutboxMail.state == MailState.CLAIMED))
        .values(state=_waiting_state(), sender=None)
    )
    return len(left) + back


def claim(run: str, at: datetime, limit: int) -> list[Claimed]:
    """Claim up to `limit` mails that are due, oldest first, and open them.

    One that cannot be opened any more is dead, with an alert.
    """
    due = select(OutboxMail.id).where(is_due(at)).order_by(OutboxMail.next_at, OutboxMail.id).limit(limit)
    found = db.session.execute(
        update(OutboxMail)
        .where(OutboxMail.id.in_(due.with_for_update(skip_locked=True)), DUE_STATES)
        .values(state=MailState.CLAIMED, sender=run, phase_at=at)
        .returning(
            OutboxMail.id,
            OutboxMail.ticket_id,
            OutboxMail.kind,
            OutboxMail.attempts,
            OutboxMail.ambiguous,
            OutboxMail.key_id,
            OutboxMail.sealed,
            OutboxMail.next_at,
            OutboxMail.last_code,
        )
        .execution_options(**PLAIN)
    ).all()
    keys = {
        key.id: key for key in db.session.scalars(select(DataKey).where(DataKey.id.in_({row.key_id for row in found})))
    }
    claimed = []
    for row in sorted(found, key=lambda row: (row.next_at, row.id)):
        kind, opened = MailKind(row.kind), _open(keys.get(row.key_id), row.sealed)
        if opened is None:
            _die(row.id, row.ticket_id, kind, MailState.CLAIMED, run, at, "unreadable")
            continue
        released = row.last_code == RELEASED
        claimed.append(Claimed(row.id, row.ticket_id, kind, row.attempts, row.ambiguous, released, *opened))
    return claimed


def begin(mails: Sequence[Claimed], run: str, at: datetime) -> set[int]:
    """Say that the dialogues about claimed mails begin; return the ids of those that are still this run's."""
    statement = (
        update(OutboxMail)
        .where(
            OutboxMail.id.in_([mail.id for mail in mails]),
            OutboxMail.state == MailState.CLAIMED,
            OutboxMail.sender == run,
        )
        .values(state=MailState.SENDING, attempts=OutboxMail.attempts + 1, phase_at=at)
    )
    return set(db.session.scalars(statement.returning(OutboxMail.id).execution_options(**PLAIN)))


def sent(mails: Sequence[Claimed], run: str, at: datetime, code: str) -> int:
    """Say that the server took these mails, all with the same code; tickets learn of their acknowledgement.

    Returns how many rows were still this run's.
    """
    statement = (
        update(OutboxMail)
        .where(
            OutboxMail.id.in_([mail.id for mail in mails]),
            OutboxMail.state == MailState.SENDING,
            OutboxMail.sender == run,
        )
        .values(state=MailState.SENT, sent_at=at, phase_at=at, last_code=code, sender=None)
    )
    moved = set(db.session.scalars(statement.returning(OutboxMail.id).execution_options(**PLAIN)))
    of_tickets = [(mail, mail.ticket_id) for mail in mails if mail.id in moved and mail.ticket_id is not None]
    acknowledged = _acknowledge([number for mail, number in of_tickets if mail.kind is MailKind.ACKNOWLEDGEMENT], at)
    events = []
    for mail, number in of_tickets:
        first = mail.kind is MailKind.ACKNOWLEDGEMENT and number in acknowledged
        kind, facts = (EventKind.ACKNOWLEDGED, None) if first else (EventKind.MAIL_SENT, _facts(mail.kind, mail.id))
        events.append(header(kind, actor=DESK, at=at, ticket_id=number, facts=facts)[0])
    if events:
        db.session.execute(insert(Event), events)
    return len(moved)


def failed(mail: Claimed, run: str, at: datetime, error: Undeliverable) -> bool:
    """Say that the server did not take the mail, or that nobody knows."""
    if error.ambiguous:
        return _ambiguous(mail.id, mail.ticket_id, mail.kind, mail.ambiguous, run, at, error.code)
    if error.permanent or mail.attempts + 1 >= MAX_ATTEMPTS:
        return _die(mail.id, mail.ticket_id, mail.kind, MailState.SENDING, run, at, error.code)
    values = {
        "state": MailState.RETRY,
        "next_at": at + delay_after(mail.attempts + 1),
        "phase_at": at,
        "last_code": error.code,
        "sender": None,
    }
    return _move(mail.id, MailState.SENDING, run, values)


def put_back(run: str) -> int:
    """Put back what this run has claimed and not begun."""
    return _rows(
        update(OutboxMail)
        .where(BUSY_STATES, OutboxMail.state == MailState.CLAIMED, OutboxMail.sender == run)
        .values(state=_waiting_state(), sender=None)
    )


def give_back(mails: Iterable[Claimed], run: str) -> int:
    """Put back mails whose dialogue never began, because the server could not be spoken to; it was no attempt."""
    back = 0
    for mail in mails:
        state = MailState.RETRY if mail.attempts else MailState.PENDING
        back += _move(mail.id, MailState.SENDING, run, {"state": state, "attempts": mail.attempts, "sender": None})
    return back


def hold(mail: Claimed, run: str, at: datetime, code: str) -> bool:
    """Hold a claimed mail until a person releases it."""
    if not _move(mail.id, MailState.CLAIMED, run, {"state": MailState.HELD, "last_code": code, "sender": None}):
        return False
    _tell(EventKind.MAIL_HELD, mail.ticket_id, mail.kind, mail.id, at, code=code)
    return True


def delay_after(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts: 1 min, 5, 15, 1 h, then 4 h each, by up to 20 % more or less."""
    base = DELAYS_S[attempts - 1] if attempts <= len(DELAYS_S) else LATER_S
    return timedelta(seconds=base * (1 + JITTER * (2 * secrets.randbelow(10_001) / 10_000 - 1)))


def _open(key: DataKey | None, sealed: bytes | None) -> tuple[Envelope, bytes] | None:
    if key is None or sealed is None:
        return None
    try:
        return unpack(vault().open(key), sealed)
    except Unreadable:
        return None


def _ambiguous(
    mail_id: int, ticket_id: int | None, kind: MailKind, before: int, run: str | None, at: datetime, code: str
) -> bool:
    stop = kind in UNCERTAIN_KINDS or before + 1 >= MAX_AMBIGUOUS
    values = {
        "state": MailState.UNCERTAIN if stop else MailState.RETRY,
        "ambiguous": before + 1,
        "next_at": at if code == SENDER_DIED else at + delay_after(1),
        "phase_at": at,
        "last_code": code,
        "sender": None,
    }
    moved = _move(mail_id, MailState.SENDING, run, values)
    if moved and stop:
        open_alert("mail_uncertain", mail_id, at, ticket_id)
        _tell(EventKind.MAIL_UNCERTAIN, ticket_id, kind, mail_id, at)
    return moved


def _die(
    mail_id: int, ticket_id: int | None, kind: MailKind, origin: MailState, run: str, at: datetime, code: str
) -> bool:
    """End a mail that will never arrive; the alert stands in the same transaction."""
    values = {"state": MailState.DEAD, "phase_at": at, "last_code": code, "sender": None}
    if not _move(mail_id, origin, run, values):
        return False
    open_alert("mail_dead", mail_id, at, ticket_id)
    _tell(EventKind.MAIL_DEAD, ticket_id, kind, mail_id, at, code=code)
    return True


def _acknowledge(ticket_ids: list[int], at: datetime) -> set[int]:
    """Write the acknowledgement into the tickets; return those that had none.

    The version is left alone: a member of staff with the page open changed nothing that this touches.
    """
    if not ticket_ids:
        return set()
    state = case((Ticket.state == State.RECEIVED, State.ACKED.value), else_=Ticket.state)
    statement = update(Ticket).where(Ticket.id.in_(ticket_ids), Ticket.acknowledged_at.is_(None))
    statement = statement.values(acknowledged_at=at, state=state, version=Ticket.version)
    return set(db.session.scalars(statement.returning(Ticket.id).execution_options(**PLAIN)))


def _tell(kind: EventKind, ticket_id: int | None, mail: MailKind, mail_id: int, at: datetime, **more: str) -> None:
    if ticket_id is not None:
        record(kind, actor=DESK, at=at, ticket_id=ticket_id, facts=_facts(mail, mail_id) | more)


def _facts(mail: MailKind, mail_id: int) -> dict[str, Any]:
    return {"mail": str(mail), "outbox": mail_id}


def _waiting_state() -> Any:
    return case((OutboxMail.attempts > 0, MailState.RETRY.value), else_=MailState.PENDING.value)


def _move(mail_id: int, origin: MailState, run: str | None, values: dict[str, Any]) -> bool:
    held = OutboxMail.sender == run
    return (
        _rows(update(OutboxMail).where(OutboxMail.id == mail_id, OutboxMail.state == origin, held).values(values)) == 1
    )


def _rows(statement: Any) -> int:
    result = db.session.execute(statement.execution_options(**PLAIN))
    assert isinstance(result, CursorResult)  # noqa: S101 - an UPDATE gives one
    return int(result.rowcount)
