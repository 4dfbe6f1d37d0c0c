"""Moving one mail from state to state: conditional updates whose row count is checked. None of them commits.

A move holds only from the state before it and only for the run that claimed the row, so that a sender that was taken for
dead can no longer write.
"""

from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import CursorResult, Table, case, update

from desk.db import db
from desk.mail.models import MailKind, MailState, OutboxMail
from desk.mail.transport import Envelope

ROWS = cast(Table, OutboxMail.__table__)
"""The outbox as a bare table: the sender's statements are built once and hold no objects of the session."""
RELEASED = "released"
"""What `last_code` says of a mail that a person let go; no cap holds it again."""


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


def move(mail_id: int, origin: MailState, run: str | None, values: dict[str, Any]) -> bool:
    """Move one mail out of `origin` if this run still holds it; tell whether it did."""
    held = (ROWS.c.id == mail_id, ROWS.c.state == origin, ROWS.c.sender == run)
    return count_rows(update(ROWS).where(*held).values(values)) == 1


def count_rows(statement: Any) -> int:
    """Run an UPDATE and return how many rows it found."""
    result = db.session.execute(statement)
    assert isinstance(result, CursorResult)  # noqa: S101 - an UPDATE gives one
    return int(result.rowcount)


def waiting_state() -> Any:
    """Return the state to which a mail goes back that was not sent: by whether it was ever tried."""
    return case((ROWS.c.attempts > 0, MailState.RETRY.value), else_=MailState.PENDING.value)
