"""The services outside: one page each, read by everybody who answers, kept by managers and administrators."""

from datetime import date
from typing import Any

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import BooleanField, Form, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from desk import clock
from desk.accounts.permissions import Permission, may
from desk.accounts.staff import list_colleagues
from desk.db import db
from desk.events.trail import Actor, staff_actor
from desk.handling import services
from desk.handling.changing import ChangedMeanwhile
from desk.handling.services import NameTaken, ServiceWords
from desk.policy.models import OutsideService
from desk.policy.placing import Relation
from desk.policy.register import list_checks
from desk.transaction import transaction
from desk.web.choices import SelectChoice
from desk.web.fields import TOO_LONG, RowForm, a_day, a_past_day, day_of, lines_of, one_line
from desk.web.guard import current_staff

RELATIONS = {
    Relation.UNDECIDED: _l("未定"),
    Relation.ENTRUSTMENT: _l("委託"),
    Relation.PROVISION: _l("第三者提供"),
    Relation.TRANSMISSION: _l("外部送信"),
}
TEXTS = ("does", "holds", "contract", "vetting")
DAYS = ("vetted_on", "review_on")


def _text(label: object) -> TextAreaField:
    return TextAreaField(label, validators=[Length(max=2000, message=TOO_LONG)])  # type: ignore[arg-type]  # a lazy text


class ServiceForm(RowForm):
    """What is known of one service."""

    name = StringField(
        _l("名称"),
        validators=[DataRequired(_l("名称を入力してください")), Length(max=100, message=TOO_LONG)],
    )
    relation = SelectField(
        _l("法律上の関係"), choices=[SelectChoice(str(one), label) for one, label in RELATIONS.items()]
    )
    does = _text(_l("何をしているか"))
    holds = _text(_l("扱う情報"))
    country = StringField(_l("情報が保存される国"), validators=[Length(max=100, message=TOO_LONG)])
    contract = _text(_l("契約"))
    vetting = _text(_l("適格性の確認"))
    vetted_on = StringField(_l("確認した日"), validators=[Optional(), a_day])
    review_on = StringField(_l("次の見直し"), validators=[Optional(), a_day])
    is_used = BooleanField(_l("利用している"))

    def words(self) -> ServiceWords:
        """Return what was typed."""
        return ServiceWords(
            name=one_line(self.name),
            relation=Relation(self.relation.data),
            country=one_line(self.country),
            is_used=bool(self.is_used.data),
            does=lines_of(self.does),
            holds=lines_of(self.holds),
            contract=lines_of(self.contract),
            vetting=lines_of(self.vetting),
            vetted_on=day_of(self.vetted_on),
            review_on=day_of(self.review_on),
        )


class CheckForm(Form):
    """How the service was found to be set."""

    checked_on = StringField(
        _l("確認した日"), validators=[InputRequired(_l("確認した日を入力してください")), a_past_day]
    )
    seen = TextAreaField(
        _l("確認した設定"),
        validators=[DataRequired(_l("確認した設定を入力してください")), Length(max=2000, message=TOO_LONG)],
    )
    again_on = StringField(_l("次に確認する日"), validators=[Optional(), a_day])


def new_service() -> str:
    """Ask about a service that is not known yet."""
    return _page(None, ServiceForm(is_used=True))


def add_service() -> Response:
    """Add a service."""
    form = ServiceForm(request.form)
    if not form.validate():
        return make_response(_page(None, form), 400)
    try:
        with transaction():
            services.add_service(form.words(), actor=_actor(), now=clock.now())
    except NameTaken:
        return _taken(None, form)
    flash(_("サービスを登録しました。"), "success")
    return redirect(url_for("staff.register", _anchor="services"), 303)


def service(service_id: int) -> str:
    """Show a service."""
    row = _row(service_id)
    return _page(row, _form(row))


def change_service(service_id: int) -> Response:
    """Change what is known of a service."""
    row, form = _row(service_id), ServiceForm(request.form)
    if not form.validate():
        return make_response(_page(row, form), 400)
    try:
        with transaction():
            version, actor = form.row_version(), _actor()
            services.change_service(row, form.words(), version=version, actor=actor, now=clock.now())
    except NameTaken:
        return _taken(_row(service_id), form)
    except ChangedMeanwhile:
        row = _row(service_id)
        standing = _form(row)
        theirs = form.differences(standing)
        form.version.data = str(row.version)
        return make_response(_page(row, form, theirs), 409)
    flash(_("サービスの記録を保存しました。"), "success")
    return redirect(url_for("staff.register", _anchor="services"), 303)


def add_check(service_id: int) -> Response:
    """Write down how a service was found to be set."""
    row, form = _row(service_id), CheckForm(request.form)
    if not form.validate():
        return make_response(_page(row, _form(row), check=form), 400)
    with transaction():
        found = db.session.get_one(OutsideService, service_id, with_for_update=True, populate_existing=True)
        seen, on, again_on = lines_of(form.seen), date.fromisoformat(form.checked_on.data or ""), day_of(form.again_on)
        services.record_check(found, seen, on, again_on, actor=_actor(), now=clock.now())
    flash(_("設定の確認を記録しました。"), "success")
    return redirect(url_for("staff.service", service_id=service_id), 303)


def _taken(row: OutsideService | None, form: ServiceForm) -> Response:
    form.name.errors = [_("同じ名称のサービスがあります")]
    return make_response(_page(row, form), 400)


def _form(row: OutsideService) -> ServiceForm:
    said: dict[str, Any] = {name: getattr(row, name) for name in TEXTS}
    said |= {name: found.isoformat() if (found := getattr(row, name)) else "" for name in DAYS}
    return ServiceForm(
        version=str(row.version),
        name=row.name,
        relation=row.relation,
        country=row.country,
        is_used=row.is_used,
        **said,
    )


def _page(
    row: OutsideService | None,
    form: ServiceForm,
    theirs: list[tuple[str, object]] | None = None,
    check: CheckForm | None = None,
) -> str:
    return render_template(
        "staff/service.html",
        row=row,
        form=form,
        theirs=theirs or [],
        may_keep=may(current_staff().typed_role, Permission.KEEP_REGISTER),
        relations=RELATIONS,
        check=check or CheckForm(checked_on=clock.today().isoformat()),
        checks=list_checks(row.id) if row is not None else [],
        names={person.id: person.name for person in list_colleagues()},
    )


def _row(service_id: int) -> OutsideService:
    row = db.session.get(OutsideService, service_id, populate_existing=True) if service_id < 2**63 else None
    return row if row is not None else abort(404)


def _actor() -> Actor:
    return staff_actor(current_staff().id)
