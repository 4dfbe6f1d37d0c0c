"""What the company has settled about requests: one form; what the policy says differently is shown as an error."""

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from desk import clock
from desk.company.procedure import get_procedure
from desk.db import read_again
from desk.events.trail import staff_actor
from desk.handling.administration import ProcedureWords, change_procedure
from desk.handling.changing import ChangedMeanwhile
from desk.reporting.promises import contradictions_on
from desk.transaction import transaction
from desk.web.admin.procedure_form import BODY, LINES, ProcedureForm
from desk.web.fields import day_of, one_line
from desk.web.guard import current_staff


def add_routes(blueprint: Blueprint) -> None:
    """Put these pages under the door's blueprint."""
    blueprint.add_url_rule("/procedure", "procedure", procedure)
    blueprint.add_url_rule("/procedure", "save_procedure", save_procedure, methods=["POST"])


def procedure() -> str:
    """Show what is settled."""
    return _page(_standing(), [])


def save_procedure() -> Response:
    """Save what was settled."""
    form = ProcedureForm(request.form)
    if not form.validate():
        return make_response(_page(form, []), 400)
    try:
        with transaction():
            actor = staff_actor(current_staff().id)
            change_procedure(_words(form), version=form.row_version(), actor=actor, now=clock.now())
    except ChangedMeanwhile:
        read_again()
        standing = _standing()
        theirs = form.differences(standing)
        form.version.data = standing.version.data
        return make_response(_page(form, theirs), 409)
    flash(_("手続の定めを保存しました。"), "success")
    return redirect(url_for("admin.procedure"), 303)


def _standing() -> ProcedureForm:
    row = get_procedure()
    return ProcedureForm(
        **{name: getattr(row, name) for name in LINES},
        version=str(row.version),
        fee_yen=str(row.fee_yen),
        has_body=next(word for word, value in BODY.items() if value is row.has_body),
        commission_checked_on=row.commission_checked_on.isoformat() if row.commission_checked_on else "",
    )


def _words(form: ProcedureForm) -> ProcedureWords:
    return ProcedureWords(
        **{name: one_line(form[name]) for name in LINES},
        fee_yen=int(form.fee_yen.data or "0"),
        has_body=BODY[form.has_body.data],
        commission_checked_on=day_of(form.commission_checked_on),
    )


def _page(form: ProcedureForm, theirs: list[tuple[str, object]]) -> str:
    return render_template(
        "admin/procedure.html", form=form, theirs=theirs, contradictions=contradictions_on(clock.today())
    )
