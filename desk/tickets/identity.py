"""Documents by which somebody shows who they are, or for whom they act: what each is, and how it was judged."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, Date, ForeignKey, Index, String, bindparam, select, text
from sqlalchemy.orm import Mapped, mapped_column

from desk.db import Id, Row, db

UNERASED = text("erased_at IS NULL")


class DocumentState(StrEnum):
    """How a document was judged."""

    GIVEN = "given"
    """Nobody has judged it."""
    ACCEPTED = "accepted"
    REFUSED = "refused"


class Erased(StrEnum):
    """Why a document was destroyed."""

    DUE = "due"
    """Its days after the check, or after the case ended, are over."""
    FORBIDDEN = "forbidden"
    """It must not have been sent, such as the back of a My Number Card."""
    COVERED = "covered"
    """A copy on which parts are covered took its place."""


class IdentityDocument(Row):
    """One file that shows who somebody is. The row stays when the file is destroyed: what was checked, by whom, when."""

    __tablename__ = "identity_document"
    __table_args__ = (
        Index("ix_identity_document_unerased", "erase_on", postgresql_where=UNERASED, sqlite_where=UNERASED),
    )

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("attachment.id"), unique=True)
    document: Mapped[str] = mapped_column(String(20))
    """Which kind of document it is, by the codes of `desk.law.proof`."""
    of_agent: Mapped[bool]
    """Whether it is about an agent, not about the person."""
    state: Mapped[DocumentState] = mapped_column(String(10), default=DocumentState.GIVEN)
    given_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]
    checked_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    seen: Mapped[list[str]] = mapped_column(JSON, default=list)
    """What was looked at when it was accepted, by the codes of `desk.law.proof`."""
    erase_on: Mapped[date | None] = mapped_column(Date)
    """The day (JST) on which the file is destroyed; None before it is judged."""
    erased_at: Mapped[datetime | None]
    erased: Mapped[Erased | None] = mapped_column(String(10))


OF_TICKET = (
    select(IdentityDocument)
    .where(IdentityDocument.ticket_id == bindparam("ticket_id", type_=Id))
    .order_by(IdentityDocument.id)
)


def list_documents(ticket_id: int) -> list[IdentityDocument]:
    """Return the identity documents of a ticket, those already destroyed among them, in the order in which they came."""
    return list(db.session.scalars(OF_TICKET, {"ticket_id": ticket_id}))


def find_document(ticket_id: int, document_id: int) -> IdentityDocument | None:
    """Return one identity document of a ticket, or None."""
    found = db.session.get(IdentityDocument, document_id)
    return found if found is not None and found.ticket_id == ticket_id else None
