"""Another e-mail address that waits for a second person, because the person's identity is confirmed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, LargeBinary, bindparam, select, text
from sqlalchemy.orm import Mapped, mapped_column

from desk.db import Id, Row, db
from desk.vault.seal import seal_json, unseal_json

LABEL = "address-request"
"""Label that binds a sealed address to its place."""
WAITING = text("decided_at IS NULL")


class AddressRequest(Row):
    """One address asked for by a member of staff; a ticket has at most one that waits."""

    __tablename__ = "address_request"
    __table_args__ = (
        Index("uq_address_request_waiting", "ticket_id", unique=True, postgresql_where=WAITING, sqlite_where=WAITING),
    )

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    asked_at: Mapped[datetime]
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    is_approved: Mapped[bool | None] = mapped_column(Boolean)


@dataclass(frozen=True, slots=True)
class NewAddress:
    """The e-mail address that the desk is to write to, and how staff know it."""

    email: str
    reason: str

    def seal(self, key: bytes) -> bytes:
        """Return it sealed under the desk key."""
        return seal_json(key, [self.email, self.reason], LABEL)

    @classmethod
    def unseal(cls, key: bytes, sealed: bytes) -> "NewAddress":
        """Open a sealed address. Raises `desk.vault.seal.Unreadable`."""
        return cls(*unseal_json(key, sealed, LABEL))


OF_TICKET = select(AddressRequest).where(
    AddressRequest.ticket_id == bindparam("ticket_id", type_=Id), AddressRequest.decided_at.is_(None)
)


def find_address_request(ticket_id: int) -> AddressRequest | None:
    """Return the address that waits for a second person on a ticket, or None."""
    return db.session.scalar(OF_TICKET, {"ticket_id": ticket_id})
