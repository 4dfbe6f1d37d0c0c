"""The yearly inspection in the manager's door: its figures beside last year's, findings, corrective actions, signature."""

import json
from collections.abc import Callable
from typing import Any

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from desk import clock
from desk.accounts.permissions import Permission, may
from desk.accounts.staff import list_staff
from desk.company.procedure import get_procedure
from desk.company.settings import get_setting
from desk.db import db
from desk.events.kinds import EventKind
from desk.events.trail import Actor, record, staff_actor
from desk.handling import inspections
from desk.handling.changing import ChangedMeanwhile
from desk.policy.inspections import (
    Inspection,
    find_action,
    find_inspection,
    list_actions,
    list_inspections,
    period_of,
    unopened,
    year_of,
)
from desk.reporting.inspection_paper import (
    checks_of,
    figures_before,
    figures_of,
    record_as_json,
    record_as_pdf,
)
from desk.reporting.inspection_words import sections_of
from desk.tickets.errors import NotAllowed
from desk.transaction import transaction
from desk.typeset import NotTypeset
from desk.web.downloads import attachment
from desk.web.guard import current_staff
from desk.web.manager.inspection_forms import ActionForm, ReceiptForm, RecordForm
from desk.web.manager.views import blueprint

EARLIEST = 2000


@blueprint.get("/inspections")
def inspections_list() -> str:
    """List the years."""
    year = year_of(clock.today(), get_setting("business_year_month"))
    return render_template("manager/inspections.html", rows=list_inspections(), year=year)


@blueprint.get("/inspections/<int:year>")
def inspection(year: int) -> str:
    """Show a year, also one whose record nobody has opened yet."""
    return _page(_shown(year))


@blueprint.post("/inspections/<int:year>/open")
def open_inspection(year: int) -> Response:
    """Open the record of a year."""
    _shown(year)
    with transaction():
        inspections.open_inspection(year, actor=_actor(), now=clock.now())
    return _back(year, "", _("点検記録を作りました。"))


@blueprint.post("/inspections/<int:year>")
def save_inspection(year: int) -> Response:
    """Save what people checked and found."""
    row, form = _row(year), RecordForm(request.form)
    if not form.validate():
        return make_response(_page(row, record=form), 400)

    def save() -> None:
        inspections.change_inspection(row, form.words(), version=form.row_version(), actor=_actor(), now=clock.now())

    def late(row: Inspection) -> dict[str, Any]:
        theirs = form.differences(RecordForm.of(row))
        form.version.data = str(row.version)
        return {"record": form, "theirs": theirs}

    return _act(year, save, late) or _back(year, "record", _("点検記録を保存しました。"))


@blueprint.post("/inspections/<int:year>/sign")
def sign_inspection(year: int) -> Response:
    """Sign the record as it was shown."""
    row, form = _row(year), RecordForm(request.form)

    def sign() -> None:
        now = clock.now()
        inspections.sign_inspection(row, figures_of(row, now), version=form.row_version(), actor=_actor(), now=now)

    return _act(year, sign, lambda _row: {"is_late": True}) or _back(year, "signature", _("点検記録に署名しました。"))


@blueprint.post("/inspections/<int:year>/receipt")
def receive_inspection(year: int) -> Response:
    """Write down the representative's receipt."""
    row, form = _row(year), ReceiptForm(request.form, prefix="receipt-")
    if not form.validate():
        return make_response(_page(row, receipt=form), 400)

    def receive() -> None:
        inspections.receive_inspection(row, form.receipt(), version=form.row_version(), actor=_actor(), now=clock.now())

    def late(row: Inspection) -> dict[str, Any]:
        theirs = form.differences(ReceiptForm.of(row, ""))
        form.version.data = str(row.version)
        return {"receipt": form, "theirs": theirs}

    return _act(year, receive, late) or _back(year, "signature", _("代表者の受領を記録しました。"))


@blueprint.post("/inspections/<int:year>/actions")
def add_action(year: int) -> Response:
    """Write down a corrective action."""
    row, form = _row(year), ActionForm(request.form, prefix="new-")
    form.offer()
    if not form.validate():
        return make_response(_page(row, actions={0: form}), 400)
    with transaction():
        inspections.add_action(row, form.words(), actor=_actor(), now=clock.now())
    return _back(year, "actions", _("是正処置を追加しました。"))


@blueprint.post("/inspections/<int:year>/actions/<int:action_id>")
def change_action(year: int, action_id: int) -> Response:
    """Change a corrective action, or close it."""
    row = _row(year)
    action = (find_action(row.id, action_id) if action_id < 2**63 else None) or abort(404)
    form = ActionForm(request.form, prefix=f"action-{action.id}-")
    form.offer()
    if not form.validate():
        return make_response(_page(row, actions={action.id: form}), 400)

    def change() -> None:
        words, version = form.words(), form.row_version()
        inspections.change_action(row, action, words, version=version, actor=_actor(), now=clock.now())

    def late(_row: Inspection) -> dict[str, Any]:
        standing = ActionForm.of(action)
        theirs = form.differences(standing)
        form.version.data = standing.version.data
        return {"actions": {action.id: form}, "theirs": theirs}

    return _act(year, change, late) or _back(year, "actions", _("是正処置を保存しました。"))


@blueprint.get("/inspections/<int:year>/record.pdf")
def inspection_pdf(year: int) -> Response:
    """Give the record as a PDF in Japanese."""
    row = _shown(year)
    try:
        body = record_as_pdf(row, clock.now())
    except NotTypeset:
        abort(503)
    return _download(year, body, "pdf", "application/pdf")


@blueprint.get("/inspections/<int:year>/record.json")
def inspection_json(year: int) -> Response:
    """Give the record as JSON."""
    body = json.dumps(record_as_json(_shown(year), clock.now()), ensure_ascii=False, indent=2)
    return _download(year, body.encode(), "json", "application/json")


def _download(year: int, body: bytes, ending: str, content_type: str) -> Response:
    with transaction():
        facts = {"what": f"inspection {year} {ending}"}
        record(EventKind.EXPORTED, actor=_actor(), at=clock.now(), facts=facts)
    response = Response(body, content_type=content_type)
    name = _("点検記録-%(year)s年度", year=year)
    response.headers["Content-Disposition"] = attachment(f"{name}.{ending}")
    return response


def _act(year: int, act: Callable[[], None], late: Callable[[Inspection], dict[str, Any]]) -> Response | None:
    """Do something to a record as it was shown; return the page of what stands now when that is something else."""
    try:
        with transaction():
            act()
    except NotAllowed:
        return make_response(_page(_row(year), is_early=True), 409)
    except ChangedMeanwhile:
        db.session.expire_all()
        row = _row(year)
        return make_response(_page(row, **late(row)), 409)
    return None


def _page(
    row: Inspection,
    *,
    record: RecordForm | None = None,
    receipt: ReceiptForm | None = None,
    actions: dict[int, ActionForm] | None = None,
    theirs: list[tuple[Any, Any]] | None = None,
    is_late: bool = False,
    is_early: bool = False,
) -> str:
    now, bound = clock.now(), actions or {}
    figures, before = figures_of(row, now), figures_before(row, now)
    standing = list_actions(row.id)
    forms = {one.id: bound.get(one.id) or ActionForm.of(one) for one in standing}
    new = bound.get(0) or ActionForm(prefix="new-")
    for form in (*forms.values(), new):
        form.offer()
    return render_template(
        "manager/inspection.html",
        row=row,
        sections=sections_of(figures, before),
        checks=list(checks_of(row)),
        record=record or RecordForm.of(row),
        receipt=receipt or ReceiptForm.of(row, get_procedure().representative_ja),
        actions=standing,
        forms=forms,
        new=new,
        theirs=theirs or [],
        is_late=is_late or bool(theirs),
        is_early=is_early,
        has_ended=row.last_on < clock.today(),
        names={person.id: person.name for person in list_staff()},
        may_keep=may(current_staff().typed_role, Permission.KEEP_INSPECTION),
    )


def _row(year: int) -> Inspection:
    row = find_inspection(year) if year < 2**31 else None
    return row if row is not None else abort(404)


def _shown(year: int) -> Inspection:
    """Return the record of a year, or an empty one of a year that has begun."""
    if not EARLIEST <= year <= year_of(clock.today(), get_setting("business_year_month")):
        abort(404)
    return find_inspection(year) or unopened(year, *period_of(year, get_setting("business_year_month")))


def _back(year: int, anchor: str, done: str) -> Response:
    flash(done, "success")
    return redirect(url_for("manager.inspection", year=year, _anchor=anchor or None), 303)


def _actor() -> Actor:
    return staff_actor(current_staff().id)
