"""Bringing open tickets under a changed calendar: of the date that stands and the new one the earlier holds."""

from datetime import date, datetime

import structlog
from sqlalchemy import select, update

from desk.db import db
from desk.events.alerts import open_odd_history
from desk.events.kinds import EventKind
from desk.events.trail import DESK, clock_part, record
from desk.handling.calendars import desk_calendar
from desk.handling.clockwork import dates_of, hold_standing, replay
from desk.law.deadlines import Clock
from desk.law.errors import LawError
from desk.tickets.models import Ticket

log = structlog.get_logger()

BATCH = 50
"""Tickets in one transaction: few, since SQLite lets nobody else write meanwhile."""


def follow_batch(now: datetime, after_id: int = 0) -> tuple[int | None, int]:
    """Bring the next open tickets under today's calendar, in the current transaction.

    Returns the id where the next batch begins (None when there was none) and how many could not be reckoned: these
    keep their dates and their version, are named in the log and by an alert, and do not hold up the others.
    """
    due = select(Ticket).where(Ticket.closed_at.is_(None), Ticket.calendar_version != desk_calendar().version)
    page = due.where(Ticket.id > after_id).order_by(Ticket.id).limit(BATCH).with_for_update()
    tickets = db.session.scalars(page, execution_options={"populate_existing": True}).all()
    failed = 0
    for ticket in tickets:
        try:
            follow_calendar(ticket, now)
        except LawError as error:
            failed += 1
            open_odd_history(ticket.id, now)
            log.error("calendar.not_reckoned", ticket=ticket.id, error=type(error).__name__)
    return (tickets[-1].id if tickets else None), failed


def follow_calendar(ticket: Ticket, now: datetime) -> None:
    """Bring one ticket, locked by the caller, under today's calendar; an event tells of a date that moved or was held.

    Raises `desk.law.errors.LawError` when the ticket cannot be reckoned.
    """
    calendar = desk_calendar()
    if ticket.calendar_version == calendar.version:
        return
    fresh = replay(ticket, calendar, clock_part(ticket.id))
    held = hold_standing(ticket, fresh)
    stood = {name: getattr(ticket, name) for name in dates_of(held)}
    # straight at the row: nobody's act was made from a date, so no version that staff see is spent
    db.session.execute(update(Ticket).where(Ticket.id == ticket.id).values(**dates_of(held)))
    earlier = {name: on for name, on in _told(held).items() if on != _plain(stood[name])}
    kept = {name: on for name, on in _told(held).items() if on != _told(fresh)[name]}
    if earlier or kept:
        facts = {"calendar": calendar.version, "earlier": earlier, "held": kept}
        record(EventKind.CALENDAR_CHANGED, actor=DESK, at=now, ticket_id=ticket.id, facts=facts)


def _told(clock: Clock) -> dict[str, str | None]:
    dates = dates_of(clock)
    return {name: _plain(dates[name]) for name in ("reply_by", "target_on", "due_on", "limit_on")}


def _plain(day: date | None) -> str | None:
    return day.isoformat() if day else None
