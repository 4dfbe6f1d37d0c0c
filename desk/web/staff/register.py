"""What the policy promises and what to answer where it falls short: for everybody who answers, settled by managers."""

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import BooleanField, SelectField, StringField, TextAreaField, ValidationError
from wtforms.validators import Length, Optional

from desk import clock
from desk.accounts.models import Staff
from desk.accounts.permissions import Permission, may
from desk.accounts.staff import list_staff
from desk.handling.changing import ChangedMeanwhile
from desk.handling.policies import GapCare, care_for_gap
from desk.policy.gaps import rules
from desk.policy.register import list_services, list_settled_gaps, read_version, version_on
from desk.reporting.promises import open_gaps
from desk.transaction import transaction
from desk.web.fields import TOO_LONG, RowForm, a_day, day_of, lines_of
from desk.web.guard import current_staff
from desk.web.languages import current_language
from desk.web.staff.services import RELATIONS


class CareForm(RowForm):
    """Who sees to a gap, until when, and what to answer meanwhile."""

    owner = SelectField(_l("担当"), validate_choice=False)
    due_on = StringField(_l("直す期限"), validators=[Optional(), a_day])
    answer_ja = TextAreaField(_l("当面の回答（日本語）"), validators=[Length(max=2000, message=TOO_LONG)])
    answer_en = TextAreaField(_l("当面の回答（英語）"), validators=[Length(max=2000, message=TOO_LONG)])
    approved = BooleanField(_l("この回答を承認する"))

    def validate_owner(self, field: SelectField) -> None:
        """Take somebody who is there."""
        if field.data and field.data not in {str(one.id) for one in _owners()}:
            raise ValidationError(_("担当を選び直してください"))

    def care(self) -> GapCare:
        """Return what was settled."""
        return GapCare(
            owner_id=int(self.owner.data) if self.owner.data else None,
            due_on=day_of(self.due_on),
            answer_ja=lines_of(self.answer_ja),
            answer_en=lines_of(self.answer_en),
            is_approved=bool(self.approved.data),
        )


def register() -> str:
    """Show the promises and the gaps."""
    return _page({})


def care(code: str) -> Response:
    """Write down what is done about one gap."""
    if code not in {rule.code for rule in rules()}:
        abort(404)
    form = CareForm(request.form, prefix=f"{code}-")
    if not form.validate():
        return make_response(_page({code: form}), 400)
    try:
        with transaction():
            version, staff_id = form.row_version(), current_staff().id
            care_for_gap(code, form.care(), version=version, staff_id=staff_id, now=clock.now())
    except ChangedMeanwhile:
        settled = list_settled_gaps().get(code)
        form.version.data = str(settled.version if settled else 0)
        return make_response(_page({code: form}, changed=code), 409)
    flash(_("対応を保存しました。"), "success")
    return redirect(url_for("staff.register", _anchor=f"gap-{code}"), 303)


def _page(bound: dict[str, CareForm], changed: str = "") -> str:
    version = version_on(clock.today())
    read = read_version(version) if version is not None else None
    settled, owners = list_settled_gaps(), _owners()
    gaps = open_gaps(read) if read is not None else []
    forms = {gap.rule.code: bound.get(gap.rule.code) or _form(gap.rule.code) for gap in gaps}
    for form in forms.values():
        form.owner.choices = [("", _("なし")), *((str(one.id), one.name) for one in owners)]
    return render_template(
        "staff/register.html",
        version=version,
        read=read,
        gaps=gaps,
        forms=forms,
        settled=settled,
        names={one.id: one.name for one in list_staff()},
        changed=changed,
        services=list_services(),
        relations=RELATIONS,
        may_keep=may(current_staff().role, Permission.KEEP_REGISTER),
        may_read_people=may(current_staff().role, Permission.READ_TICKETS),
        lang=current_language(),
    )


def _form(code: str) -> CareForm:
    row = list_settled_gaps().get(code)
    if row is None:
        return CareForm(prefix=f"{code}-", version="0", owner="")
    return CareForm(
        prefix=f"{code}-",
        version=str(row.version),
        owner=str(row.owner_id or ""),
        due_on=row.due_on.isoformat() if row.due_on else "",
        answer_ja=row.answer_ja,
        answer_en=row.answer_en,
        approved=row.approved_at is not None,
    )


def _owners() -> list[Staff]:
    return [one for one in list_staff() if one.is_active]
