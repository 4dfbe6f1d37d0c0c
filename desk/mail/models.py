"""The rows of mail: the outbox, every mail that the desk owes, and the inbox, every mail that reached it."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, Index, LargeBinary, SmallInteger, String, UniqueConstraint, text
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
    DELAY = "delay"
    """The answer takes longer."""
    REMINDER = "reminder"
    ALERT = "alert"
    POLICY = "policy"
    """The policy changes."""
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
    tls: Mapped[str | None] = mapped_column(String(20))
    """The TLS version of the connection that it left by, or `none`."""
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


class MailboxState(Base):
    """How reading one mailbox fares; one row a mailbox."""

    __tablename__ = "mailbox_state"

    account: Mapped[str] = mapped_column(String(16), primary_key=True)
    last_success_at: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    """When the failures began that have lasted since; None while all is well."""
    failures: Mapped[int] = mapped_column(default=0)
    last_code: Mapped[str | None] = mapped_column(String(40))
    paused_until: Mapped[datetime | None]
    """Nobody knocks before this by itself; a person may."""
    journaled: Mapped[int] = mapped_column(default=0)
    """Mails taken from it since the beginning."""
    waiting: Mapped[int] = mapped_column(default=0)
    """Mails that were left in it when it was last read."""
    reconciled_at: Mapped[datetime | None]
    unknown: Mapped[int] = mapped_column(default=0)
    """Mails in its folder of what is done, of the last 30 days, that the desk never read."""


class Door(StrEnum):
    """By which way a mail came in."""

    PIPE = "pipe"
    IMAP = "imap"
    SMTP = "smtp"
    LMTP = "lmtp"


class InboxState(StrEnum):
    """Where a mail that reached the desk stands."""

    JOURNALED = "journaled"
    """Kept, not yet read."""
    HELD = "held"
    """Set aside for a person to judge."""
    DONE = "done"


class Outcome(StrEnum):
    """What became of a mail; the words are those that `desk mail ingest` prints."""

    NEW = "new"
    REPLY = "reply"
    QUARANTINED = "quarantined"
    DUPLICATE = "duplicate"
    BOUNCE = "bounce"
    AUTO_REPLY = "auto-reply"
    REFUSED = "refused"


UNREAD = text("state = 'journaled'")
HELD_STATE = text("state = 'held'")


class InboxMail(Row):
    """One mail as it reached the desk, kept before anything of it is read.

    Bytes, envelope and what was read of it are sealed under a key of its own; clear are states, instants and codes.
    """

    __tablename__ = "inbox"

    door: Mapped[Door] = mapped_column(String(4))
    account: Mapped[str | None] = mapped_column(String(16))
    """Which mailbox of which server: a fingerprint of its address."""
    folder: Mapped[str | None] = mapped_column(String(200))
    uidvalidity: Mapped[int | None]
    uid: Mapped[int | None]
    """The number of the mail in the folder, as long as the folder's `uidvalidity` lasts."""
    key_id: Mapped[int | None] = mapped_column(ForeignKey("data_key.id"))
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The bytes as received; a large mail's are a blob of the storage instead."""
    blob: Mapped[str | None] = mapped_column(String(40), unique=True)
    envelope: Mapped[bytes] = mapped_column(LargeBinary)
    """Sender and recipients of the last hop, as JSON."""
    tls: Mapped[str | None] = mapped_column(String(20))
    """The TLS version of the last hop, `none`, or NULL when nobody knows."""
    size: Mapped[int]
    raw_hash: Mapped[bytes] = mapped_column(LargeBinary, index=True)
    """SHA-256 of the bytes."""
    received_at: Mapped[datetime]
    """When the mail server had it: the clock of a case runs from there."""
    journaled_at: Mapped[datetime]

    state: Mapped[InboxState] = mapped_column(String(10))
    outcome: Mapped[Outcome | None] = mapped_column(String(12))
    identity: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    """Keyed fingerprint of Message-ID and content, of the first mail that had them; a second one is its duplicate."""
    message_print: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    """Keyed fingerprint of the Message-ID alone: other content under it is worth a look."""
    parsed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What was read, as JSON."""
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"), index=True)
    outbox_id: Mapped[int | None] = mapped_column(ForeignKey("outbox.id"))
    """The desk's own mail that it answers or reports on."""
    first_id: Mapped[int | None] = mapped_column(ForeignKey("inbox.id"))
    """Of a duplicate: the first."""
    guess_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    """The ticket that it may belong to."""
    reason: Mapped[str | None] = mapped_column(String(20))
    """Why it was set aside."""
    verdict: Mapped[str | None] = mapped_column(String(10))
    """What the receiving server found of the sender: pass, fail, none, or NULL when it did not say."""
    spam: Mapped[int] = mapped_column(SmallInteger, default=0)
    problems: Mapped[str] = mapped_column(String(200), default="")
    """Codes of what was odd in the bytes, separated by spaces."""
    wish: Mapped[str | None] = mapped_column(String(10))
    """What a person, or the lapse of time, decided about a mail that was held: join, new."""
    ingested_at: Mapped[datetime | None]
    decide_by: Mapped[date | None] = mapped_column(Date)
    """The last day on which somebody may decide; after it the mail becomes a ticket of its own."""
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    __table_args__ = (
        # the same place in a mailbox is read once
        UniqueConstraint("account", "folder", "uidvalidity", "uid"),
        # what has yet to be read, oldest first
        Index("ix_inbox_unread", "id", postgresql_where=UNREAD, sqlite_where=UNREAD),
        # the holding list, by the day of decision
        Index("ix_inbox_held", "decide_by", "id", postgresql_where=HELD_STATE, sqlite_where=HELD_STATE),
    )
