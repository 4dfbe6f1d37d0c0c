"""Uses beyond the purposes: anybody who works on cases asks, a manager allows by a ground of the Act or refuses."""

from typing import Any

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import Form, SelectField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from desk import clock
from desk.accounts.permissions import Permission, may
from desk.accounts.staff import list_staff
from desk.db import db
from desk.events.trail import staff_actor
from desk.handling import uses as verbs
from desk.handling.changing import ChangedMeanwhile
from desk.policy.uses import Ground, OtherUse, list_uses
from desk.transaction import transaction
from desk.web.choices import SelectChoice
from desk.web.fields import TOO_LONG, lines_of, read_number
from desk.web.guard import current_staff

PAGE = 30
REFUSED = "refused"
GROUNDS: dict[str, Any] = {
    Ground.CONSENT: _l("ご本人の同意（18条1項）"),
    Ground.LAW: _l("法令に基づく場合（18条3項1号）"),
    Ground.LIFE: _l("生命、身体又は財産の保護（18条3項2号）"),
    Ground.HEALTH: _l("公衆衛生、児童の健全な育成（18条3項3号）"),
    Ground.STATE: _l("国の機関等への協力（18条3項4号）"),
    Ground.RESEARCH: _l("学術研究機関による学術研究（18条3項5号）"),
    Ground.TO_RESEARCH: _l("学術研究機関への提供（18条3項6号）"),
}
LONG = Length(max=2000, message=TOO_LONG)


class AskForm(Form):
    """Which use."""

    what = TextAreaField(
        _l("使いたい情報、使いみちと理由"),
        validators=[DataRequired(_l("使いたい情報、使いみちと理由を入力してください")), LONG],
    )


class DecideForm(Form):
    """What is decided."""

    ground = SelectField(
        _l("判断"),
        choices=[
            SelectChoice("", _l("選択してください")),
            SelectChoice(REFUSED, _l("認めない")),
            *(SelectChoice(str(one), label) for one, label in GROUNDS.items()),
        ],
        validators=[InputRequired(_l("判断を選んでください"))],
    )
    reason = TextAreaField(_l("判断の理由"), validators=[DataRequired(_l("判断の理由を入力してください")), LONG])


def uses() -> str:
    """Show what was asked and decided, a page at a time."""
    return _page()


def ask_use() -> Response:
    """Write down a use that somebody wants to make."""
    form = AskForm(request.form)
    if not form.validate():
        return make_response(_page(form), 400)
    with transaction():
        verbs.ask_use(lines_of(form.what), actor=staff_actor(current_staff().id), now=clock.now())
    flash(_("目的外の利用の申請を記録しました。認められるまで利用しないでください。"), "success")
    return redirect(url_for("staff.uses"), 303)


def decide_use(use_id: int) -> Response:
    """Allow a use, or refuse it."""
    if use_id >= 2**63 or db.session.get(OtherUse, use_id) is None:
        abort(404)
    form = DecideForm(request.form, prefix=f"use-{use_id}-")
    if not form.validate():
        return make_response(_page(bound={use_id: form}), 400)
    ground = None if form.ground.data == REFUSED else Ground(form.ground.data)
    try:
        with transaction():
            actor = staff_actor(current_staff().id)
            verbs.decide_use(use_id, ground, lines_of(form.reason), actor=actor, now=clock.now())
    except ChangedMeanwhile:
        db.session.expire_all()
        return make_response(_page(late=use_id, bound={use_id: form}), 409)
    flash(_("判断を記録しました。"), "success")
    return redirect(url_for("staff.uses"), 303)


def _page(ask: AskForm | None = None, bound: dict[int, DecideForm] | None = None, late: int = 0) -> str:
    found = list(list_uses(read_number(request.args.get("before")), PAGE + 1))
    rows, bound = found[:PAGE], bound or {}
    role = current_staff().typed_role
    return render_template(
        "staff/uses.html",
        rows=rows,
        next_id=rows[-1].id if len(found) > PAGE else None,
        forms={row.id: bound.get(row.id) or DecideForm(prefix=f"use-{row.id}-") for row in rows},
        ask=ask or AskForm(),
        late=late,
        grounds=GROUNDS,
        names={person.id: person.name for person in list_staff()},
        may_ask=may(role, Permission.WORK_TICKETS),
        may_decide=may(role, Permission.DECIDE_USES),
    )
