"""What is to be sent: which mails are due, claiming them, giving them back, taking over from a sender that died.

    pending -> claimed -> sending -> sent
    sending -> retry (refused for now) -> claimed;  sending -> dead (refused for good, or too often), with an alert
    sending -> retry or uncertain (nobody knows whether the server took it): `ambiguous` + 1, by kind
    claimed, sending -> pending or retry (the channel is down: nothing was sent)

How a dialogue ended is written down in `desk.mail.fates`. Nothing here commits.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, case, func, or_, select, update

from desk.db import db
from desk.mail.fates import SENDER_DIED, leave_unknown, let_die
from desk.mail.models import BUSY_STATES, DUE_STATES, MailKind, MailState, OutboxMail
from desk.mail.moves import RELEASED, ROWS, Claimed, count_rows, waiting_state
from desk.mail.outbox import unpack
from desk.mail.transport import Envelope
from desk.vault.keys import DataKey, Unreadable, vault

FARTHEST_S = 6 * 3600
"""No delay is longer; a row due later than this was dated by a clock that had jumped, and is due now."""

OPENED = ("id", "ticket_id", "kind", "attempts", "ambiguous", "key_id", "sealed", "next_at", "last_code")
"""The columns of a mail that is claimed."""
BEGIN = (
    update(ROWS)
    .where(
        ROWS.c.id.in_(bindparam("ids", expanding=True)),
        ROWS.c.state == MailState.CLAIMED,
        ROWS.c.sender == bindparam("run"),
    )
    .values(state=MailState.SENDING, attempts=ROWS.c.attempts + 1, phase_at=bindparam("at"))
    .returning(ROWS.c.id)
)


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
    """Tell whether a mail waits to be sent now, or is in the hands of a sender, who may be dead."""
    due, busy = select(OutboxMail.id).where(is_due(at)), select(OutboxMail.id).where(BUSY_STATES)
    return any(db.session.scalar(found.limit(1)) is not None for found in (due, busy))


def overdue(since: datetime) -> bool:
    """Tell whether a mail was due at `since` and still waits, or has been in a sender's hands since then."""
    late = select(OutboxMail.id).where(DUE_STATES, OutboxMail.next_at <= since)
    stuck = select(OutboxMail.id).where(BUSY_STATES, OutboxMail.phase_at <= since)
    return any(db.session.scalar(found.limit(1)) is not None for found in (late, stuck))


def waiting_since() -> datetime | None:
    """Return since when the mail waits that has waited longest, None when all has left.

    One that was never tried waits since it was posted or let go, any other since it was made.
    """
    since = func.min(case((OutboxMail.attempts == 0, OutboxMail.next_at), else_=OutboxMail.created_at))
    found = [db.session.scalar(select(since).where(states)) for states in (DUE_STATES, BUSY_STATES)]
    return min((at for at in found if at is not None), default=None)


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
        leave_unknown(row.id, row.ticket_id, MailKind(row.kind), row.ambiguous, row.sender, at, SENDER_DIED)
    back = count_rows(
        update(ROWS)
        .where(and_(BUSY_STATES, ROWS.c.state == MailState.CLAIMED))
        .values(state=waiting_state(), sender=None)
    )
    return len(left) + back


def claim(run: str, at: datetime, limit: int) -> list[Claimed]:
    """Claim up to `limit` mails that are due, oldest first, and open them.

    One that cannot be opened any more is dead, with an alert.
    """
    due = select(OutboxMail.id).where(is_due(at)).order_by(OutboxMail.next_at, OutboxMail.id).limit(limit)
    found = db.session.execute(
        update(ROWS)
        .where(ROWS.c.id.in_(due.with_for_update(skip_locked=True)), DUE_STATES)
        .values(state=MailState.CLAIMED, sender=run, phase_at=at)
        .returning(*(ROWS.c[name] for name in OPENED))
    ).all()
    keys = {
        key.id: key for key in db.session.scalars(select(DataKey).where(DataKey.id.in_({row.key_id for row in found})))
    }
    claimed = []
    for row in sorted(found, key=lambda row: (row.next_at, row.id)):
        kind, opened = MailKind(row.kind), _open(keys.get(row.key_id), row.sealed)
        if opened is None:
            let_die(row.id, row.ticket_id, kind, MailState.CLAIMED, run, at, "unreadable")
            continue
        released = row.last_code == RELEASED
        claimed.append(Claimed(row.id, row.ticket_id, kind, row.attempts, row.ambiguous, released, *opened))
    return claimed


def begin(mails: Sequence[Claimed], run: str, at: datetime) -> set[int]:
    """Say that the dialogues about claimed mails begin; return the ids of those that are still this run's."""
    return set(db.session.scalars(BEGIN, {"ids": [mail.id for mail in mails], "run": run, "at": at}))


def put_back(run: str) -> int:
    """Put back what this run has claimed and not begun."""
    return count_rows(
        update(ROWS)
        .where(BUSY_STATES, ROWS.c.state == MailState.CLAIMED, ROWS.c.sender == run)
        .values(state=waiting_state(), sender=None)
    )


def _open(key: DataKey | None, sealed: bytes | None) -> tuple[Envelope, bytes] | None:
    if key is None or sealed is None:
        return None
    try:
        return unpack(vault().open(key), sealed)
    except Unreadable:
        return None
