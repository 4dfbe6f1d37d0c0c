"""A ticket's clock: the law's arithmetic over the trail's events, written into the ticket's dates."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import structlog

from desk.clock import date_of
from desk.events.trail import ClockPart, TimelineEntry, clock_part, clock_part_of
from desk.events.trouble import note_odd_history
from desk.handling.calendars import calendars_since, desk_calendar, find_calendar
from desk.handling.laws import law_of
from desk.law.calendar import Calendar
from desk.law.deadlines import Clock, ClockEvent, compute
from desk.law.errors import LawError
from desk.law.holding import hold_earlier
from desk.law.regimes import REGIME, get_regime
from desk.tickets.models import RANK_AT_ONCE, RANK_USUAL, Ticket

log = structlog.get_logger()


def opening_clock(kind: str, received_at: datetime, regime: str = REGIME) -> Clock:
    """Return the clock of a ticket that arrives now."""
    return compute(get_regime(regime), kind, received_at, (), desk_calendar())


def clock_of(ticket: Ticket, told: ClockPart | None = None) -> Clock:
    """Replay a ticket's clock under the calendar that it pins, explained line by line; `told` if already read.

    A date that stands on the ticket and is earlier holds, so that the explanation ends with what the page shows.
    """
    calendar = find_calendar(ticket.calendar_version) or desk_calendar()
    return hold_standing(ticket, replay(ticket, calendar, told or clock_part(ticket.id)))


def find_clock(ticket: Ticket, entries: Iterable[TimelineEntry]) -> Clock | None:
    """Return `clock_of` by a timeline already read; None, with an alert to come, where its events make no sense."""
    try:
        return clock_of(ticket, clock_part_of(entries))
    except LawError as error:
        log.error("clock.not_reckoned", ticket=ticket.id, error=type(error).__name__)
        note_odd_history(ticket.id)
        return None


def recast_clock(ticket: Ticket) -> Clock:
    """Reckon a ticket that has just become another kind, or whose dates its law lets move: the earliest dates by all calendars since its arrival.

    So no change of the calendar gives a case more time by the detour of another kind.
    """
    told = clock_part(ticket.id)
    before = [replay(ticket, calendar, told) for calendar in calendars_since(ticket.received_at)]
    return hold_earlier(law_of(ticket), replay(ticket, desk_calendar(), told), before)


def replay(ticket: Ticket, calendar: Calendar, told: ClockPart) -> Clock:
    """Reckon a ticket's clock by a calendar from its arrival and its events alone, whatever stands on it."""
    found = [_event(text, at) for text, at in told.events]
    return compute(law_of(ticket), told.first_kind or ticket.kind, ticket.received_at, found, calendar)


def hold_standing(ticket: Ticket, clock: Clock) -> Clock:
    """Return a ticket's clock with the dates that stand on it already wherever they are earlier."""
    standing = replace(
        clock,
        reply_by=ticket.reply_by_at or ticket.reply_by or clock.reply_by,
        target_on=ticket.target_on,
        due_on=ticket.due_on,
        limit_on=ticket.limit_on,
    )
    return hold_earlier(law_of(ticket), clock, [standing])


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
        "queue_on": clock.due_on or date_of(clock.received_at),
    }


def write_dates(ticket: Ticket, clock: Clock) -> None:
    """Write a clock's dates into the ticket's columns."""
    for name, value in dates_of(clock).items():
        setattr(ticket, name, value)


def recount(ticket: Ticket) -> None:
    """Write the dates anew after a wait or an extension, where the ticket's law lets these move them.

    A ticket whose dates cannot be reckoned keeps those that it has.
    """
    kind = law_of(ticket).kind(ticket.kind)
    if not kind.stops and kind.extension is None:
        return
    try:
        write_dates(ticket, recast_clock(ticket))
    except LawError as error:
        log.error("clock.not_reckoned", ticket=ticket.id, error=type(error).__name__)
        note_odd_history(ticket.id)


def usual_rank(due_on: date | None) -> int:
    """Return where a ticket stands when nothing special happened: one without a date cannot wait."""
    return RANK_AT_ONCE if due_on is None else RANK_USUAL


def _event(text: str, at: datetime) -> ClockEvent:
    name, _, kind = text.partition(":")
    return ClockEvent(name, at, kind or None)
