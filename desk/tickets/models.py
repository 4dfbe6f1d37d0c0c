"""The ticket and what belongs to it: parties, messages, waits, reminders, the trace of a submission."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    JSON,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    TextClause,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from desk.db import Base, Row
from desk.law.waits import WaitReason
from desk.tickets.states import ENDED, State

OPEN_ONLY = text("closed_at IS NULL")
CLOSED_ONLY = text("closed_at IS NOT NULL")
QUEUE = ("queue_rank", "queue_on", "id")
"""The order of the queue."""


def _partial(name: str, *columns: str, where: TextClause = OPEN_ONLY) -> Index:
    return Index(name, *columns, postgresql_where=where, sqlite_where=where)


class Population(StrEnum):
    """Which of the policy's groups the person belongs to."""

    USER = "user"
    PARTNER = "partner"
    APPLICANT = "applicant"
    OTHER = "other"


class Channel(StrEnum):
    """By which door something arrived."""

    FORM = "form"
    API = "api"
    MAIL = "mail"
    PHONE = "phone"
    LETTER = "letter"
    VISIT = "visit"
    LINK = "link"
    STAFF = "staff"


class Direction(StrEnum):
    """Which way a message went; a note goes nowhere."""

    IN = "in"
    OUT = "out"
    NOTE = "note"


# Where a ticket stands in the queue before its date is looked at; smaller is earlier.
RANK_AT_ONCE = 0
"""A suspected breach: it has no date, because it cannot wait for one."""
RANK_PERSON_WROTE = 1
RANK_USUAL = 2


class Ticket(Row):
    """One inquiry, complaint or statutory request, from arrival to its end.

    Clear columns hold states, dates, kinds and opaque ids; whatever a person wrote is sealed.
    """

    __tablename__ = "ticket"

    ref: Mapped[str] = mapped_column(String(12), unique=True)
    kind: Mapped[str] = mapped_column(String(10))
    regime: Mapped[str] = mapped_column(String(20))
    law_version: Mapped[str] = mapped_column(String(40))
    policy_number: Mapped[int | None]
    """The version of the company's policy in force on the day of arrival, whatever is adopted later."""
    calendar_version: Mapped[str] = mapped_column(String(80))
    population: Mapped[Population] = mapped_column(String(10))
    language: Mapped[str] = mapped_column(String(2))
    channel: Mapped[Channel] = mapped_column(String(10))
    state: Mapped[State] = mapped_column(String(16))
    outcome: Mapped[str | None] = mapped_column(String(16))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    is_escalated: Mapped[bool] = mapped_column(default=False)

    received_at: Mapped[datetime]
    received_on: Mapped[date] = mapped_column(Date)
    """JST date of arrival; the month it falls in is the month that reports count it in."""
    ack_by: Mapped[datetime]
    reply_by: Mapped[date | None] = mapped_column(Date)
    reply_by_at: Mapped[datetime | None]
    target_on: Mapped[date | None] = mapped_column(Date)
    due_on: Mapped[date | None] = mapped_column(Date)
    limit_on: Mapped[date | None] = mapped_column(Date)
    waiting_for: Mapped[WaitReason | None] = mapped_column(String(10))

    acknowledged_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    """First human answer."""
    answered_days: Mapped[int | None] = mapped_column(SmallInteger)
    """Business days from arrival to the first human answer."""
    notified_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    reopened_at: Mapped[datetime | None]

    queue_rank: Mapped[int] = mapped_column(SmallInteger, default=RANK_USUAL)
    queue_on: Mapped[date] = mapped_column(Date)
    """`due_on`, or the day of arrival for a kind without one."""
    summary: Mapped[bytes] = mapped_column(LargeBinary)
    """What one row of the queue shows: name and subject, sealed under the case key."""
    needs_index: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        # the queue, by due date; and the same narrowed by one filter
        _partial("ix_ticket_open", *QUEUE),
        _partial("ix_ticket_open_assignee", "assignee_id", *QUEUE),
        _partial("ix_ticket_open_kind", "kind", *QUEUE),
        _partial("ix_ticket_open_state", "state", *QUEUE),
        _partial("ix_ticket_open_population", "population", *QUEUE),
        _partial("ix_ticket_waiting", *QUEUE, where=text("closed_at IS NULL AND waiting_for IS NOT NULL")),
        _partial("ix_ticket_escalated", *QUEUE, where=text("closed_at IS NULL AND is_escalated")),
        # the closed, newest first; and the same narrowed by one filter
        _partial("ix_ticket_closed", "closed_at", "id", where=CLOSED_ONLY),
        _partial("ix_ticket_closed_state", "state", "closed_at", "id", where=CLOSED_ONLY),
        _partial("ix_ticket_closed_kind", "kind", "closed_at", "id", where=CLOSED_ONLY),
        _partial("ix_ticket_closed_assignee", "assignee_id", "closed_at", "id", where=CLOSED_ONLY),
        # figures of a period
        Index("ix_ticket_received_on", "received_on"),
        # what the index job has yet to do
        Index("ix_ticket_needs_index", "id", postgresql_where=text("needs_index"), sqlite_where=text("needs_index")),
    )
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own idiom

    @property
    def is_open(self) -> bool:
        """Tell whether anything is still owed."""
        return self.state not in ENDED


class PartyRole(StrEnum):
    """Who a party is to the ticket."""

    PERSON = "person"
    AGENT = "agent"


class Party(Row):
    """A person of the ticket; contact data is sealed under the case key."""

    __tablename__ = "party"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    role: Mapped[PartyRole] = mapped_column(String(10))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    has_email: Mapped[bool]
    bounced_at: Mapped[datetime | None]
    """When a mail to the address came back; another channel is called for."""


class Message(Row):
    """One thing said: by the person, to the person, or a note among staff.

    The body is sealed under the case key (`in`, `out`) or the desk key (`note`), or under a key of its own when the
    person added it through the link (`key_id`), wrapped for the case as well (`case_wrapped`).
    """

    __tablename__ = "message"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    direction: Mapped[Direction] = mapped_column(String(4))
    channel: Mapped[Channel] = mapped_column(String(10))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    key_id: Mapped[int | None] = mapped_column(ForeignKey("data_key.id"))
    case_wrapped: Mapped[bytes | None] = mapped_column(LargeBinary)
    nonce: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    """Hash of the form it came by: the same form sent twice is one message."""
    created_at: Mapped[datetime]


class Wait(Row):
    """A stretch of time in which the next step is the person's. It moves no date."""

    __tablename__ = "wait"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    reason: Mapped[WaitReason] = mapped_column(String(10))
    started_at: Mapped[datetime]
    due_on: Mapped[date] = mapped_column(Date)
    ended_at: Mapped[datetime | None]


class Trace(Row):
    """Address, user agent and referrer of one submission, sealed under a key of its own and erased on its own day."""

    __tablename__ = "trace"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    key_id: Mapped[int] = mapped_column(ForeignKey("data_key.id"))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    erase_on: Mapped[date] = mapped_column(Date, index=True)


class Reminder(Row):
    """One rule met by one ticket on one day: there is at most one row, however many heard and whatever is restarted."""

    __tablename__ = "reminder"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    rule: Mapped[str] = mapped_column(String(20))
    on: Mapped[date] = mapped_column(Date)
    told: Mapped[list[int]] = mapped_column(JSON, server_default="[]")
    """Ids of the staff who heard of it."""
    created_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("ticket_id", "rule", "on"),)


class ReminderDay(Base):
    """A business day on which the clock looked for what to remind of; one without a row was missed."""

    __tablename__ = "reminder_day"

    on: Mapped[date] = mapped_column(Date, primary_key=True)
    at: Mapped[datetime]
