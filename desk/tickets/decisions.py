"""What staff see to on a ticket, and what they decide: the duties ticked off, and the decision with its items and grounds."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, UniqueConstraint, bindparam, select, text
from sqlalchemy.orm import Mapped, mapped_column

from desk.db import Id, Row, db
from desk.vault.seal import seal_json, unseal_json

DECISION = "decision"
"""Label that binds a sealed decision to its place."""


class DutyCheck(Row):
    """One duty of a ticket as it was last ticked off, or taken back."""

    __tablename__ = "duty_check"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    code: Mapped[str] = mapped_column(String(20))
    is_done: Mapped[bool]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("ticket_id", "code"),)


class DecisionState(StrEnum):
    """How far a decision is; only a drafted or an approved one stands."""

    DRAFTED = "drafted"
    APPROVED = "approved"
    RETURNED = "returned"
    REPLACED = "replaced"


STANDING = text("state IN ('drafted', 'approved')")


class Result(StrEnum):
    """What becomes of one item."""

    GRANTED = "granted"
    REFUSED = "refused"
    ABSENT = "absent"
    """There is no such data, or its existence must not be revealed: the words are the same."""
    OTHERWISE = "otherwise"
    """Something else is done in its place."""


EXPLAINED = frozenset({Result.REFUSED, Result.OTHERWISE})
"""What needs its ground and its facts."""


@dataclass(frozen=True, slots=True)
class Item:
    """One item of what was asked: what becomes of it, for a refusal by which ground (a code) and on which facts."""

    what: str
    result: Result
    ground: str = ""
    facts: str = ""


@dataclass(frozen=True, slots=True)
class Decided:
    """What is decided: item by item, what is done in its place, and the true reason where it must not be told."""

    outcome: str
    items: tuple[Item, ...] = ()
    measure: str = ""
    """What is done instead, or what was changed and how."""
    hidden: str = ""
    """The true reason, for staff alone."""
    grounds: tuple[str, ...] = field(init=False)
    """The codes of the grounds of its refusals, each once; what was not there, or was granted, has none to tell."""

    def __post_init__(self) -> None:
        """Collect the grounds."""
        found = (item.ground for item in self.items if item.ground and item.result in EXPLAINED)
        object.__setattr__(self, "grounds", tuple(dict.fromkeys(found)))

    def mapped(self, change: Callable[[str], str]) -> "Decided":
        """Return the same with every text changed, such as with its numbers masked."""
        items = tuple(replace(item, what=change(item.what), facts=change(item.facts)) for item in self.items)
        return Decided(self.outcome, items, change(self.measure), change(self.hidden))

    def seal(self, key: bytes) -> bytes:
        """Return what was written, sealed under the desk key: nobody who holds the link reads a draft."""
        written = {"items": [asdict(item) for item in self.items], "measure": self.measure, "hidden": self.hidden}
        return seal_json(key, written, DECISION)

    @classmethod
    def unseal(cls, key: bytes, outcome: str, sealed: bytes) -> "Decided":
        """Open a sealed decision. Raises `desk.vault.seal.Unreadable`."""
        found = unseal_json(key, sealed, DECISION)
        items = tuple(
            Item(item["what"], Result(item["result"]), item["ground"], item["facts"]) for item in found["items"]
        )
        return cls(outcome, items, found["measure"], found["hidden"])


class Decision(Row):
    """One decision on a ticket, as drafted, and whoever approved it; at most one of a ticket stands."""

    __tablename__ = "decision"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    outcome: Mapped[str] = mapped_column(String(16))
    grounds: Mapped[list[str]] = mapped_column(JSON)
    """Codes of the statutory grounds of refusal, for the figures."""
    state: Mapped[DecisionState] = mapped_column(String(10))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    rests_on: Mapped[int | None] = mapped_column(Id)
    """The newest event by which the person had written when it was drafted."""
    author_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    drafted_at: Mapped[datetime]
    approver_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    approved_at: Mapped[datetime | None]
    is_alone: Mapped[bool] = mapped_column(default=False)
    """The author approved, because there was nobody else who might."""
    open_duties: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Codes of the duties that were open when it was approved, with a manager's reason in the trail."""

    __table_args__ = (
        Index(
            "uq_decision_standing",
            "ticket_id",
            unique=True,
            postgresql_where=STANDING,
            sqlite_where=STANDING,
        ),
    )


_TICKET = bindparam("ticket_id", type_=Id)
CHECKS = select(DutyCheck.__table__).where(DutyCheck.ticket_id == _TICKET)


def find_standing(ticket_id: int) -> Decision | None:
    """Return the decision that stands on a ticket, drafted or approved."""
    return db.session.scalar(select(Decision).where(Decision.ticket_id == ticket_id, STANDING))


def drop_standing(ticket_id: int) -> None:
    """Let the decision that stands on a ticket stand no longer: another takes its place, or what it rested on has changed."""
    standing = find_standing(ticket_id)
    if standing is not None:
        standing.state = DecisionState.REPLACED
        db.session.flush()


def list_decisions_of(ticket_id: int) -> list[Decision]:
    """Return all decisions on a ticket, the newest first."""
    found = (
        select(Decision).where(Decision.ticket_id == ticket_id).order_by(Decision.drafted_at.desc(), Decision.id.desc())
    )
    return list(db.session.scalars(found))
