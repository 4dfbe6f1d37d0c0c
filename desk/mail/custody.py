"""What a person does with mail that did not simply leave: look at it, try again, let go; and erasing what was sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, or_, select, update

from desk.db import after_commit, db
from desk.events.alerts import close_alert
from desk.events.kinds import EventKind
from desk.events.models import Event
from desk.events.trail import Actor, header, record
from desk.mail.caps import PER_ADDRESS, PER_HOUR
from desk.mail.models import TERMINAL, MailState, OutboxMail
from desk.mail.moves import RELEASED
from desk.vault.keys import DataKey

RETRIABLE = (MailState.DEAD, MailState.UNCERTAIN, MailState.RETRY, MailState.BOUNCED)
KEPT = timedelta(days=7)
"""How long the very bytes are kept after a terminal state; they hold the person's link."""


class CannotSend(Exception):
    """There is no such mail, or its state does not allow this."""


@dataclass(frozen=True, slots=True)
class MailEntry:
    """One line of the outbox as people see it: no personal data."""

    id: int
    ticket_id: int | None
    kind: str
    state: str
    attempts: int
    last_code: str | None
    created_at: datetime
    sent_at: datetime | None


def list_mails(state: MailState | None = None, limit: int = 1000) -> list[MailEntry]:
    """Return the newest mails, of one state if given, newest first."""
    statement = select(
        OutboxMail.id,
        OutboxMail.ticket_id,
        OutboxMail.kind,
        OutboxMail.state,
        OutboxMail.attempts,
        OutboxMail.last_code,
        OutboxMail.created_at,
        OutboxMail.sent_at,
    ).order_by(OutboxMail.id.desc())
    if state is not None:
        statement = statement.where(OutboxMail.state == state)
    return [MailEntry(*row) for row in db.session.execute(statement.limit(limit))]


def retry(mail_id: int, actor: Actor, at: datetime) -> None:
    """Send a dead, uncertain or waiting mail again, now and with all its tries. Raises `CannotSend`."""
    statement = (
        update(OutboxMail)
        .where(OutboxMail.id == mail_id, OutboxMail.state.in_(RETRIABLE), OutboxMail.sealed.is_not(None))
        .values(state=MailState.RETRY, attempts=0, next_at=at, last_code=RELEASED)
        .returning(OutboxMail.id, OutboxMail.ticket_id, OutboxMail.kind)
        .execution_options(synchronize_session=False)
    )
    row = db.session.execute(statement).one_or_none()
    if row is None:
        raise CannotSend(f"mail {mail_id} cannot be sent again")
    for kind in ("mail_dead", "mail_uncertain"):
        close_alert(kind, mail_id, at, actor.staff_id)
    if row.ticket_id is not None:
        facts = {"mail": str(row.kind), "outbox": row.id}
        record(EventKind.MAIL_RETRIED, actor=actor, at=at, ticket_id=row.ticket_id, facts=facts)
    after_commit("deliver", mail_id)


def release(mail_id: int | None, actor: Actor, at: datetime) -> int:
    """Let go of a held mail, or of all with None; no cap holds it again. Returns how many. Raises `CannotSend`."""
    statement = update(OutboxMail).where(OutboxMail.state == MailState.HELD)
    if mail_id is not None:
        statement = statement.where(OutboxMail.id == mail_id)
    rows = db.session.execute(
        statement.values(state=MailState.PENDING, next_at=at, last_code=RELEASED)
        .returning(OutboxMail.id, OutboxMail.ticket_id, OutboxMail.kind)
        .execution_options(synchronize_session=False)
    ).all()
    if mail_id is not None and not rows:
        raise CannotSend(f"mail {mail_id} is not held")
    _record_released(rows, actor, at)
    if not db.session.scalar(select(OutboxMail.id).where(OutboxMail.state == MailState.HELD).limit(1)):
        for kind in (PER_ADDRESS, PER_HOUR):
            close_alert(kind, 0, at, actor.staff_id)
    if rows:
        after_commit("deliver", rows[0].id)
    return len(rows)


def wipe(at: datetime, limit: int = 1000) -> int:
    """Erase the bytes and the keys of mails a week after they came to their end; the rows stay. Returns how many."""
    old = or_(OutboxMail.sent_at < at - KEPT, OutboxMail.sent_at.is_(None) & (OutboxMail.phase_at < at - KEPT))
    statement = select(OutboxMail.id, OutboxMail.key_id).where(
        OutboxMail.state.in_(TERMINAL), OutboxMail.sealed.is_not(None), old
    )
    rows = db.session.execute(statement.limit(limit)).all()
    if rows:
        db.session.execute(
            update(OutboxMail)
            .where(OutboxMail.id.in_([row.id for row in rows]))
            .values(sealed=None, key_id=None, wiped_at=at)
            .execution_options(synchronize_session=False)
        )
        db.session.execute(delete(DataKey).where(DataKey.id.in_([row.key_id for row in rows if row.key_id])))
    return len(rows)


def _record_released(rows: Sequence[Any], actor: Actor, at: datetime) -> None:
    events = [
        header(
            EventKind.MAIL_RELEASED,
            actor=actor,
            at=at,
            ticket_id=row.ticket_id,
            facts={"mail": str(row.kind), "outbox": row.id},
        )[0]
        for row in rows
        if row.ticket_id is not None
    ]
    if events:
        db.session.execute(insert(Event), events)
