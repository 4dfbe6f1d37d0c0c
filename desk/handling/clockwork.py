"""A ticket's clock: the law's arithmetic over the trail's events, written into the ticket's dates."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from desk.company.profile import get_company
from desk.db import db
from desk.events.kinds import EventKind
from desk.events.models import Event
from desk.events.trail import clock_events
from desk.law.calendar import Calendar, japan_calendar
from desk.law.closures import DEFAULT, Closures
from desk.law.deadlines import Clock, ClockEvent, compute
from desk.law.regimes import get_regime
from desk.tickets.models import RANK_AT_ONCE, RANK_USUAL, Ticket

REGIME = "jp-appi"
"""The law that applies unless staff choose another for a ticket."""


def desk_calendar() -> Calendar:
    """Return the calendar of Japan with the company's closures."""
    data = get_company().closures
    return japan_calendar(Closures.from_data(data) if data else DEFAULT)


def opening_clock(kind: str, received_at: datetime, regime: str = REGIME) -> Clock:
    """Return the clock of a ticket that arrives now."""
    return compute(get_regime(regime), kind, received_at, (), desk_calendar())


def clock_of(ticket: Ticket) -> Clock:
    """Replay a ticket's clock from its arrival and its events, explained line by line."""
    found = [_event(text, at) for text, at in clock_events(ticket.id)]
    return compute(get_regime(ticket.regime), first_kind(ticket), ticket.received_at, found, desk_calendar())


def first_kind(ticket: Ticket) -> str:
    """Return the kind under which a ticket arrived."""
    facts = db.session.scalar(
        select(Event.facts).where(Event.ticket_id == ticket.id, Event.kind == EventKind.RECEIVED).limit(1)
    )
    return str(facts["kind"]) if facts else ticket.kind


def dates_of(clock: Clock) -> dict[str, Any]:
    """Return a clock's dates as the ticket's columns hold them."""
    instant = clock.reply_by if isinstance(clock.reply_by, datetime) else None
    return {
        "calendar_version": clock.calendar,
        "ack_by": clock.ack_by,
        "reply_by": None if instant else clock.reply_by,
        "reply_by_at": instant,
        "target_on": clock.target_on,
        "due_on": clock.due_on,
        "limit_on": clock.limit_on,
        "queue_on": clock.due_on or clock.received_at.date(),
    }


def usual_rank(due_on: date | None) -> int:
    """Return where a ticket stands when nothing special happened: one without a date cannot wait."""
    return RANK_AT_ONCE if due_on is None else RANK_USUAL


def _event(text: str, at: datetime) -> ClockEvent:
    name, _, kind = text.partition(":")
    return ClockEvent(name, at, kind or None)
