"""The tickets behind a figure: the same tickets that the rollup counted, newest arrival first, page by page."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, text, tuple_

from desk.db import db, read_rows
from desk.reporting.contributions import APART, EXCLUDED, MEASURES, expressions
from desk.reporting.distribution import Measure
from desk.tickets.models import Ticket
from desk.tickets.queries import QueueRow, list_rows

PAGE = 30
"""Rows on one page."""


class Part(StrEnum):
    """Which of the tickets of a group."""

    RECEIVED = "received"
    MEASURED = "measured"
    """Those that have a value of the measure."""
    LATE = "late"
    """Those that missed the measure's term, open ones past `limit_on` among them."""
    DUE_THIS_WEEK = "due-this-week"
    """Open and due from today to Sunday, whatever the period."""


@dataclass(frozen=True, slots=True)
class Behind:
    """What a figure counted; `kind` and `agent` (0 for nobody) narrow it."""

    part: Part
    first: date
    last: date
    measure: Measure = Measure.ANSWER
    kind: str | None = None
    agent: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of tickets, and the day and number after which the next begins."""

    rows: list[QueueRow]
    after: tuple[date, int] | None


def list_behind(behind: Behind, today: date, after: tuple[date, int] | None = None) -> Page:
    """Return one page of the tickets behind a figure; `today` is the JST date that decides what is late."""
    order = (Ticket.received_on, Ticket.id)
    query = select(Ticket.id).where(*_conditions(behind, today)).order_by(*(column.desc() for column in order))
    if after is not None:
        query = query.where(tuple_(*order) < after)
    found = list_rows([row.id for row in read_rows(query.limit(PAGE + 1))])
    page = found[:PAGE]
    last = page[-1] if len(found) > PAGE else None
    return Page(page, (last.received_on, last.id) if last is not None else None)


def week_end(today: date) -> date:
    """Return the Sunday of this week."""
    return today + timedelta(days=6 - today.weekday())


def due_this_week(today: date) -> ColumnElement[bool]:
    """Return the condition of open tickets due from today to Sunday."""
    return and_(
        Ticket.closed_at.is_(None),
        Ticket.queue_rank.in_((0, 1, 2)),
        Ticket.queue_on.between(today, week_end(today)),
        Ticket.due_on.is_not(None),
    )


def missed(today: date) -> ColumnElement[bool]:
    """Return the condition of open tickets that have passed `limit_on` without a notice."""
    return and_(
        Ticket.closed_at.is_(None),
        Ticket.queue_rank.in_((0, 1, 2)),
        Ticket.queue_on < today,
        Ticket.notified_at.is_(None),
        Ticket.limit_on < today,
        or_(Ticket.outcome.is_(None), Ticket.outcome.not_in((*EXCLUDED, *APART))),
        Ticket.state.not_in(APART.values()),
    )


def _conditions(behind: Behind, today: date) -> Iterator[ColumnElement[bool]]:
    if behind.part is Part.DUE_THIS_WEEK:
        yield due_this_week(today)
        return
    yield Ticket.received_on.between(behind.first, behind.last)
    if behind.kind is not None:
        yield Ticket.kind == behind.kind
    if behind.agent is not None:
        yield Ticket.assignee_id == behind.agent if behind.agent else Ticket.assignee_id.is_(None)
    if behind.part is Part.RECEIVED:
        yield or_(Ticket.outcome.is_(None), Ticket.outcome.not_in(EXCLUDED))
    else:
        yield _measured(behind, today)


def _measured(behind: Behind, today: date) -> ColumnElement[bool]:
    sql = expressions(db.engine.dialect.name, "ticket")
    value, term = MEASURES[behind.measure]
    usual = _text(f"{sql['counting']} = 'counted'")
    if behind.part is Part.MEASURED:
        return and_(usual, _text(f"({sql[value]}) IS NOT NULL"))
    late = and_(usual, _text(f"({sql[value]}) IS NOT NULL AND ({sql[term]}) = 0"))
    return or_(late, missed(today)) if behind.measure is Measure.NOTICE else late


def _text(condition: str) -> Any:
    """Return a condition made of this package's own constants."""
    return text(f"({condition})")
