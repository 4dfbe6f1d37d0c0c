"""Where data of a person are looked for: who was asked, by when, and what they found; sealed under the desk key."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Boolean, Date, ForeignKey, Index, LargeBinary, String, bindparam, select, text
from sqlalchemy.orm import Mapped, mapped_column

from desk.db import Id, Row, db
from desk.vault.seal import seal_json, unseal_json

SOURCES = ("service", "mail", "logs", "billing", "recruiting", "backups", "paper", "other")
"""Where a company keeps data; what an outside service keeps is asked of it under a name of its own."""
OPEN = text("answered_at IS NULL")
LABEL = "source-task"
"""Label that binds a sealed question to its place."""


class SourceTask(Row):
    """One question to whoever looks after a place where data are kept."""

    __tablename__ = "source_task"
    __table_args__ = (Index("ix_source_task_open", "due_on", postgresql_where=OPEN, sqlite_where=OPEN),)

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    source: Mapped[str] = mapped_column(String(20))
    due_on: Mapped[date] = mapped_column(Date)
    asked_at: Mapped[datetime]
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    is_found: Mapped[bool | None] = mapped_column(Boolean)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question says: of whom, what to look for, and the answer once there is one."""

    of: str
    what: str
    answer: str = ""

    def seal(self, key: bytes) -> bytes:
        """Return it sealed under the desk key."""
        return seal_json(key, [self.of, self.what, self.answer], LABEL)

    @classmethod
    def unseal(cls, key: bytes, sealed: bytes) -> "Asked":
        """Open a sealed question. Raises `desk.vault.seal.Unreadable`."""
        return cls(*unseal_json(key, sealed, LABEL))


OF_TICKET = select(SourceTask).where(SourceTask.ticket_id == bindparam("ticket_id", type_=Id)).order_by(SourceTask.id)


def list_source_tasks(ticket_id: int) -> list[SourceTask]:
    """Return the questions asked about a ticket, in the order in which they were asked."""
    return list(db.session.scalars(OF_TICKET, {"ticket_id": ticket_id}))
