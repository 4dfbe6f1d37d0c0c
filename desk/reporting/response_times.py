"""Response times of a period: overall, by kind, by month of arrival and by agent; exact, read from the rollup."""

import json
from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select, text

from desk.db import db
from desk.reporting.behind import due_this_week, missed
from desk.reporting.contributions import APART, MEASURES, spread
from desk.reporting.distribution import Counts, Measure, Stat
from desk.reporting.rollup import from_tickets
from desk.tickets.models import Ticket
from desk.tickets.tally import read_tally

COUNTED, LEFT_OUT = "counted", "excluded"


EARLIEST, LATEST = date(2000, 1, 1), date(2100, 12, 31)
"""The days that a period may hold; no case is older, and counting month by month must come to an end."""


class BadPeriod(ValueError):
    """The period ends before it begins, or leaves the days that may be asked for."""


@dataclass(frozen=True, slots=True)
class Group:
    """The figures of some tickets: all, one kind, one month (`YYYY-MM`) or one agent (the row's number, 0 for none)."""

    key: str
    received: int
    withdrawn: int
    lapsed: int
    excluded: int
    """Spam and duplicates: in no other figure."""
    stats: dict[Measure, Stat]


@dataclass(frozen=True, slots=True)
class Now:
    """How the desk stands at this moment, whatever the period."""

    open: int
    overdue: int
    due_this_week: int
    """Open and due from today to Sunday."""


@dataclass(frozen=True, slots=True)
class ResponseTimes:
    """Everything about one period; both days are JST dates of arrival and belong to it."""

    first: date
    last: date
    now: Now
    overall: Group
    by_kind: tuple[Group, ...]
    by_month: tuple[Group, ...]
    by_agent: tuple[Group, ...]


@dataclass(slots=True)
class _Tally:
    """A group while it is being added up."""

    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    measures: dict[Measure, Counts] = field(default_factory=lambda: {measure: Counts() for measure in Measure})
    missed: int = 0

    def add(self, measure: str, pairs: list[tuple[int, int]], termed: int, in_time: int) -> None:
        if measure in MEASURES:
            self.measures[Measure(measure)].add(pairs, termed, in_time)
        else:
            self.counts[measure] += sum(n for _, n in pairs)

    def group(self, key: str) -> Group:
        apart = {name: self.counts[name] for name in APART.values()}
        return Group(
            key=key,
            received=self.counts[COUNTED] + sum(apart.values()),
            withdrawn=apart["withdrawn"],
            lapsed=apart["lapsed"],
            excluded=self.counts[LEFT_OUT],
            stats={
                measure: counts.stat(measure, self.missed if measure is Measure.NOTICE else 0)
                for measure, counts in self.measures.items()
            },
        )


def response_times(first: date, last: date, today: date) -> ResponseTimes:
    """Return the figures of the tickets that arrived from `first` to `last`. Raises `BadPeriod`."""
    if last < first:
        raise BadPeriod("the period ends before it begins")
    if first < EARLIEST or last > LATEST:
        raise BadPeriod(f"the period must lie between {EARLIEST} and {LATEST}")
    by_kind, by_agent, by_month = _added_up(first, last)
    for kind, agent, month, n in _missed(first, last, today):
        by_kind[kind].missed += n
        by_agent[str(agent or 0)].missed += n
        by_month[month].missed += n
    return ResponseTimes(
        first=first,
        last=last,
        now=_now(today),
        overall=_total(by_month.values()),
        by_kind=_groups(by_kind),
        by_month=_groups(by_month),
        by_agent=_groups(by_agent),
    )


def default_period(today: date) -> tuple[date, date]:
    """Return the last three months, the current one included, as whole months."""
    first = (today.replace(day=1) - timedelta(days=40)).replace(day=1)
    return first, today.replace(day=monthrange(today.year, today.month)[1])


def months_between(first: date, last: date) -> tuple[tuple[str, str] | None, list[tuple[date, date]]]:
    """Split a period into its whole months (first and last, `YYYY-MM`, or None) and the parts of months that remain."""
    whole: list[str] = []
    parts: list[tuple[date, date]] = []
    start = first
    while start <= last:
        end = start.replace(day=monthrange(start.year, start.month)[1])
        if start.day == 1 and end <= last:
            whole.append(f"{start:%Y-%m}")
        else:
            parts.append((start, min(end, last)))
        start = end + timedelta(days=1)
    return ((whole[0], whole[-1]) if whole else None), parts


Tallies = defaultdict[str, _Tally]


def _added_up(first: date, last: date) -> tuple[Tallies, Tallies, Tallies]:
    groups: tuple[Tallies, Tallies, Tallies] = (defaultdict(_Tally), defaultdict(_Tally), defaultdict(_Tally))
    by_kind, by_agent, by_month = groups
    whole, parts = months_between(first, last)
    if whole is not None:
        values = {"first": whole[0], "last": whole[1]}
        for tallies, (dim, by) in zip(groups, (("kind", "key"), ("agent", "key"), ("kind", "month")), strict=True):
            for _, key, line in _lines(_whole_months(dim, by), values):
                tallies[key].add(*line)
    for start, end in parts:
        for dim, key, line in _lines(_part_of_month(), {"first": start, "last": end}):
            (by_kind if dim == "kind" else by_agent)[key].add(*line)
            if dim == "kind":
                by_month[f"{start:%Y-%m}"].add(*line)
    return groups


Line = tuple[str, list[tuple[int, int]], int, int]
"""Measure, pairs of value and number, how many have a term, how many are in time."""


def _lines(statement: str, values: dict[str, Any]) -> Iterator[tuple[str, str, Line]]:
    """Yield dimension, key and line."""
    for dim, key, measure, pairs, termed, in_time in db.session.execute(text(statement), values):
        yield dim, key, (measure, json.loads(pairs), int(termed), int(in_time))


PAIRS = {
    "postgresql": "CAST(json_agg(json_build_array(value, n)) AS text)",
    "sqlite": "json_group_array(json_array(value, n))",
}
"""All values of a group in one row: thousands of rows would take longer to fetch than to count."""


def _gathered(by: str, lines: str) -> str:
    sums = "sum(n) AS n, sum(termed) AS termed, sum(in_time) AS in_time"
    return f"""
        SELECT dim, {by}, measure, {PAIRS[db.engine.dialect.name]}, sum(termed), sum(in_time) FROM (
            SELECT dim, {by}, measure, value, {sums} FROM ({lines}) AS lines
            GROUP BY dim, {by}, measure, value HAVING sum(n) <> 0
        ) AS counted GROUP BY dim, {by}, measure
    """  # noqa: S608 - constants of this module


def _whole_months(dim: str, by: str) -> str:
    fresh = f"SELECT * FROM ({spread('figure_change', dim)}) AS fresh WHERE month BETWEEN :first AND :last"  # noqa: S608
    return _gathered(
        by,
        "SELECT dim, month, key, measure, value, n, termed, in_time FROM figure_tally"  # noqa: S608 - constants
        f" WHERE dim = '{dim}' AND month BETWEEN :first AND :last UNION ALL {fresh}",
    )


def _part_of_month() -> str:
    source = from_tickets(db.engine.dialect.name, "received_on BETWEEN :first AND :last")
    return f"WITH part AS ({source}) {_gathered('key', spread('part'))}"


def _missed(first: date, last: date, today: date) -> Iterator[tuple[str, int | None, str, int]]:
    """Yield how many open tickets have passed `limit_on` without a notice, by kind, agent and month."""
    rows = db.session.execute(
        select(Ticket.kind, Ticket.assignee_id, Ticket.received_on, func.count())
        .where(missed(today), Ticket.received_on.between(first, last))
        .group_by(Ticket.kind, Ticket.assignee_id, Ticket.received_on)
    )
    for kind, agent, received_on, n in rows:
        yield kind, agent, f"{received_on:%Y-%m}", n


def _now(today: date) -> Now:
    tally = read_tally(today)
    due = select(func.count()).where(due_this_week(today))
    return Now(tally.open, tally.overdue, db.session.scalar(due) or 0)


def _total(tallies: Any) -> Group:
    total = _Tally()
    for tally in tallies:
        total.missed += tally.missed
        for name, n in tally.counts.items():
            total.counts[name] += n
        for measure, counts in tally.measures.items():
            total.measures[measure].add(counts.values.items(), counts.termed, counts.in_time)
    return total.group("all")


def _groups(tallies: Tallies) -> tuple[Group, ...]:
    return tuple(tallies[key].group(key) for key in sorted(tallies))
