"""The outbox: every mail the desk owes, as a row with a state."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from desk.db import Base, Row

DUE_STATES = text("state IN ('pending', 'retry')")
BUSY_STATES = text("state IN ('claimed', 'sending')")


class MailState(StrEnum):
    """Where a mail stands."""

    PENDING = "pending"
    CLAIMED = "claimed"
    SENDING = "sending"
    RETRY = "retry"
    SENT = "sent"
    BOUNCED = "bounced"
    DEAD = "dead"
    HELD = "held"
    UNCERTAIN = "uncertain"


TERMINAL = frozenset({MailState.SENT, MailState.BOUNCED, MailState.DEAD})
"""States that only a person leads out of."""


class MailKind(StrEnum):
    """What a mail is for; it decides what happens when its fate is unknown."""

    ACKNOWLEDGEMENT = "acknowledgement"
    ANSWER = "answer"
    CLOSING = "closing"
    WITHDRAWAL = "withdrawal"
    CODE = "code"
    LINK = "link"
    RECEIVED = "received"
    """The person added a message: it arrived."""
    WAIT = "wait"
    """The desk asks the person for something."""
    REMINDER = "reminder"
    ALERT = "alert"
    INVITATION = "invitation"
    RESET = "reset"
    TEST = "test"


class OutboxMail(Row):
    """One mail to one address. The very bytes are frozen when the row is made and are the same on every attempt."""

    __tablename__ = "outbox"

    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    kind: Mapped[MailKind] = mapped_column(String(20))
    dedupe_key: Mapped[str] = mapped_column(String(100), unique=True)
    message_id: Mapped[str] = mapped_column(String(200), unique=True)
    key_id: Mapped[int | None] = mapped_column(ForeignKey("data_key.id"))
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Recipient and MIME bytes under the mail's own key; both erased a week after a terminal state."""
    state: Mapped[MailState] = mapped_column(String(10), default=MailState.PENDING)
    attempts: Mapped[int] = mapped_column(default=0)
    ambiguous: Mapped[int] = mapped_column(default=0)
    """How often nobody could tell whether the server had taken it: the most duplicates there can be."""
    next_at: Mapped[datetime]
    sender: Mapped[str | None] = mapped_column(String(40))
    """Which run of the sender holds it."""
    phase_at: Mapped[datetime | None]
    last_code: Mapped[str | None] = mapped_column(String(40))
    recipient_print: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Keyed fingerprint of the address, written by the worker, for the cap on acknowledgements."""
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    wiped_at: Mapped[datetime | None]

    __table_args__ = (
        # what is to be sent next
        Index("ix_outbox_due", "next_at", "id", postgresql_where=DUE_STATES, sqlite_where=DUE_STATES),
        # what a dead sender left behind
        Index("ix_outbox_busy", "sender", postgresql_where=BUSY_STATES, sqlite_where=BUSY_STATES),
        # how many acknowledgements an address had today
        Index("ix_outbox_recipient", "recipient_print", "sent_at"),
        # how many acknowledgements left in the last hour
        Index("ix_outbox_sent", "sent_at"),
    )


class Channel(Base):
    """The way out, one row once it failed: when the server cannot be used, nobody knocks before `paused_until`."""

    __tablename__ = "mail_channel"

    name: Mapped[str] = mapped_column(String(10), primary_key=True)
    paused_until: Mapped[datetime]
    failures: Mapped[int]
    last_code: Mapped[str] = mapped_column(String(40))
