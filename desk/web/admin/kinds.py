"""Kinds whose source somebody has to check before they are offered: as they stand, and switching them on and off."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from desk import clock
from desk.company.activation import list_decisions
from desk.events.trail import staff_actor
from desk.handling.kinds import activate, deactivate
from desk.law.regimes import REGIME, REGIMES, Kind, Regime, get_regime
from desk.transaction import transaction
from desk.web.admin.forms import KindForm
from desk.web.guard import current_staff
from desk.web.languages import current_language
from desk.web.words import certainty_of


@dataclass(frozen=True, slots=True)
class Checkable:
    """One kind under one law; `key` names it in forms."""

    law: Regime
    kind: Kind

    @property
    def key(self) -> str:
        """Return the kind's code, under another law than the default with the law before it."""
        return self.kind.code if self.law.code == REGIME else f"{self.law.code}-{self.kind.code}"


def add_routes(blueprint: Blueprint) -> None:
    """Put these pages under the door's blueprint."""
    blueprint.add_url_rule("/settings/kinds", "kinds", kinds)
    blueprint.add_url_rule("/settings/kinds", "save_kind", save_kind, methods=["POST"])


def kinds() -> str:
    """Show each such kind with who checked it, when, and against what."""
    return _page({})


def save_kind() -> Response:
    """Switch one kind on or off; the button that was pressed says which."""
    key = request.form.get("activate") or request.form.get("deactivate") or ""
    asked = {one.key: one for one in _checkable()}.get(key)
    if asked is None:
        abort(400)
    if "activate" in request.form:
        return _activate(asked)
    staff = current_staff()
    name, actor, now = staff.name, staff_actor(staff.id), clock.now()
    with transaction():
        deactivate(asked.law.code, asked.kind.code, name, actor=actor, now=now)
    flash(_("種別を選べないようにしました。"), "success")
    return redirect(url_for("admin.kinds"), 303)


def _activate(asked: Checkable) -> Response:
    form = KindForm(request.form, prefix=asked.key)
    if not form.validate():
        return make_response(_page({asked.key: form}), 400)
    actor, now = staff_actor(current_staff().id), clock.now()
    with transaction():
        activate(asked.law.code, asked.kind.code, form.check(), actor=actor, now=now)
    flash(_("種別を選べるようにしました。"), "success")
    return redirect(url_for("admin.kinds"), 303)


def _checkable() -> list[Checkable]:
    today = clock.today()
    return [
        Checkable(law, kind)
        for law in map(get_regime, REGIMES)
        for kind in law.kinds.values()
        if kind.needs_activation and kind.is_valid_on(today)
    ]


def _page(bound: Mapping[str, KindForm]) -> str:
    me, today = current_staff().name, clock.today().isoformat()
    decisions = {code: list_decisions(code) for code in REGIMES}
    laws: dict[str, list[tuple[object, ...]]] = {}
    for one in _checkable():
        form = bound.get(one.key) or KindForm(prefix=one.key, checked_by=me, checked_on=today)
        laws.setdefault(one.law.code, []).append((one, decisions[one.law.code].get(one.kind.code), form))
    return render_template(
        "admin/kinds.html",
        laws=[(get_regime(code), rows) for code, rows in laws.items()],
        default=REGIME,
        certainty=certainty_of,
        lang=current_language(),
    )
