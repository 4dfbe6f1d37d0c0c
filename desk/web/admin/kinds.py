"""Kinds whose source somebody has to check before they are offered: as they stand, and switching them on and off."""

from collections.abc import Mapping

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from desk import clock
from desk.company.activation import list_decisions
from desk.events.trail import staff_actor
from desk.handling.kinds import activate, deactivate
from desk.law.regimes import REGIME, Kind, get_regime
from desk.transaction import transaction
from desk.web.admin.forms import KindForm
from desk.web.guard import current_staff
from desk.web.languages import current_language
from desk.web.words import certainty_of


def add_routes(blueprint: Blueprint) -> None:
    """Put these pages under the door's blueprint."""
    blueprint.add_url_rule("/settings/kinds", "kinds", kinds)
    blueprint.add_url_rule("/settings/kinds", "save_kind", save_kind, methods=["POST"])


def kinds() -> str:
    """Show each such kind with who checked it, when, and against what."""
    return _page({})


def save_kind() -> Response:
    """Switch one kind on or off; the button that was pressed says which."""
    code = request.form.get("activate") or request.form.get("deactivate") or ""
    if code not in {kind.code for kind in _checkable()}:
        abort(400)
    if "activate" in request.form:
        return _activate(code)
    staff = current_staff()
    name, actor, now = staff.name, staff_actor(staff.id), clock.now()
    with transaction():
        deactivate(REGIME, code, name, actor=actor, now=now)
    flash(_("種別を選べないようにしました。"), "success")
    return redirect(url_for("admin.kinds"), 303)


def _activate(code: str) -> Response:
    form = KindForm(request.form, prefix=code)
    if not form.validate():
        return make_response(_page({code: form}), 400)
    actor, now = staff_actor(current_staff().id), clock.now()
    with transaction():
        activate(REGIME, code, form.check(), actor=actor, now=now)
    flash(_("種別を選べるようにしました。"), "success")
    return redirect(url_for("admin.kinds"), 303)


def _checkable() -> list[Kind]:
    today = clock.today()
    return [kind for kind in get_regime(REGIME).kinds.values() if kind.needs_activation and kind.is_valid_on(today)]


def _page(bound: Mapping[str, KindForm]) -> str:
    decisions, me, today = list_decisions(REGIME), current_staff().name, clock.today().isoformat()
    fresh = {kind.code: KindForm(prefix=kind.code, checked_by=me, checked_on=today) for kind in _checkable()}
    return render_template(
        "admin/kinds.html",
        rows=[(kind, decisions.get(kind.code), bound.get(kind.code) or fresh[kind.code]) for kind in _checkable()],
        certainty=certainty_of,
        lang=current_language(),
    )
