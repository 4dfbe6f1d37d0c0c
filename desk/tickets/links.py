"""The secret link, the mailed code and what they open: rows that hold hashes and wrapped keys, never a secret."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from desk.db import Row


class Link(Row):
    """One secret link to a ticket. The token itself is the key: the case key is wrapped under what it derives."""

    __tablename__ = "link"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    wrapped_case: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    replaces_others: Mapped[bool] = mapped_column(default=False)
    """Made because the old one was lost: the others die when this one is first used."""
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class AccessCode(Row):
    """A code sent to the address on file; with the link it opens the conversation."""

    __tablename__ = "access_code"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]


class Grant(Row):
    """A browser that gave link and code, for half an hour; the cookie's hash is here."""

    __tablename__ = "access_grant"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class LinkRequest(Row):
    """Somebody asked for a new link by the reference alone; the worker decides and mails."""

    __tablename__ = "link_request"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None] = mapped_column(index=True)


class Replay(Row):
    """The answer to an API call that carried an Idempotency-Key, sealed under that key, for a day."""

    __tablename__ = "replay"

    key_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    body_hash: Mapped[bytes] = mapped_column(LargeBinary)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(index=True)
    purpose: Mapped[str] = mapped_column(String(20), default="requests")
