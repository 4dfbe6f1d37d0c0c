"""Counts of values, and what is said of them: how many, median, 90th percentile, share within the term. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from math import floor

LEAST_FOR_SHARE = 20
"""Below this number no percentage is given: it would pretend to a certainty that is not there."""


class Measure(StrEnum):
    """What is measured from arrival on."""

    ACK = "ack"
    """To the acknowledgement, in minutes."""
    ANSWER = "answer"
    """To the first human answer, in elapsed hours."""
    DAYS = "days"
    """To the first human answer, in business days."""
    NOTICE = "notice"
    """To the notice of the result, in calendar days."""


UNITS = {
    Measure.ACK: "minutes",
    Measure.ANSWER: "hours",
    Measure.DAYS: "business days",
    Measure.NOTICE: "calendar days",
}
STEPS = {Measure.ACK: 60, Measure.ANSWER: 60, Measure.DAYS: 1, Measure.NOTICE: 1}
"""By what a counted value is divided to be in its unit: seconds, minutes, days."""


@dataclass(frozen=True, slots=True)
class Stat:
    """One measure of some tickets; median and 90th percentile are in the measure's unit, None when there is nothing.

    `share` is the percentage of `termed` that was `in_time`, from 20 on; `termed` holds those with a term, and for the
    notice also those still open after `limit_on`, so that never answering does not improve the figure.
    """

    measure: Measure
    n: int
    median: float | None
    p90: float | None
    in_time: int
    termed: int

    @property
    def share(self) -> float | None:
        """Return the percentage in time, one decimal; None below 20."""
        return rounded(Fraction(100 * self.in_time, self.termed), 1) if self.termed >= LEAST_FOR_SHARE else None


@dataclass(slots=True)
class Counts:
    """How often each value of one measure occurs."""

    values: dict[int, int] = field(default_factory=dict)
    in_time: int = 0
    termed: int = 0

    def add(self, pairs: Iterable[tuple[int, int]], termed: int, in_time: int) -> None:
        """Add so many tickets of each value."""
        for value, n in pairs:
            self.values[value] = self.values.get(value, 0) + n
        self.termed += termed
        self.in_time += in_time

    def stat(self, measure: Measure, missed: int = 0) -> Stat:
        """Sum up; `missed` tickets have passed their term without a value."""
        ordered, step = sorted(self.values.items()), STEPS[measure]
        n = sum(self.values.values())
        return Stat(
            measure,
            n,
            rounded(median(ordered) / step, 2) if n else None,
            rounded(Fraction(percentile(ordered, 90), step), 2) if n else None,
            self.in_time,
            self.termed + missed,
        )


def rounded(value: Fraction, decimals: int) -> float:
    """Round an exact figure for people, halves up: the only place where a response time is rounded."""
    parts: int = 10**decimals
    return floor(value * parts + Fraction(1, 2)) / parts


def median(counts: Iterable[tuple[int, int]]) -> Fraction:
    """Return the median of counted values: the middle one, or the mean of the middle two. Needs one at least."""
    ordered = sorted((value, n) for value, n in counts if n)
    total = sum(n for _, n in ordered)
    return Fraction(_nth(ordered, (total + 1) // 2) + _nth(ordered, total // 2 + 1), 2)


def percentile(counts: Iterable[tuple[int, int]], percent: int) -> int:
    """Return the smallest value that at least `percent` per cent do not exceed (nearest rank). Needs one at least."""
    ordered = sorted((value, n) for value, n in counts if n)
    total = sum(n for _, n in ordered)
    return _nth(ordered, -(-total * percent // 100))


def _nth(ordered: list[tuple[int, int]], rank: int) -> int:
    seen = 0
    for value, n in ordered:
        seen += n
        if seen >= rank:
            return value
    raise ValueError("nothing was counted")
