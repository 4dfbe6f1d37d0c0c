"""The company's profile and its closures, with both versions shown when two people saved."""

from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import Row
from werkzeug.wrappers import Response

from desk import clock
from desk.company.profile import get_company
from desk.db import read_again
from desk.events.trail import staff_actor
from desk.handling.administration import (
    MOST_CLOSED,
    ClosedTooLong,
    CompanyWords,
    change_closures,
    change_company,
)
from desk.handling.changing import ChangedMeanwhile
from desk.law.closures import DEFAULT, BadClosures, Closures
from desk.transaction import transaction
from desk.web.admin.forms import ClosureRows, CompanyForm
from desk.web.fields import read_version
from desk.web.filters import day
from desk.web.guard import current_staff

FIELDS = ("name_ja", "name_en", "contact_email", "postal_code", "address_ja", "address_en", "phone", "policy_url")


def add_routes(blueprint: Blueprint) -> None:
    """Put these pages under the door's blueprint."""
    blueprint.add_url_rule("/company", "company", company)
    blueprint.add_url_rule("/company", "save_company", save_company, methods=["POST"])
    blueprint.add_url_rule("/company/closures", "closures", closures)
    blueprint.add_url_rule("/company/closures", "save_closures", save_closures, methods=["POST"])


def company() -> str:
    """Show the profile."""
    row = get_company()
    form = CompanyForm(**{name: getattr(row, name) for name in FIELDS}, version=row.version)
    return render_template("admin/company.html", form=form, theirs=[])


def save_company() -> Response:
    """Save the profile."""
    form = CompanyForm(request.form)
    if not form.validate():
        return make_response(render_template("admin/company.html", form=form, theirs=[]), 400)
    words = CompanyWords(**{name: " ".join((form[name].data or "").split(" ")).strip() for name in FIELDS})
    try:
        with transaction():
            actor, now = staff_actor(current_staff().id), clock.now()
            change_company(words, version=form.row_version(), actor=actor, now=now)
    except ChangedMeanwhile:
        row = _fresh_company()
        theirs = [
            (form[name].label.text, getattr(row, name)) for name in FIELDS if getattr(row, name) != form[name].data
        ]
        form.version.data = str(row.version)
        return make_response(render_template("admin/company.html", form=form, theirs=theirs), 409)
    flash(_("会社情報を保存しました。"), "success")
    return redirect(url_for("admin.company"), 303)


def closures() -> str:
    """Show the days on which the company is closed."""
    row = get_company()
    return _closures_page(ClosureRows.of(_stored(row)), row.version)


def save_closures() -> Response:
    """Save the days on which the company is closed."""
    rows, version = ClosureRows.typed(request.form), read_version(request.form.get("version"))
    try:
        wanted = rows.closures()
    except BadClosures as error:
        entry = str(error).rpartition(": ")[2].strip("'")
        problem = _("日付を読み取れません：%(entry)s", entry=entry.replace("..", " – "))
        return make_response(_closures_page(rows, version, problem=problem), 400)
    try:
        with transaction():
            change_closures(wanted, version=version, actor=staff_actor(current_staff().id), now=clock.now())
    except ChangedMeanwhile:
        row = _fresh_company()
        return make_response(_closures_page(rows, row.version, theirs=ClosureRows.of(_stored(row))), 409)
    except ClosedTooLong as error:
        problem = _(
            "%(first)sから%(last)sまで営業日がなく、期限を計算できません。続けて休む日は、土日・祝日を含めて%(most)s日以内にしてください",
            first=day(error.first),
            last=day(error.last),
            most=MOST_CLOSED,
        )
        return make_response(_closures_page(rows, version, problem=problem), 400)
    flash(_("休業日を保存しました。"), "success")
    return redirect(url_for("admin.closures"), 303)


def _closures_page(
    rows: ClosureRows, version: int, problem: str | None = None, theirs: ClosureRows | None = None
) -> str:
    return render_template("admin/closures.html", rows=rows, version=version, problem=problem, theirs=theirs)


def _stored(row: Row[Any]) -> Closures:
    return Closures.from_data(row.closures) if row.closures else DEFAULT


def _fresh_company() -> Row[Any]:
    read_again()
    return get_company()
