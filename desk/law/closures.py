"""The days on which the company itself is closed, as the administrator enters them."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from desk.law.errors import LawError

MONTH_DAY = re.compile(r"(\d\d)-(\d\d)\Z")


class BadClosures(LawError):
    """A closure cannot be read; the message quotes it."""


@dataclass(frozen=True, slots=True)
class YearlyRange:
    """Month and day, first to last inclusive, every year; it may pass the new year. 02-29 exists in leap years only."""

    first: tuple[int, int]
    last: tuple[int, int]

    def covers(self, day: date) -> bool:
        """Tell whether a date falls into the range in its year."""
        at = (day.month, day.day)
        if self.first <= self.last:
            return self.first <= at <= self.last
        return at >= self.first or at <= self.last


@dataclass(frozen=True, slots=True)
class DatedRange:
    """Dates, first to last inclusive, once."""

    first: date
    last: date

    def covers(self, day: date) -> bool:
        """Tell whether a date falls into the range."""
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Closures:
    """All closures of the company, weekends and public holidays not included."""

    yearly: tuple[YearlyRange, ...] = ()
    dated: tuple[DatedRange, ...] = ()

    def covers(self, day: date) -> bool:
        """Tell whether the company is closed on a date by its own choice."""
        return any(span.covers(day) for span in self.yearly) or any(span.covers(day) for span in self.dated)

    def to_data(self) -> dict[str, list[str]]:
        """Return plain data for JSON: {"yearly": ["12-29..01-03"], "dated": ["2027-08-12..2027-08-13"]}."""
        return {
            "yearly": [f"{_month_day(span.first)}..{_month_day(span.last)}" for span in self.yearly],
            "dated": [f"{span.first.isoformat()}..{span.last.isoformat()}" for span in self.dated],
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Sequence[str]]) -> "Closures":
        """Read what `to_data` wrote; a single day may stand without ".."; raises BadClosures quoting the bad entry."""
        unknown = set(data) - {"yearly", "dated"}
        if unknown:
            raise BadClosures(f"unknown sort of closure: {', '.join(sorted(unknown))}")
        return cls(
            yearly=tuple(_read_yearly(entry) for entry in data.get("yearly", ())),
            dated=tuple(_read_dated(entry) for entry in data.get("dated", ())),
        )

    @property
    def fingerprint(self) -> str:
        """Return eight hexadecimal digits that change whenever a closure changes, whatever their order."""
        plain = {sort: sorted(entries) for sort, entries in self.to_data().items()}
        return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()[:8]


# Year's end as Japanese offices keep it; the administrator may change it.
DEFAULT = Closures(yearly=(YearlyRange((12, 29), (1, 3)),))


def _month_day(at: tuple[int, int]) -> str:
    return f"{at[0]:02}-{at[1]:02}"


def _ends(entry: str) -> tuple[str, str]:
    first, _, last = entry.partition("..")
    return first.strip(), (last or first).strip()


def _read_yearly(entry: str) -> YearlyRange:
    first, last = (_read_month_day(end, entry) for end in _ends(entry))
    return YearlyRange(first, last)


def _read_month_day(end: str, entry: str) -> tuple[int, int]:
    match = MONTH_DAY.match(end)
    try:
        month, day = (int(part) for part in match.groups()) if match else (0, 0)
        date(2000, month, day)  # a leap year, so that 02-29 may be named
    except ValueError:
        raise BadClosures(f"not a range of month and day: {entry!r}") from None
    return month, day


def _read_dated(entry: str) -> DatedRange:
    try:
        first, last = (date.fromisoformat(end) for end in _ends(entry))
    except ValueError:
        raise BadClosures(f"not a range of dates: {entry!r}") from None
    if last < first:
        raise BadClosures(f"ends before it begins: {entry!r}")
    return DatedRange(first, last)
