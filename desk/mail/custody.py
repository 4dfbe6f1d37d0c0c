"""What a person does with mail that did not simply leave: look at it, try again, let go, give up; and erasing what was sent."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, insert, or_, select, update

from desk.db import after_commit, db
from desk.events.alerts import close_alert, count_open_alerts
from desk.events.kinds import EventKind
from desk.events.models import Event
from desk.events.trail import Actor, header, record
from desk.mail.caps import PER_ADDRESS, PER_HOUR
from desk.mail.channel import ALERT as CHANNEL
from desk.mail.fates import BOUNCED, DEAD, UNCERTAIN
from desk.mail.models import TERMINAL, MailState, OutboxMail
from desk.mail.moves import RELEASED
from desk.tickets.models import Ticket
from desk.vault.keys import DataKey

RETRIABLE = (MailState.DEAD, MailState.UNCERTAIN, MailState.RETRY, MailState.BOUNCED)
WAITING = (MailState.PENDING, MailState.RETRY, MailState.HELD)
"""What can still be given up."""
UNARRIVED = (MailState.BOUNCED, MailState.UNCERTAIN)
GIVEN_UP = "given-up"
"""What `last_code` says of a mail that a person decided not to send."""
KEPT = timedelta(days=7)
"""How long the very bytes are kept after a terminal state; they hold the person's link."""


BATCH = 500
"""Rows held at a time: of a list that is read, of a transaction that erases."""


class CannotSend(Exception):
    """There is no such mail, or its state does not allow this."""


@dataclass(frozen=True, slots=True)
class MailEntry:
    """One line of the outbox as people see it: no personal data."""

    id: int
    ticket_id: int | None
    ticket: str | None
    """The ticket's reference."""
    kind: str
    state: str
    attempts: int
    last_code: str | None
    created_at: datetime
    sent_at: datetime | None
    is_whole: bool
    """Whether its bytes are still there to be sent."""

    @property
    def may_retry(self) -> bool:
        """Tell whether `retry` takes it."""
        return self.is_whole and self.state in RETRIABLE

    @property
    def may_release(self) -> bool:
        """Tell whether `release` takes it."""
        return self.state == MailState.HELD

    @property
    def may_give_up(self) -> bool:
        """Tell whether `give_up` takes it."""
        return self.state in WAITING


ENTRIES: Select[*tuple[Any, ...]] = select(
    OutboxMail.id,
    OutboxMail.ticket_id,
    Ticket.ref,
    OutboxMail.kind,
    OutboxMail.state,
    OutboxMail.attempts,
    OutboxMail.last_code,
    OutboxMail.created_at,
    OutboxMail.sent_at,
    OutboxMail.sealed.is_not(None),
).outerjoin(Ticket, Ticket.id == OutboxMail.ticket_id)


def list_mails(state: MailState | None = None, limit: int | None = None) -> Iterator[MailEntry]:
    """Yield the mails, of one state if given, newest first; a batch is in memory at a time."""
    statement = ENTRIES.order_by(OutboxMail.id.desc()).execution_options(yield_per=BATCH).limit(limit)
    if state is not None:
        statement = statement.where(OutboxMail.state == state)
    for row in db.session.execute(statement):
        yield MailEntry(*row)


def find_mails(ids: Iterable[int]) -> dict[int, MailEntry]:
    """Return mails by their numbers; the unknown are left out."""
    return {row.id: MailEntry(*row) for row in db.session.execute(ENTRIES.where(OutboxMail.id.in_(list(ids))))}


def count_stuck() -> int:
    """Count the mails that an open alert speaks of and that have not arrived: dead, uncertain, bounced, held, behind a closed way."""
    open_kinds = count_open_alerts()
    stuck = open_kinds[DEAD] + open_kinds[UNCERTAIN] + open_kinds[BOUNCED]
    if open_kinds[PER_ADDRESS] or open_kinds[PER_HOUR]:
        stuck += _count(MailState.HELD)
    if open_kinds[CHANNEL]:
        stuck += _count(MailState.PENDING, MailState.RETRY)
    return stuck


def _count(*states: MailState) -> int:
    return db.session.scalar(select(func.count()).where(OutboxMail.state.in_(states))) or 0


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
    for kind in (DEAD, UNCERTAIN, BOUNCED):
        close_alert(kind, mail_id, at, actor.staff_id)
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
    _record(EventKind.MAIL_RELEASED, rows, actor, at)
    _close_caps(actor, at)
    if rows:
        after_commit("deliver", rows[0].id)
    return len(rows)


def give_up(mail_id: int, actor: Actor, at: datetime) -> None:
    """Send a waiting or held mail no more; its bytes stay for a week, in which it can still be sent. Raises `CannotSend`."""
    if not _give_up(OutboxMail.id == mail_id, actor, at):
        raise CannotSend(f"mail {mail_id} does not wait")
    _close_caps(actor, at)


def abandon(ticket_id: int, actor: Actor, at: datetime) -> None:
    """Leave behind what was on its way to an address that was wrong: nothing of it is sent any more, its bytes are erased.

    What has been sent, or is being sent at this moment, cannot be called back.
    """
    _give_up(OutboxMail.ticket_id == ticket_id, actor, at)
    lost = select(OutboxMail.id, OutboxMail.key_id).where(
        OutboxMail.ticket_id == ticket_id, OutboxMail.state.in_((*UNARRIVED, MailState.DEAD))
    )
    rows = db.session.execute(lost).all()
    for row in rows:
        for kind in (DEAD, UNCERTAIN, BOUNCED):
            close_alert(kind, row.id, at, actor.staff_id)
    _erase(rows, at)
    _close_caps(actor, at)


def _give_up(which: ColumnElement[bool], actor: Actor, at: datetime) -> int:
    rows = db.session.execute(
        update(OutboxMail)
        .where(which, OutboxMail.state.in_(WAITING))
        .values(state=MailState.DEAD, phase_at=at, last_code=GIVEN_UP)
        .returning(OutboxMail.id, OutboxMail.ticket_id, OutboxMail.kind)
        .execution_options(synchronize_session=False)
    ).all()
    _record(EventKind.MAIL_GIVEN_UP, rows, actor, at)
    return len(rows)


def wipe(at: datetime) -> int:
    """Erase the bytes and the keys of mails a week after they came to their end; the rows stay.

    Returns how many: a whole batch means that there may be more.
    """
    old = or_(OutboxMail.sent_at < at - KEPT, OutboxMail.sent_at.is_(None) & (OutboxMail.phase_at < at - KEPT))
    statement = select(OutboxMail.id, OutboxMail.key_id).where(
        OutboxMail.state.in_(TERMINAL), OutboxMail.sealed.is_not(None), old
    )
    rows = db.session.execute(statement.limit(BATCH)).all()
    _erase(rows, at)
    return len(rows)


def _erase(rows: Sequence[Any], at: datetime) -> None:
    if rows:
        db.session.execute(
            update(OutboxMail)
            .where(OutboxMail.id.in_([row.id for row in rows]))
            .values(sealed=None, key_id=None, wiped_at=at)
            .execution_options(synchronize_session=False)
        )
        db.session.execute(delete(DataKey).where(DataKey.id.in_([row.key_id for row in rows if row.key_id])))


def _close_caps(actor: Actor, at: datetime) -> None:
    """Close the alerts about what is held once nothing is."""
    if not db.session.scalar(select(OutboxMail.id).where(OutboxMail.state == MailState.HELD).limit(1)):
        for kind in (PER_ADDRESS, PER_HOUR):
            close_alert(kind, 0, at, actor.staff_id)


def _record(kind: EventKind, rows: Sequence[Any], actor: Actor, at: datetime) -> None:
    events = [
        header(
            kind,
            actor=actor,
            at=at,
            ticket_id=row.ticket_id,
            facts={"mail": str(row.kind), "outbox": row.id},
        )[0]
        for row in rows
    ]
    if events:
        db.session.execute(insert(Event), events)
