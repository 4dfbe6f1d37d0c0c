"""What the addresses of the manager's pages ask for: a period, a measure, the tickets behind a figure, a page."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from flask import url_for
from flask_babel import lazy_gettext as _l

from desk import clock
from desk.law.regimes import REGIME, get_regime
from desk.reporting.behind import Behind, Part
from desk.reporting.distribution import Measure
from desk.reporting.response_times import EARLIEST, LATEST, default_period
from desk.web.fields import read_number


@dataclass(frozen=True, slots=True)
class Period:
    """Two JST dates of arrival, both included; `problem` says why they are not the ones asked for."""

    first: date
    last: date
    typed_first: str
    typed_last: str
    problem: object = ""


def read_period(args: Mapping[str, str]) -> Period:
    """Return the period asked for, or the usual one with a problem to show."""
    usual_first, usual_last = default_period(clock.today())
    typed_first = args.get("from", "").strip()[:20] or usual_first.isoformat()
    typed_last = args.get("to", "").strip()[:20] or usual_last.isoformat()
    first, last = _day(typed_first), _day(typed_last)
    if first is None or last is None:
        problem = _l("日付を年・月・日で入力してください（例：2026-04-01）")
        return Period(usual_first, usual_last, typed_first, typed_last, problem)
    if last < first:
        problem = _l("終わりの日は、始まりの日と同じか、それより後にしてください")
        return Period(usual_first, usual_last, typed_first, typed_last, problem)
    return Period(first, last, typed_first, typed_last)


def read_measure(args: Mapping[str, str]) -> Measure:
    """Return the measure asked for; the first answer, if none or an unknown one."""
    try:
        return Measure(args.get("measure", ""))
    except ValueError:
        return Measure.ANSWER


def read_behind(args: Mapping[str, str], period: Period) -> Behind:
    """Return which tickets are asked for; what this desk does not know is as if it were not there."""
    kind, part = args.get("kind"), args.get("part", "")
    return Behind(
        part=Part(part) if part in set(Part) else Part.RECEIVED,
        first=period.first,
        last=period.last,
        measure=read_measure(args),
        kind=kind if kind in get_regime(REGIME).kinds else None,
        agent=read_number(args.get("agent")),
    )


def read_cursor(text: str | None) -> tuple[date, int] | None:
    """Return where a page begins, or None for anything that this desk did not write."""
    on, _sign, written = (text or "").partition("_")
    day, number = _day(on), read_number(written)
    return None if day is None or number is None else (day, number)


def address(endpoint: str, period: Period, **more: object) -> str:
    """Return the address of a page about the same period."""
    return url_for(endpoint, **{"from": period.first.isoformat(), "to": period.last.isoformat(), **more})  # type: ignore[arg-type]  # the names of the period are no keywords


def next_address(behind: Behind, period: Period, after: tuple[date, int]) -> str:
    """Return the address of the next page of tickets."""
    return address(
        "manager.tickets",
        period,
        part=behind.part,
        measure=behind.measure,
        kind=behind.kind,
        agent=behind.agent,
        after=f"{after[0].isoformat()}_{after[1]}",
    )


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
    return day if day is not None and EARLIEST <= day <= LATEST else None


def month_of(key: str, period: Period) -> dict[str, str]:
    """Return the days of a month (`YYYY-MM`) that belong to the period, as an address has them."""
    first = date.fromisoformat(f"{key}-01")
    last = first.replace(day=monthrange(first.year, first.month)[1])
    return {"from": max(first, period.first).isoformat(), "to": min(last, period.last).isoformat()}
