"""How the dialogue about a mail ended: sent, to be tried again, dead with its alert, held, or nobody knows. No commits."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, insert, update

from desk.db import db
from desk.events.alerts import open_alert
from desk.events.kinds import EventKind
from desk.events.models import Event
from desk.events.trail import DESK, header, record
from desk.mail.models import MailKind, MailState, OutboxMail
from desk.mail.moves import PLAIN, Claimed, move
from desk.mail.transport import Undeliverable
from desk.tickets.models import Ticket
from desk.tickets.states import State

DELAYS_S = (60, 300, 900, 3600)
LATER_S = 4 * 3600
"""After the first four, a try every four hours."""
MAX_ATTEMPTS = 22
"""One minute, five, fifteen, one hour, then seventeen times four hours: about 70 hours."""
JITTER = 0.2
SENDER_DIED = "sender-died"
UNCERTAIN_KINDS = frozenset({MailKind.ANSWER})
"""Kinds that carry what a person decided: when their fate is unknown, a person decides about sending them again."""
MAX_AMBIGUOUS = 3
"""So often at most is a mail sent again without knowing, whatever its kind."""


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
        return leave_unknown(mail.id, mail.ticket_id, mail.kind, mail.ambiguous, run, at, error.code)
    if error.permanent or mail.attempts + 1 >= MAX_ATTEMPTS:
        return let_die(mail.id, mail.ticket_id, mail.kind, MailState.SENDING, run, at, error.code)
    values = {
        "state": MailState.RETRY,
        "next_at": at + delay_after(mail.attempts + 1),
        "phase_at": at,
        "last_code": error.code,
        "sender": None,
    }
    return move(mail.id, MailState.SENDING, run, values)


def give_back(mails: Iterable[Claimed], run: str) -> int:
    """Put back mails whose dialogue never began, because the server could not be spoken to; it was no attempt."""
    back = 0
    for mail in mails:
        state = MailState.RETRY if mail.attempts else MailState.PENDING
        back += move(mail.id, MailState.SENDING, run, {"state": state, "attempts": mail.attempts, "sender": None})
    return back


def hold(mail: Claimed, run: str, at: datetime, code: str) -> bool:
    """Hold a claimed mail until a person releases it."""
    if not move(mail.id, MailState.CLAIMED, run, {"state": MailState.HELD, "last_code": code, "sender": None}):
        return False
    _tell(EventKind.MAIL_HELD, mail.ticket_id, mail.kind, mail.id, at, code=code)
    return True


def delay_after(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts: 1 min, 5, 15, 1 h, then 4 h each, by up to 20 % more or less."""
    base = DELAYS_S[attempts - 1] if attempts <= len(DELAYS_S) else LATER_S
    return timedelta(seconds=base * (1 + JITTER * (2 * secrets.randbelow(10_001) / 10_000 - 1)))


def leave_unknown(
    mail_id: int, ticket_id: int | None, kind: MailKind, before: int, run: str | None, at: datetime, code: str
) -> bool:
    """Note that the server may have taken a mail: it is tried again, or a person decides, by kind and how often."""
    stop = kind in UNCERTAIN_KINDS or before + 1 >= MAX_AMBIGUOUS
    values = {
        "state": MailState.UNCERTAIN if stop else MailState.RETRY,
        "ambiguous": before + 1,
        "next_at": at if code == SENDER_DIED else at + delay_after(1),
        "phase_at": at,
        "last_code": code,
        "sender": None,
    }
    moved = move(mail_id, MailState.SENDING, run, values)
    if moved and stop:
        open_alert("mail_uncertain", mail_id, at, ticket_id)
        _tell(EventKind.MAIL_UNCERTAIN, ticket_id, kind, mail_id, at)
    return moved


def let_die(
    mail_id: int, ticket_id: int | None, kind: MailKind, origin: MailState, run: str, at: datetime, code: str
) -> bool:
    """End a mail that will never arrive; the alert stands in the same transaction."""
    values = {"state": MailState.DEAD, "phase_at": at, "last_code": code, "sender": None}
    if not move(mail_id, origin, run, values):
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
