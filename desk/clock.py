"""The only place that asks the system what time it is."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

TOKYO = ZoneInfo("Asia/Tokyo")


def now() -> datetime:
    """Return this instant, aware, in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - the one caller


def today(zone: ZoneInfo = TOKYO) -> date:
    """Return the calendar date that it is now in `zone` (Japan unless told)."""
    return now().astimezone(zone).date()


def date_of(instant: datetime, zone: ZoneInfo = TOKYO) -> date:
    """Return the calendar date of an aware instant in `zone` (Japan unless told)."""
    return instant.astimezone(zone).date()


def start_of_day(on: date, zone: ZoneInfo = TOKYO) -> datetime:
    """Return the instant at which a calendar date begins in `zone` (Japan unless told)."""
    return datetime.combine(on, time(), zone)
