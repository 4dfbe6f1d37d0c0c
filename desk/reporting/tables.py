"""The response times as plain tables: JSON for programs, CSV for spreadsheets, safe to open in Excel. Pure."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from desk.reporting.distribution import UNITS, Measure, Stat
from desk.reporting.response_times import Group, ResponseTimes

HEADINGS = ("group", "key", "name", "measure", "unit", "n", "median", "p90", "in_time", "termed", "share")
BOM = "\ufeff"
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""Signs at the beginning of a cell that a spreadsheet takes for a formula."""

COUNTS = ("received", "withdrawn", "lapsed", "excluded")

Names = Mapping[str, Mapping[str, str]]
"""Names to show, by group (`kind`, `agent`) and key."""


@dataclass(frozen=True, slots=True)
class ColumnWords:
    """The words of the CSV; without others it speaks in the codes that programs read."""

    headings: tuple[str, ...] = HEADINGS
    groups: Mapping[str, str] = field(default_factory=dict)
    counts: Mapping[str, str] = field(default_factory=dict)
    measures: Mapping[Measure, str] = field(default_factory=dict)
    units: Mapping[Measure, str] = field(default_factory=lambda: UNITS)
    tickets: str = "tickets"
    with_codes: frozenset[str] = frozenset({"overall", "kind", "month", "agent"})
    """Groups whose key stands beside the name; Excel would round an agent's number and take a month for a day."""


def as_json(report: ResponseTimes, names: Names) -> dict[str, Any]:
    """Return the report as JSON values: dates as `YYYY-MM-DD`, figures as numbers, absent ones as null."""
    return {
        "from": report.first.isoformat(),
        "to": report.last.isoformat(),
        "open": report.now.open,
        "overdue": report.now.overdue,
        "due_this_week": report.now.due_this_week,
        "overall": _group(report.overall, {}),
        "by_kind": [_group(group, names.get("kind", {})) for group in report.by_kind],
        "by_month": [_group(group, {}) for group in report.by_month],
        "by_agent": [_group(group, names.get("agent", {})) for group in report.by_agent],
    }


def as_csv(report: ResponseTimes, names: Names, words: ColumnWords | None = None) -> str:
    """Return the report as CSV for Excel: byte-order mark, CRLF, one line a figure, no cell that is a formula."""
    said = words or ColumnWords()
    out = io.StringIO()
    out.write(BOM)
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(said.headings)
    for name, groups in (
        ("overall", (report.overall,)),
        ("kind", report.by_kind),
        ("month", report.by_month),
        ("agent", report.by_agent),
    ):
        for group in groups:
            code = group.key if name in said.with_codes else ""
            first = (said.groups.get(name, name), code, names.get(name, {}).get(group.key, group.key))
            for count in COUNTS:
                cells = (*first, said.counts.get(count, count), said.tickets, getattr(group, count), *[None] * 5)
                writer.writerow(map(safe, cells))
            writer.writerows(map(safe, (*first, *_cells(stat, said))) for stat in group.stats.values())
    return out.getvalue()


def safe(cell: object) -> object:
    """Return a cell that no spreadsheet runs: text that begins like a formula gets an apostrophe before it."""
    if isinstance(cell, str) and (cell.startswith(FORMULA) or cell.lstrip().startswith(FORMULA)):
        return "'" + cell
    return "" if cell is None else cell


def _cells(stat: Stat, said: ColumnWords) -> tuple[object, ...]:
    name, unit = said.measures.get(stat.measure, stat.measure.value), said.units[stat.measure]
    return (name, unit, stat.n, stat.median, stat.p90, stat.in_time, stat.termed, stat.share)


def _group(group: Group, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "key": group.key,
        "name": names.get(group.key, group.key),
        "received": group.received,
        "withdrawn": group.withdrawn,
        "lapsed": group.lapsed,
        "excluded": group.excluded,
        "measures": stats_as_json(group),
    }


def stats_as_json(group: Group) -> dict[str, Any]:
    """Return the measures of a group as JSON values, by their names."""
    return {
        measure.value: {
            "unit": UNITS[measure],
            "n": stat.n,
            "median": stat.median,
            "p90": stat.p90,
            "in_time": stat.in_time,
            "termed": stat.termed,
            "share": stat.share,
        }
        for measure, stat in group.stats.items()
    }
