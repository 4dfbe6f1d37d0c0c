"""The words around the figures: names of measures, groups and columns, and what each chart finds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from desk.accounts.staff import list_staff
from desk.law.regimes import REGIME, get_regime
from desk.reporting.behind import Behind, Part
from desk.reporting.distribution import Measure
from desk.reporting.response_times import Group, ResponseTimes
from desk.reporting.tables import ColumnWords, Names
from desk.web.filters import MONTHS_EN, bracketed, day, in_english
from desk.web.words import kind_name

MEASURES: dict[Measure, Any] = {
    Measure.ACK: _l("受付通知まで"),
    Measure.ANSWER: _l("最初の回答まで"),
    Measure.NOTICE: _l("結果の通知まで"),
}
"""The three that the dashboard switches between; business days stand beside the hours of the first answer."""

UNITS: dict[Measure, Any] = {
    Measure.ACK: _l("分"),
    Measure.ANSWER: _l("時間"),
    Measure.DAYS: _l("営業日"),
    Measure.NOTICE: _l("日"),
}


@dataclass(frozen=True, slots=True)
class Point:
    """One month of the line chart; None where nothing was measured."""

    name: str
    median: float | None
    p90: float | None


def names() -> Names:
    """Return the names of kinds and agents by their keys, in the page's language."""
    regime = get_regime(REGIME)
    agents = {str(person.id): person.name for person in list_staff()}
    return {"kind": {code: kind_name(regime, code) for code in regime.kinds}, "agent": {"0": _("担当なし"), **agents}}


def sheet_names(report: ResponseTimes) -> Names:
    """Return the names that stand in the spreadsheet: those of the page, and months, the whole and people who left."""
    known = names()
    left = {group.key: _("以前の職員") for group in report.by_agent}
    months = {group.key: month_name(group.key) for group in report.by_month}
    return {**known, "overall": {"all": _("全体")}, "month": months, "agent": {**left, **known["agent"]}}


def column_words() -> ColumnWords:
    """Return the words of the spreadsheet in the page's language."""
    return ColumnWords(
        headings=(
            _("分け方"), _("コード"), _("名前"), _("項目"), _("単位"), _("件数"), _("中央値"), _("90パーセンタイル"),
            _("期限内"), _("期限のあるもの"), _("期限内の割合（パーセント）"),
        ),
        groups={"overall": _("全体"), "kind": _("種別"), "month": _("受付月"), "agent": _("担当")},
        counts={
            "received": _("受付"), "withdrawn": _("取下げ"), "lapsed": _("失効"), "excluded": _("対象外（迷惑・重複）"),
        },
        measures={
            Measure.ACK: _("受付通知まで"), Measure.ANSWER: _("最初の回答まで"),
            Measure.DAYS: _("最初の回答まで"), Measure.NOTICE: _("結果の通知まで"),
        },
        units={measure: str(unit) for measure, unit in UNITS.items()},
        tickets=_("件"),
        with_codes=frozenset({"kind"}),
    )  # fmt: skip


def findings(report: ResponseTimes, measure: Measure) -> dict[str, Any]:
    """Return what the two charts of the dashboard show and the sentence that each finds."""
    kinds = sorted(report.by_kind, key=lambda group: -group.received)
    return {
        "unit": UNITS[measure],
        "day_unit": UNITS[Measure.DAYS],
        "kinds": kinds,
        "kinds_found": _most(kinds, names()["kind"]),
        "trend": trend(report.by_month, measure),
        "months_found": _trend(report.by_month, measure),
    }


def trend(months: tuple[Group, ...], measure: Measure) -> list[Point]:
    """Return one point for every month from the first to the last that has tickets, a gap where there were none."""
    if not months:
        return []
    known = {group.key: group.stats[measure] for group in months}
    points, key = [], months[0].key
    while key <= months[-1].key:
        stat = known.get(key)
        points.append(Point(month_name(key), stat.median if stat else None, stat.p90 if stat else None))
        year, month = (int(part) for part in key.split("-"))
        key = f"{year + month // 12:04}-{month % 12 + 1:02}"
    return points


def month_name(key: str) -> str:
    """Write a month (`YYYY-MM`) as 2026年4月 or Apr 2026."""
    year, month = (int(part) for part in key.split("-"))
    return f"{MONTHS_EN[month - 1]} {year}" if in_english() else f"{year}年{month}月"


def title_of(behind: Behind) -> str:
    """Say in one line which tickets a list holds."""
    if behind.part is Part.DUE_THIS_WEEK:
        return str(_("今週中に期限が来る受付"))
    known, named = names(), []
    if behind.kind is not None:
        named.append(known["kind"][behind.kind])
    if behind.agent is not None:
        named.append(known["agent"].get(str(behind.agent), _("以前の職員")))
    what = {
        Part.RECEIVED: _("受け付けたもの"),
        Part.MEASURED: _("「%(measure)s」を数えたもの", measure=MEASURES.get(behind.measure, "")),
        Part.LATE: _("「%(measure)s」の期限を過ぎたもの", measure=MEASURES.get(behind.measure, "")),
    }[behind.part]
    period = _("%(first)sから%(last)sまで", first=day(behind.first), last=day(behind.last))
    return "・".join([*named, bracketed(what, period)])


def _most(kinds: list[Group], named: Mapping[str, str]) -> str:
    if not kinds or not kinds[0].received:
        return str(_("この期間の受付はありません"))
    first = kinds[0]
    found = ngettext(
        "最も多いのは「%(kind)s」で%(num)s件です",
        "最も多いのは「%(kind)s」で%(num)s件です",
        first.received,
        kind=named.get(first.key, first.key),
    )
    return str(found)


def _trend(months: tuple[Group, ...], measure: Measure) -> str:
    known = [(group.key, median) for group in months if (median := group.stats[measure].median) is not None]
    name, unit = MEASURES.get(measure, ""), UNITS[measure]
    if not known:
        return str(_("%(measure)sの時間は、まだ数えられません", measure=name))
    values = {"month": month_name(known[-1][0]), "value": f"{known[-1][1]:g}", "unit": unit}
    last = str(_("%(month)sの中央値は%(value)s%(unit)sです", **values))
    if len(known) == 1:
        return last
    before = _("前の月は%(value)s%(unit)s", value=f"{known[-2][1]:g}", unit=unit)
    return bracketed(last, before)
