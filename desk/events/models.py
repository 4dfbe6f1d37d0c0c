"""The trail's rows: an event's clear header, its erasable payload, and alerts."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from desk.db import Base, Row

OPEN_ALERT = text("closed_at IS NULL")
FEES = text("kind = 'fee_paid'")
"""Events of fees, which have an index of their own: a year's are few among millions."""


class Event(Row):
    """One fact that happened, append-only; the header holds no personal data."""

    __tablename__ = "event"

    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(30))
    actor: Mapped[str] = mapped_column(String(10))
    """Who did it: `person`, `staff` or `desk`."""
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    commitment: Mapped[bytes | None] = mapped_column(LargeBinary)
    """HMAC-SHA256 of the payload under its salt: proves the payload while it lives, tells nothing after."""

    __table_args__ = (Index("ix_event_fee", "at", postgresql_where=FEES, sqlite_where=FEES),)


class EventPayload(Base):
    """What an event says about a person, sealed under the ticket's desk key; it can be destroyed, the header stays."""

    __tablename__ = "event_payload"

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), primary_key=True, autoincrement=False)
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class Alert(Row):
    """Something that waits for a member of staff to see it: a dead mail, a tripped breaker."""

    __tablename__ = "alert"

    kind: Mapped[str] = mapped_column(String(30))
    object_id: Mapped[int] = mapped_column(default=0)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    __table_args__ = (
        # one open alert for one thing
        Index("uq_alert_open", "kind", "object_id", unique=True, postgresql_where=OPEN_ALERT, sqlite_where=OPEN_ALERT),
    )
