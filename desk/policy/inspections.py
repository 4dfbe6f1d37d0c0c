"""The yearly inspection (点検) and its corrective actions: rows, and how they are read."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, String, Text, func, select
from sqlalchemy.orm import Mapped, mapped_column

from desk.clock import date_of
from desk.db import Row, db
from desk.policy.models import PolicyVersion
from desk.tickets.models import Ticket


class Inspection(Row):
    """The record of one business year: open until a manager signs it, ended by the representative's receipt."""

    __tablename__ = "inspection"

    year: Mapped[int] = mapped_column(unique=True)
    """In which the business year begins."""
    first_on: Mapped[date] = mapped_column(Date)
    last_on: Mapped[date] = mapped_column(Date)
    opened_at: Mapped[datetime]
    trained: Mapped[int | None]
    """How many members of staff were trained."""
    trained_on: Mapped[date | None] = mapped_column(Date)
    rights_reviewed_on: Mapped[date | None] = mapped_column(Date)
    """When somebody looked through who may do what."""
    sampled: Mapped[int | None]
    """How many cases were checked a second time."""
    sample_errors: Mapped[int | None]
    findings: Mapped[str] = mapped_column(Text, default="")
    figures: Mapped[dict[str, Any] | None] = mapped_column(JSON, deferred=True)
    """As they were when it was signed, in the shape of `desk.reporting.inspection`."""
    signed_at: Mapped[datetime | None]
    signed_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    received_on: Mapped[date | None] = mapped_column(Date)
    """When the representative (代表者) received it."""
    received_by: Mapped[str] = mapped_column(String(200), default="")
    decisions: Mapped[str] = mapped_column(Text, default="")
    """What the representative decided."""
    version: Mapped[int] = mapped_column(default=1)


class CorrectiveAction(Row):
    """Something to be put right, found by an inspection or decided on it: by whom, until when, with what result."""

    __tablename__ = "corrective_action"

    inspection_id: Mapped[int] = mapped_column(ForeignKey("inspection.id"), index=True)
    what: Mapped[str] = mapped_column(Text)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    due_on: Mapped[date] = mapped_column(Date)
    result: Mapped[str] = mapped_column(Text, default="")
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    version: Mapped[int] = mapped_column(default=1)


def list_inspections() -> Sequence[Inspection]:
    """Return the records, the latest year first."""
    return db.session.scalars(select(Inspection).order_by(Inspection.year.desc())).all()


def find_inspection(year: int) -> Inspection | None:
    """Return the record of a business year."""
    return db.session.scalar(select(Inspection).where(Inspection.year == year))


def unopened(year: int, first: date, last: date) -> Inspection:
    """Return the empty record of a business year that has none yet, to be shown and never stored."""
    return Inspection(
        id=0, year=year, first_on=first, last_on=last, findings="", received_by="", decisions="", version=0
    )


def list_actions(inspection_id: int) -> Sequence[CorrectiveAction]:
    """Return the corrective actions of a record, in the order in which they were written down."""
    actions = select(CorrectiveAction).where(CorrectiveAction.inspection_id == inspection_id)
    return db.session.scalars(actions.order_by(CorrectiveAction.id)).all()


def find_action(inspection_id: int, action_id: int) -> CorrectiveAction | None:
    """Return one corrective action of a record."""
    row = db.session.get(CorrectiveAction, action_id)
    return row if row is not None and row.inspection_id == inspection_id else None


def list_due_actions(on: date) -> Sequence[CorrectiveAction]:
    """Return the open actions whose day has come by a JST date."""
    due = select(CorrectiveAction).where(CorrectiveAction.closed_at.is_(None), CorrectiveAction.due_on <= on)
    return db.session.scalars(due.order_by(CorrectiveAction.due_on)).all()


def list_unfinished(on: date) -> Sequence[Inspection]:
    """Return the records of years that ended before a JST date and that nobody has signed or received yet."""
    waiting = select(Inspection).where(Inspection.last_on < on, Inspection.received_on.is_(None))
    return db.session.scalars(waiting.order_by(Inspection.year)).all()


def year_of(on: date, first_month: int) -> int:
    """Return the business year that a date belongs to, named by the calendar year in which it begins."""
    return on.year if on.month >= first_month else on.year - 1


def period_of(year: int, first_month: int) -> tuple[date, date]:
    """Return the first and the last day of a business year."""
    first, after = date(year, first_month, 1), date(year + 1, first_month, 1)
    return first, date.fromordinal(after.toordinal() - 1)


def was_at_work(until: date) -> bool:
    """Tell whether the desk had a case or a policy of its own by the end of a JST date."""
    first_case = db.session.scalar(select(func.min(Ticket.received_on)))
    first_policy = db.session.scalar(select(func.min(PolicyVersion.adopted_at)))
    days = [first_case, date_of(first_policy) if first_policy is not None else None]
    return any(day is not None and day <= until for day in days)
