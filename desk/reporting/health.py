"""How the desk itself is: whether rows and files can be written, what waits, what somebody must look at."""

import secrets
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from desk import schema
from desk.accounts.models import Throttle
from desk.attachments.storage import storage_dir
from desk.company.models import Company
from desk.db import BUSY_MS, db, is_sqlite, new_id, writing
from desk.events.models import Alert
from desk.mail import ledger
from desk.mail.models import InboxMail, InboxState, MailboxState, MailState, OutboxMail
from desk.queue import bell
from desk.tickets.links import LinkRequest
from desk.tickets.models import Ticket
from desk.vault.seal import token_hash

PROBE_WAIT_MS = 2000
"""How long a probe waits for another writer on SQLite: less than whoever asks waits for the probe."""

PROBE = token_hash("health")
LATE_S = 300
UNSENT = (MailState.PENDING, MailState.RETRY, MailState.CLAIMED, MailState.SENDING)
TO_LOOK_AT = (MailState.DEAD, MailState.HELD, MailState.UNCERTAIN)


@dataclass(frozen=True, slots=True)
class Inbox:
    """What has arrived and how the mailbox is read; ages in seconds."""

    unread: int
    """Mails that are kept and not yet read."""
    oldest_unread_s: float
    held: int
    """Mails that wait for a person to judge."""
    mailbox_last_read_s: float | None
    """Since when the mailbox was last read with success; None when none is set, or it never was."""
    mailbox_failures: int
    """How often in a row it could not be read."""


@dataclass(frozen=True, slots=True)
class Queues:
    """What waits and what somebody must look at; numbers only."""

    schema_current: bool
    redis_up: bool
    jobs_waiting: int | None
    """None while Redis does not answer."""
    mail: dict[str, int]
    """Mails by state, for the states that are not an end, and those that need somebody."""
    oldest_unsent_s: float
    """How long the mail has waited that has waited longest; 0 when all has left."""
    mail_late: bool
    """That is more than five minutes: something is wrong on the way out."""
    inbox: Inbox
    index_waiting: int
    links_waiting: int
    alerts: dict[str, int]
    """Open alerts by kind."""


@dataclass(frozen=True, slots=True)
class Health:
    """One look at the desk."""

    database: bool
    company: bool
    """The row is there that every page and letter shows."""
    storage: bool
    queues: Queues | None
    """None while the database cannot be read."""

    @property
    def is_ready(self) -> bool:
        """Tell whether the desk can take anything in."""
        return self.database and self.company and self.storage

    def as_json(self) -> dict[str, Any]:
        """Return the details as plain values."""
        return {
            "database": {"writable": self.database},
            "company": {"present": self.company},
            "storage": {"writable": self.storage},
            "queues": asdict(self.queues) if self.queues else None,
        }


def look(now: datetime) -> Health:
    """Look at everything now. Never raises for a database or a disk that is away."""
    return Health(
        database=can_write_rows(now),
        company=has_company(),
        storage=can_write_files(),
        queues=_queues_or_none(now),
    )


def can_write_rows(now: datetime) -> bool:
    """Tell whether a row can be committed, by committing one."""
    try:
        with writing(), db.engine.connect() as connection:
            _wait_for_writer(connection, PROBE_WAIT_MS)
            try:
                _touch_probe(connection, now)
                connection.commit()
            finally:
                connection.rollback()
                _wait_for_writer(connection, BUSY_MS)
    except SQLAlchemyError:
        return False
    return True


def has_company() -> bool:
    """Tell whether the row can be read that every page and letter shows.

    Not whether the schema is the newest: during an upgrade the older code serves on the newer schema.
    """
    try:
        return db.session.scalar(select(Company.id).limit(1)) is not None
    except SQLAlchemyError:
        return False
    finally:
        db.session.rollback()


def can_write_files() -> bool:
    """Tell whether a file can be written and flushed, by writing one."""
    probe = storage_dir() / f".probe-{secrets.token_hex(8)}"
    try:
        probe.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            probe.write_bytes(b"\0" * 4096)
        finally:
            probe.unlink(missing_ok=True)
    except OSError:
        return False
    return True


def look_at_queues(now: datetime) -> Queues:
    """Count what waits. Raises what the database raises."""
    states = _counts(OutboxMail.state, OutboxMail.state.in_(UNSENT + TO_LOOK_AT))
    oldest = ledger.waiting_since()
    oldest_s = round((now - oldest).total_seconds(), 1) if oldest else 0.0
    return Queues(
        schema_current=schema.is_current(),
        redis_up=bell().is_up(),
        jobs_waiting=bell().waiting(),
        mail={str(state): states.get(state, 0) for state in UNSENT + TO_LOOK_AT},
        oldest_unsent_s=oldest_s,
        mail_late=oldest_s > LATE_S,
        inbox=_look_at_inbox(now),
        index_waiting=db.session.scalar(select(func.count()).where(Ticket.needs_index)) or 0,
        links_waiting=db.session.scalar(select(func.count()).where(LinkRequest.done_at.is_(None))) or 0,
        alerts=_counts(Alert.kind, Alert.closed_at.is_(None)),
    )


def _look_at_inbox(now: datetime) -> Inbox:
    waiting = InboxMail.state == InboxState.JOURNALED
    unread, oldest = db.session.execute(select(func.count(), func.min(InboxMail.journaled_at)).where(waiting)).one()
    box = db.session.execute(select(MailboxState.last_success_at, MailboxState.failures)).first()
    return Inbox(
        unread=unread,
        oldest_unread_s=_age(oldest, now) or 0.0,
        held=db.session.scalar(select(func.count()).where(InboxMail.state == InboxState.HELD)) or 0,
        mailbox_last_read_s=_age(box.last_success_at, now) if box else None,
        mailbox_failures=box.failures if box else 0,
    )


def _age(since: datetime | None, now: datetime) -> float | None:
    return round((now - since).total_seconds(), 1) if since else None


def _queues_or_none(now: datetime) -> Queues | None:
    try:
        return look_at_queues(now)
    except SQLAlchemyError:
        db.session.rollback()
        return None


def _counts(column: Any, condition: Any) -> dict[str, int]:
    rows = db.session.execute(select(column, func.count()).where(condition).group_by(column))
    return {str(name): int(number) for name, number in rows}


def _touch_probe(connection: Connection, now: datetime) -> None:
    touched = connection.execute(update(Throttle).where(Throttle.fingerprint == PROBE).values(window_at=now))
    if touched.rowcount == 0:
        connection.execute(insert(Throttle).values(id=new_id(), fingerprint=PROBE, window_at=now, count=0))


def _wait_for_writer(connection: Connection, milliseconds: int) -> None:
    """Set SQLite's busy time-out of this connection."""
    driver = connection.connection.driver_connection
    if is_sqlite(db.engine) and driver is not None:
        driver.execute(f"PRAGMA busy_timeout = {milliseconds}")
