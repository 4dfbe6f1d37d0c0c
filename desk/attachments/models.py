"""The row of a file: parked with a form, or part of a message."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from desk.db import Row

MOST_FETCHES = 20
"""How often a person may fetch a file that was handed over."""


class FileState(StrEnum):
    """Where a file stands."""

    PARKED = "parked"
    """Uploaded with a form that has not been sent yet; removed after a day."""
    STORED = "stored"
    ERASED = "erased"


class Scan(StrEnum):
    """What a virus scanner said."""

    UNSCANNED = "unscanned"
    CLEAN = "clean"
    INFECTED = "infected"


class Attachment(Row):
    """A file in sealed storage. Its name, type and hash are sealed too."""

    __tablename__ = "attachment"

    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"), index=True)
    draft_hash: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    draft_wrapped: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The file's key under the token of the form, while parked."""
    key_id: Mapped[int | None] = mapped_column(ForeignKey("data_key.id"))
    case_wrapped: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The file's key under the case key, so that the person's link opens it."""
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """Name, media type and SHA-256, sealed under the file's key."""
    blob: Mapped[str] = mapped_column(String(40), unique=True)
    size: Mapped[int]
    """Bytes before sealing."""
    state: Mapped[FileState] = mapped_column(String(10))
    scan: Mapped[Scan] = mapped_column(String(10), default=Scan.UNSCANNED)
    is_released: Mapped[bool] = mapped_column(default=False)
    """Whether it is handed to the person under link and code."""
    released_until: Mapped[date | None] = mapped_column(Date)
    """The last day (JST) on which the person may fetch it; None is as long as the link lives."""
    fetched: Mapped[int] = mapped_column(default=0, server_default="0")
    """How often the person has fetched it since it was handed over."""
    created_at: Mapped[datetime] = mapped_column(index=True)
