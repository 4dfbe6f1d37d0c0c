"""How the dialogue about a mail ended: sent, to be tried again, dead with its alert, held, or nobody knows. No commits."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Table, bindparam, case, update

from desk.db import db, insert_rows
from desk.events.alerts import open_alert
from desk.events.kinds import EventKind
from desk.events.models import Event
from desk.events.trail import DESK, header, record
from desk.mail.models import MailKind, MailState
from desk.mail.moves import ROWS, Claimed, move
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
DEAD, UNCERTAIN, BOUNCED = "mail_dead", "mail_uncertain", "mail_bounced"
"""Kinds of alerts about one mail."""
UNCERTAIN_KINDS = frozenset({MailKind.ANSWER})
"""Kinds that carry what a person decided: when their fate is unknown, a person decides about sending them again."""
MAX_AMBIGUOUS = 3
"""So often at most is a mail sent again without knowing, whatever its kind."""

SEND = (
    update(ROWS)
    .where(
        ROWS.c.id.in_(bindparam("ids", expanding=True)),
        ROWS.c.state == MailState.SENDING,
        ROWS.c.sender == bindparam("run"),
    )
    .values(state=MailState.SENT, sent_at=bindparam("at"), phase_at=bindparam("at"), last_code=bindparam("code"))
    .values(sender=None, tls=bindparam("tls"))
    .returning(ROWS.c.id)
)
TICKETS = cast(Table, Ticket.__table__)
ACKNOWLEDGE = (
    update(TICKETS)
    .where(TICKETS.c.id.in_(bindparam("ids", expanding=True)), TICKETS.c.acknowledged_at.is_(None))
    .values(
        acknowledged_at=bindparam("at"),
        state=case((TICKETS.c.state == State.RECEIVED, State.ACKED.value), else_=TICKETS.c.state),
    )
    .returning(TICKETS.c.id)
)


def sent(mails: Sequence[Claimed], run: str, at: datetime, code: str, tls: str) -> int:
    """Say that the server took these mails, all with the same code; tickets learn of their acknowledgement.

    `tls` is the version that they left by, or `none`.

    Returns how many rows were still this run's.
    """
    ids = [mail.id for mail in mails]
    moved = set(db.session.scalars(SEND, {"ids": ids, "run": run, "at": at, "code": code, "tls": tls}))
    of_tickets = [(mail, mail.ticket_id) for mail in mails if mail.id in moved and mail.ticket_id is not None]
    acknowledged = _acknowledge([number for mail, number in of_tickets if mail.kind is MailKind.ACKNOWLEDGEMENT], at)
    events = []
    for mail, number in of_tickets:
        first = mail.kind is MailKind.ACKNOWLEDGEMENT and number in acknowledged
        kind, facts = (EventKind.ACKNOWLEDGED, None) if first else (EventKind.MAIL_SENT, _facts(mail.kind, mail.id))
        events.append(header(kind, actor=DESK, at=at, ticket_id=number, facts=facts)[0])
    if events:
        insert_rows(Event, events)
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


def bounced(mail_id: int, at: datetime) -> bool:
    """Say that a mail which a server had taken came back; tell whether that was new. The alert is the caller's."""
    held = (ROWS.c.id == mail_id, ROWS.c.state.in_((MailState.SENT, MailState.UNCERTAIN, MailState.RETRY)))
    values = {"state": MailState.BOUNCED, "phase_at": at, "last_code": "bounced", "sender": None}
    row = db.session.execute(
        update(ROWS).where(*held).values(values).returning(ROWS.c.ticket_id, ROWS.c.kind)
    ).one_or_none()
    if row is None:
        return False
    _tell(EventKind.MAIL_BOUNCED, row.ticket_id, MailKind(row.kind), mail_id, at)
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
        open_alert(UNCERTAIN, mail_id, at, ticket_id)
        _tell(EventKind.MAIL_UNCERTAIN, ticket_id, kind, mail_id, at)
    return moved


def let_die(
    mail_id: int, ticket_id: int | None, kind: MailKind, origin: MailState, run: str, at: datetime, code: str
) -> bool:
    """End a mail that will never arrive; the alert stands in the same transaction."""
    values = {"state": MailState.DEAD, "phase_at": at, "last_code": code, "sender": None}
    if not move(mail_id, origin, run, values):
        return False
    open_alert(DEAD, mail_id, at, ticket_id)
    _tell(EventKind.MAIL_DEAD, ticket_id, kind, mail_id, at, code=code)
    return True


def _acknowledge(ticket_ids: list[int], at: datetime) -> set[int]:
    """Write the acknowledgement into the tickets; return those that had none.

    The version is left alone: a member of staff with the page open changed nothing that this touches.
    """
    if not ticket_ids:
        return set()
    return set(db.session.scalars(ACKNOWLEDGE, {"ids": ticket_ids, "at": at}))


def _tell(kind: EventKind, ticket_id: int | None, mail: MailKind, mail_id: int, at: datetime, **more: str) -> None:
    if ticket_id is not None:
        record(kind, actor=DESK, at=at, ticket_id=ticket_id, facts=_facts(mail, mail_id) | more)


def _facts(mail: MailKind, mail_id: int) -> dict[str, Any]:
    return {"mail": str(mail), "outbox": mail_id}
