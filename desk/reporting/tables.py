"""The response times as plain tables: JSON for programs, CSV for spreadsheets, safe to open in Excel. Pure."""

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from desk.reporting.distribution import UNITS, Stat
from desk.reporting.response_times import Group, ResponseTimes

HEADINGS = ("group", "key", "name", "measure", "unit", "n", "median", "p90", "in_time", "termed", "share")
BOM = "\ufeff"
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""Signs at the beginning of a cell that a spreadsheet takes for a formula."""

Names = Mapping[str, Mapping[str, str]]
"""Names to show, by group (`kind`, `agent`) and key."""


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


def as_csv(report: ResponseTimes, names: Names, headings: Iterable[str] = HEADINGS) -> str:
    """Return the report as CSV for Excel: byte-order mark, CRLF, one line a figure, no cell that is a formula."""
    out = io.StringIO()
    out.write(BOM)
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(headings)
    for name, groups in (
        ("overall", (report.overall,)),
        ("kind", report.by_kind),
        ("month", report.by_month),
        ("agent", report.by_agent),
    ):
        for group in groups:
            shown = names.get(name, {}).get(group.key, group.key)
            for label in ("received", "withdrawn", "lapsed", "excluded"):
                writer.writerow(
                    map(safe, (name, group.key, shown, label, "tickets", getattr(group, label), *[None] * 5))
                )
            writer.writerows(map(safe, (name, group.key, shown, *_cells(stat))) for stat in group.stats.values())
    return out.getvalue()


def safe(cell: object) -> object:
    """Return a cell that no spreadsheet runs: text that begins like a formula gets an apostrophe before it."""
    if isinstance(cell, str) and cell.startswith(FORMULA):
        return "'" + cell
    return "" if cell is None else cell


def _cells(stat: Stat) -> tuple[object, ...]:
    return (
        stat.measure.value, UNITS[stat.measure], stat.n, stat.median, stat.p90, stat.in_time, stat.termed, stat.share,
    )  # fmt: skip


def _group(group: Group, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "key": group.key,
        "name": names.get(group.key, group.key),
        "received": group.received,
        "withdrawn": group.withdrawn,
        "lapsed": group.lapsed,
        "excluded": group.excluded,
        "measures": {
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
        },
    }
