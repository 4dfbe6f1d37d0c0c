"""Business days in Japan: not a Saturday or Sunday, not a public holiday, not a closure of the company."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from typing import Any

from desk.law.closures import DEFAULT, Closures
from desk.law.errors import LawError
from desk.law.table import japan_table
from desk.law.text import Text

ONE_DAY = timedelta(days=1)
LONGEST_CLOSURE = 400  # days without a business day after which a calendar is taken to be wrong

SATURDAY = Text("土曜日", "Saturday")
SUNDAY = Text("日曜日", "Sunday")
HOLIDAY = Text("祝日", "public holiday")
CLOSURE = Text("休業日", "company closure")


class OutsideCalendar(LawError):
    """The date is beyond the years the calendar knows, or no business day can be found near it."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Public holidays (JST dates) and closures of the company; `version` names both, so that a ticket can pin them.

    Dates outside `first_year` to `last_year` raise OutsideCalendar: an unknown year must not pass as one without
    holidays. Source of the notion: Act on National Holidays (国民の祝日に関する法律), Articles 2 and 3.
    """

    version: str
    holidays: frozenset[date]
    closures: Closures
    first_year: int = date.min.year
    last_year: int = date.max.year

    def to_data(self) -> dict[str, Any]:
        """Return plain data for JSON, all that `from_data` needs to make the same calendar again."""
        return {
            "version": self.version,
            "holidays": sorted(day.isoformat() for day in self.holidays),
            "closures": self.closures.to_data(),
            "first_year": self.first_year,
            "last_year": self.last_year,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Calendar":
        """Read what `to_data` wrote."""
        return cls(
            version=data["version"],
            holidays=frozenset(date.fromisoformat(day) for day in data["holidays"]),
            closures=Closures.from_data(data["closures"]),
            first_year=data["first_year"],
            last_year=data["last_year"],
        )

    def is_business_day(self, day: date) -> bool:
        """Tell whether the desk works on a JST date; raises OutsideCalendar."""
        if not self.first_year <= day.year <= self.last_year:
            raise OutsideCalendar(f"{day} is outside the calendar, which knows {self.first_year} to {self.last_year}")
        return day.weekday() < 5 and day not in self.holidays and not self.closures.covers(day)

    def roll_back(self, day: date) -> date:
        """Return the day itself if it is a business day, else the last one before it; raises OutsideCalendar."""
        return self._nearest(day, -ONE_DAY)

    def roll_forward(self, day: date) -> date:
        """Return the day itself if it is a business day, else the next one; raises OutsideCalendar."""
        return self._nearest(day, ONE_DAY)

    def add_business_days(self, day: date, n: int) -> date:
        """Return the n-th business day after `day` (before it, for a negative n); the day itself is never counted.

        n = 0 returns the day unchanged, business day or not. Raises OutsideCalendar.
        """
        step = ONE_DAY if n > 0 else -ONE_DAY
        for _ in range(abs(n)):
            day = self._nearest(_step(day, step), step)
        return day

    def business_days_between(self, start: date, end: date) -> int:
        """Count the business days after `start` up to and including `end`; negative when `end` comes first.

        So `add_business_days(start, n)` is n away from `start`, and swapping the two only turns the sign. A date that
        is due today is 0 away; so is last Friday seen from Sunday: compare the dates to tell whether it has passed.
        """
        if end < start:
            return -self.business_days_between(end, start)
        days = (start + timedelta(days=i) for i in range(1, (end - start).days + 1))
        return sum(1 for day in days if self.is_business_day(day))

    def list_spells(self, longer_than: int) -> list[tuple[date, date]]:
        """List the first and last day of each time of more than so many days on which the desk never works, in order.

        It looks at every day of the years that the calendar knows.
        """
        before, after = date(self.first_year, 1, 1) - ONE_DAY, date(self.last_year, 12, 31) + ONE_DAY
        days = (before + timedelta(days=i) for i in range(1, (after - before).days))
        edges = [before, *(day for day in days if self.is_business_day(day)), after]
        return [
            (last + ONE_DAY, next_ - ONE_DAY)
            for last, next_ in pairwise(edges)
            if (next_ - last).days - 1 > longer_than
        ]

    def holiday_name(self, day: date, language: str = "ja") -> str | None:
        """Return the name of a public holiday in `ja` or `en`, or None if the date is none."""
        return self._holiday(day).get(language) if day in self.holidays else None

    def closed_reason(self, day: date) -> Text | None:
        """Return why the desk does not work on a date (the holiday's name before the weekday), or None if it does."""
        if self.is_business_day(day):
            return None
        if day in self.holidays:
            return self._holiday(day)
        return {5: SATURDAY, 6: SUNDAY}.get(day.weekday(), CLOSURE)

    def _holiday(self, day: date) -> Text:
        return japan_table().days.get(day, HOLIDAY)

    def _nearest(self, day: date, step: timedelta) -> date:
        for _ in range(LONGEST_CLOSURE):
            if self.is_business_day(day):
                return day
            day = _step(day, step)
        raise OutsideCalendar(f"no business day within {LONGEST_CLOSURE} days of {day}: check the closures")


@cache
def japan_calendar(closures: Closures = DEFAULT) -> Calendar:
    """Return the calendar of Japan with the company's closures, made once a process for the same closures.

    Source: the table of `desk.law.table`, whose version, years and the fingerprint of the closures make the version.
    """
    table = japan_table()
    years = f"{table.first_year}-{table.last_year}"
    return Calendar(
        version=f"jp-holidays-{table.version}/{years}/closures-{closures.fingerprint}",
        holidays=frozenset(table.days),
        closures=closures,
        first_year=table.first_year,
        last_year=table.last_year,
    )


def _step(day: date, step: timedelta) -> date:
    try:
        return day + step
    except OverflowError:
        raise OutsideCalendar(f"there is no day beyond {day}") from None
