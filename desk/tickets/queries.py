"""What the queue asks: which tickets, in which order, page by page; and one ticket by its reference."""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import ColumnElement, Select, bindparam, false, select, true, tuple_, union_all
from sqlalchemy import Row as Found

from desk.db import db, read_rows
from desk.tickets.content import Summary
from desk.tickets.errors import Conflict
from desk.tickets.masking import mask_numbers
from desk.tickets.models import RANK_PERSON_WROTE, RANK_USUAL, Population, Ticket
from desk.tickets.references import read_reference
from desk.tickets.states import ENDED, State
from desk.vault.keys import DataKey, Purpose, vault

PAGE = 30
"""Rows on one page of the queue."""

ROWS = (
    select(
        *(Ticket.id, Ticket.ref, Ticket.kind, Ticket.state, Ticket.population, Ticket.due_on, Ticket.reply_by),
        *(Ticket.received_on, Ticket.answered_at, Ticket.is_escalated, Ticket.assignee_id, Ticket.queue_rank),
        *(Ticket.queue_on, Ticket.closed_at, Ticket.summary, DataKey.sealed),
    )
    .outerjoin(DataKey, (DataKey.ticket_id == Ticket.id) & (DataKey.purpose == Purpose.CASE))
    .where(Ticket.id.in_(bindparam("ids", expanding=True)))
)


class View(StrEnum):
    """The queue's first choice: which tickets at all."""

    OPEN = "open"
    MINE = "mine"
    UNASSIGNED = "unassigned"
    OVERDUE = "overdue"
    WAITING = "waiting"
    ESCALATED = "escalated"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Filters:
    """What the queue is narrowed to; an absent choice is None."""

    view: View = View.OPEN
    state: State | None = None
    kind: str | None = None
    population: Population | None = None
    assignee_id: int | None = None


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row of a page: rank and day in the queue (or the instant of closing), then the id."""

    rank: int
    at: date | datetime
    id: int

    def write(self) -> str:
        """Return the cursor as it stands in an address; it says nothing about a person."""
        at = self.at.astimezone(UTC) if isinstance(self.at, datetime) else self.at
        plain = f"{self.rank}|{at.isoformat()}|{self.id}".encode()
        return base64.urlsafe_b64encode(plain).decode().rstrip("=")

    @classmethod
    def read(cls, text: str | None, view: View) -> Self | None:
        """Return the cursor of an address, or None for anything that this desk did not write for this view."""
        try:
            plain = base64.urlsafe_b64decode((text or "") + "=" * (-len(text or "") % 4)).decode("ascii")
            rank, at, row_id = plain.split("|")
            instant = datetime.fromisoformat(at) if view is View.CLOSED else None
            if instant is not None and instant.tzinfo is None:
                return None
            found = cls(int(rank), instant or date.fromisoformat(at), int(row_id))
        except (ValueError, binascii.Error, UnicodeError):
            return None
        return found if 0 <= found.rank < 100 and 0 <= found.id < 2**63 else None


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One ticket in the queue."""

    id: int
    ref: str
    kind: str
    state: State
    population: Population
    due_on: date | None
    reply_by: date | None
    received_on: date
    is_answered: bool
    is_escalated: bool
    assignee_id: int | None
    queue_rank: int
    queue_on: date
    closed_at: datetime | None
    summary: Summary | None
    """None when the ticket's key is gone."""

    @property
    def is_over(self) -> bool:
        """Tell whether nothing is owed any more, so that no day counts."""
        return self.state in ENDED

    @property
    def person_wrote(self) -> bool:
        """Tell whether the person's last message waits to be read."""
        return self.queue_rank == RANK_PERSON_WROTE


@dataclass(frozen=True, slots=True)
class QueuePage:
    """One page of the queue, and where the next begins."""

    rows: list[QueueRow]
    after: Cursor | None


def find_ticket(text: str) -> Ticket | None:
    """Return the ticket of a reference as typed, or None."""
    ref = read_reference(text)
    return db.session.scalar(select(Ticket).where(Ticket.ref == ref)) if ref else None


def refs_of(ticket_ids: Iterable[int | None]) -> dict[int, str]:
    """Return the references of tickets by their numbers."""
    found = select(Ticket.id, Ticket.ref).where(Ticket.id.in_([each for each in ticket_ids if each is not None]))
    return {row.id: row.ref for row in db.session.execute(found)}


def hold(ticket_id: int, version: int | None = None) -> Ticket:
    """Return a ticket as it is now, locked for the rest of the transaction.

    Raises `Conflict` when it is not the version that the act was made from, `sqlalchemy.exc.NoResultFound`.
    """
    ticket = db.session.execute(
        select(Ticket).where(Ticket.id == ticket_id).with_for_update(),
        execution_options={"populate_existing": True},
    ).scalar_one()
    if version is not None and ticket.version != version:
        raise Conflict(str(ticket.version))
    return ticket


def list_queue(filters: Filters, staff_id: int, today: date, after: Cursor | None = None) -> QueuePage:
    """Return one page of the queue, due first, as `staff_id` sees it; closed tickets come newest first.

    Each choice alone walks one partial index in its order; `today` is the JST date that decides what is overdue.
    """
    picked = read_rows(_pick(filters, staff_id, today, after).limit(PAGE + 1))
    found = list_rows([row.id for row in picked])
    page = found[:PAGE]
    return QueuePage(page, _cursor_of(page[-1], filters.view) if len(found) > PAGE else None)


def list_rows(ticket_ids: list[int]) -> list[QueueRow]:
    """Return the queue's rows of tickets, in the order of the ids given; the unknown are left out."""
    found = {row.id: _row(row) for row in read_rows(ROWS, ids=ticket_ids)}
    return [found[ticket_id] for ticket_id in ticket_ids if ticket_id in found]


def _row(ticket: Found[Any]) -> QueueRow:
    return QueueRow(
        id=ticket.id,
        ref=ticket.ref,
        kind=ticket.kind,
        state=State(ticket.state),
        population=Population(ticket.population),
        due_on=ticket.due_on,
        reply_by=ticket.reply_by,
        received_on=ticket.received_on,
        is_answered=ticket.answered_at is not None,
        is_escalated=ticket.is_escalated,
        assignee_id=ticket.assignee_id,
        queue_rank=ticket.queue_rank,
        queue_on=ticket.queue_on,
        closed_at=ticket.closed_at,
        summary=_summary(vault().unwrap(ticket.sealed), ticket.summary) if ticket.sealed else None,
    )


def _summary(key: bytes, sealed: bytes) -> Summary:
    """Open what a row shows; older rows were sealed with their numbers in full."""
    found = Summary.unseal(key, sealed)
    return Summary(found.name, mask_numbers(found.subject))


def _cursor_of(ticket: QueueRow, view: View) -> Cursor:
    if view is View.CLOSED and ticket.closed_at is not None:
        return Cursor(0, ticket.closed_at, ticket.id)
    return Cursor(ticket.queue_rank, ticket.queue_on, ticket.id)


def _pick(filters: Filters, staff_id: int, today: date, after: Cursor | None) -> Select[Any]:
    if filters.view is View.CLOSED:
        return _pick_closed(filters, after)
    if filters.view is View.OVERDUE:
        return _pick_overdue(filters, today, after)
    order = (Ticket.queue_rank, Ticket.queue_on, Ticket.id)
    query = select(Ticket.id).where(*_open_choices(filters, staff_id)).order_by(*order)
    return query if after is None else query.where(tuple_(*order) > (after.rank, after.at, after.id))


def _pick_closed(filters: Filters, after: Cursor | None) -> Select[Any]:
    order = (Ticket.closed_at, Ticket.id)
    query = select(Ticket.id).where(Ticket.closed_at.is_not(None), *_choices(filters))
    query = query.order_by(*(column.desc() for column in order))
    return query if after is None else query.where(tuple_(*order) < (after.at, after.id))


def _pick_overdue(filters: Filters, today: date, after: Cursor | None) -> Select[Any]:
    # One range of the index for each rank: walking all ranks in order would pass every ticket that is not late.
    parts = [
        select(Ticket.id, Ticket.queue_rank, Ticket.queue_on)
        .where(*_open_choices(filters, 0), Ticket.queue_rank == rank, Ticket.queue_on < today)
        .where(_past(rank, after))
        .order_by(Ticket.queue_on, Ticket.id)
        .limit(PAGE + 1)
        .subquery()
        for rank in (RANK_PERSON_WROTE, RANK_USUAL)
    ]
    both = union_all(*(select(part) for part in parts)).subquery()
    return select(both.c.id).order_by(both.c.queue_rank, both.c.queue_on, both.c.id)


def _past(rank: int, after: Cursor | None) -> ColumnElement[bool]:
    if after is None or rank > after.rank:
        return Ticket.closed_at.is_(None)
    if rank < after.rank:
        return false()
    return tuple_(Ticket.queue_on, Ticket.id) > (after.at, after.id)


def _open_choices(filters: Filters, staff_id: int) -> list[ColumnElement[bool]]:
    chosen = [Ticket.closed_at.is_(None), *_choices(filters)]
    if filters.view is View.MINE:
        chosen.append(Ticket.assignee_id == staff_id)
    elif filters.view is View.UNASSIGNED:
        chosen.append(Ticket.assignee_id.is_(None))
    elif filters.view is View.WAITING:
        chosen.append(Ticket.waiting_for.is_not(None))
    elif filters.view is View.ESCALATED:
        chosen.append(Ticket.is_escalated == true())
    return chosen


def _choices(filters: Filters) -> list[ColumnElement[bool]]:
    chosen: list[ColumnElement[bool]] = []
    if filters.state is not None:
        chosen.append(Ticket.state == filters.state)
    if filters.kind is not None:
        chosen.append(Ticket.kind == filters.kind)
    if filters.population is not None:
        chosen.append(Ticket.population == filters.population)
    if filters.assignee_id is not None:
        chosen.append(Ticket.assignee_id == filters.assignee_id)
    return chosen


def fitting_view(filters_view: View, state: State | None) -> View:
    """Return the view in which a state is found at all: an ended one stands among the closed tickets."""
    return View.CLOSED if state in ENDED else filters_view
