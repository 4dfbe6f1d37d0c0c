"""The calendars that the desk has counted by: each is kept when it comes into force, and found again by a case."""

from datetime import UTC, datetime

from sqlalchemy import select

from desk.company.models import CalendarEdition
from desk.company.profile import get_company
from desk.db import db
from desk.law.calendar import Calendar, japan_calendar
from desk.law.closures import DEFAULT, Closures

ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)
"""Since when the first calendar that was kept is taken to have been in force."""

_NEWEST_FIRST = (CalendarEdition.since.desc(), CalendarEdition.id.desc())


def desk_calendar() -> Calendar:
    """Return the calendar of Japan with the company's closures."""
    data = get_company().closures
    return japan_calendar(Closures.from_data(data) if data else DEFAULT)


def keep_calendar(now: datetime) -> None:
    """Keep today's calendar as the one in force from `now` on, unless it is already."""
    calendar = desk_calendar()
    newest = db.session.scalar(select(CalendarEdition.version).order_by(*_NEWEST_FIRST).limit(1))
    if newest != calendar.version:
        since = ALWAYS if newest is None else now
        db.session.add(CalendarEdition(version=calendar.version, since=since, data=calendar.to_data()))
        db.session.flush()


def find_calendar(version: str) -> Calendar | None:
    """Return today's calendar or a kept one by its version."""
    today = desk_calendar()
    if version == today.version:
        return today
    data = db.session.scalar(select(CalendarEdition.data).where(CalendarEdition.version == version).limit(1))
    return Calendar.from_data(data) if data is not None else None


def calendars_since(at: datetime) -> list[Calendar]:
    """Return every kept calendar that was in force at some time from an instant on, but for today's."""
    editions = db.session.execute(select(CalendarEdition.since, CalendarEdition.version).order_by(*_NEWEST_FIRST)).all()
    lived = [edition for edition in editions if edition.since > at]
    lived += editions[len(lived) : len(lived) + 1]
    versions = {edition.version for edition in lived} - {desk_calendar().version}
    return [calendar for version in sorted(versions) if (calendar := find_calendar(version)) is not None]
