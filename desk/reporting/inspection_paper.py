"""The record of a yearly inspection as a whole: as JSON values, and as a PDF in Japanese."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _

from desk.accounts.staff import list_staff
from desk.clock import date_of
from desk.company.profile import profile
from desk.policy.inspections import CorrectiveAction, Inspection, find_inspection, list_actions, was_at_work
from desk.reporting.inspection import Figures, inspect_year
from desk.reporting.inspection_words import sections_of
from desk.typeset import typeset


def figures_of(inspection: Inspection, now: datetime) -> Figures:
    """Return the figures of a record: as they were signed, else as they are now."""
    return inspection.figures or inspect_year(inspection.first_on, inspection.last_on, now)


def figures_before(inspection: Inspection, now: datetime) -> Figures | None:
    """Return last year's figures, of its record or as they are now; None if the desk was not at work then."""
    before = find_inspection(inspection.year - 1)
    if before is not None:
        return figures_of(before, now)
    last = inspection.first_on - timedelta(days=1)
    if not was_at_work(last):
        return None
    return inspect_year(inspection.first_on.replace(year=inspection.first_on.year - 1), last, now)


def record_as_json(inspection: Inspection, now: datetime) -> dict[str, Any]:
    """Return the whole record as JSON values; people of the desk by their names."""
    names = {person.id: person.name for person in list_staff()}
    state = "received" if inspection.received_on else "signed" if inspection.signed_at else "open"
    return {
        "year": inspection.year,
        "first": inspection.first_on.isoformat(),
        "last": inspection.last_on.isoformat(),
        "state": state,
        "figures": figures_of(inspection, now),
        "before": figures_before(inspection, now),
        "trained": inspection.trained,
        "trained_on": _iso(inspection.trained_on),
        "rights_reviewed_on": _iso(inspection.rights_reviewed_on),
        "sampled": inspection.sampled,
        "sample_errors": inspection.sample_errors,
        "findings": inspection.findings,
        "actions": [_action(one, names) for one in list_actions(inspection.id)],
        "signed_at": _iso(inspection.signed_at),
        "signed_by": names.get(inspection.signed_by or 0),
        "received_on": _iso(inspection.received_on),
        "received_by": inspection.received_by,
        "decisions": inspection.decisions,
    }


def record_as_pdf(inspection: Inspection, now: datetime) -> bytes:
    """Return the whole record as a PDF in Japanese. Raises `desk.typeset.NotTypeset`."""
    with force_locale("ja"):
        return typeset("inspection", _paper(inspection, now))


def _paper(inspection: Inspection, now: datetime) -> dict[str, Any]:
    names = {person.id: person.name for person in list_staff()}
    figures, before = figures_of(inspection, now), figures_before(inspection, now)
    company = profile("ja")
    return {
        "lang": "ja",
        "company": company.name,
        "title": _("%(year)s年度 個人情報の取扱いに関する点検記録", year=inspection.year),
        "draft": "" if inspection.signed_at else _("署名前の控え"),
        "facts": [
            [_("事業者"), company.name],
            [_("対象期間"), f"{_day(inspection.first_on)} – {_day(inspection.last_on)}"],
            [_("集計時点"), _day(datetime.fromisoformat(figures["as_of"]))],
        ],
        "headings": [_("項目"), _("%(year)s年度", year=inspection.year), _("%(year)s年度", year=inspection.year - 1)],
        "sections": [
            {"title": one.title, "lines": [[line.label, line.value, line.before or "–"] for line in one.lines]}
            for one in sections_of(figures, before)
        ],
        "checks_title": _("人が行った確認"),
        "checks": [[label, value] for label, value in checks_of(inspection)],
        "texts": [
            {"title": _("気づいたこと"), "text": inspection.findings or _("なし")},
            {"title": _("代表者の指示"), "text": inspection.decisions or _("なし")},
        ],
        "actions_title": _("是正処置"),
        "none": _("なし"),
        "actions": {
            "headings": [_("内容"), _("担当"), _("期限"), _("結果")],
            "rows": [
                [one.what, names.get(one.owner_id or 0, _("なし")), _day(one.due_on), _outcome(one)]
                for one in list_actions(inspection.id)
            ],
        },
        "signatures": [
            [
                _("個人情報保護管理者"),
                names.get(inspection.signed_by or 0, ""),
                _day(inspection.signed_at) if inspection.signed_at else "",
            ],
            [_("代表者"), inspection.received_by, _day(inspection.received_on) if inspection.received_on else ""],
        ],
    }


def checks_of(inspection: Inspection) -> Iterator[tuple[str, str]]:
    """Yield what people checked by hand, and what they wrote down of it."""
    yield _("教育を受けた人数"), _number(inspection.trained)
    yield _("教育を行った日"), _day(inspection.trained_on) if inspection.trained_on else "–"
    yield (
        _("アクセス権を見直した日"),
        (_day(inspection.rights_reviewed_on) if inspection.rights_reviewed_on else "–"),
    )
    yield _("もう一度確かめた案件"), _number(inspection.sampled)
    yield _("そのうち誤りのあったもの"), _number(inspection.sample_errors)


def _action(one: CorrectiveAction, names: Mapping[int, str]) -> dict[str, Any]:
    return {
        "what": one.what,
        "owner": names.get(one.owner_id or 0),
        "due_on": one.due_on.isoformat(),
        "result": one.result,
        "opened_at": _iso(one.opened_at),
        "closed_at": _iso(one.closed_at),
        "closed_by": names.get(one.closed_by or 0),
    }


def _outcome(one: CorrectiveAction) -> str:
    if one.closed_at is None:
        return str(_("対応中"))
    return f"{_('終了')} {_day(one.closed_at)} {one.result}".rstrip()


def _day(value: Any) -> str:
    on = date_of(value) if isinstance(value, datetime) else value
    return f"{on.year}年{on.month}月{on.day}日"


def _iso(value: Any) -> str | None:
    return value.isoformat() if value is not None else None


def _number(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"
