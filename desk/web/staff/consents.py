"""The consent register: who has consented to what, looked up by e-mail address, and written down."""

from typing import Any

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import EmailField, Form, SelectField, StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length

from desk import clock
from desk.accounts.permissions import Permission, may
from desk.events.kinds import EventKind
from desk.events.trail import record, staff_actor
from desk.handling.consents import BadEmail, ConsentWords, Who, mark_of, people_of, record_consent
from desk.policy.consents import Consent, list_consents_of, list_newest_consents
from desk.policy.register import list_versions
from desk.tickets.models import Channel
from desk.tickets.words import CHANNELS
from desk.transaction import transaction
from desk.web.choices import SelectChoice
from desk.web.fields import TOO_LONG, a_past_day, day_of, lines_of, one_line, read_number
from desk.web.guard import current_staff

PAGE = 30
GIVEN_BY = (Channel.FORM, Channel.MAIL, Channel.PHONE, Channel.LETTER, Channel.STAFF)


class SearchConsentsForm(Form):
    """Whose consents."""

    email = EmailField(_l("メールアドレス"), validators=[InputRequired(_l("メールアドレスを入力してください"))])

    def validate_email(self, field: EmailField) -> None:
        """Take an address."""
        try:
            mark_of(field.data or "")
        except BadEmail:
            raise ValidationError(_("メールアドレスを正しく入力してください（例：taro@example.jp）")) from None


class ConsentForm(SearchConsentsForm):
    """One consent."""

    name = StringField(_l("お名前"), validators=[Length(max=200, message=TOO_LONG)])
    version = SelectField(_l("対象"), validate_choice=False)
    wording = TextAreaField(
        _l("同意をいただいた文面"),
        validators=[DataRequired(_l("同意をいただいた文面を入力してください")), Length(max=2000, message=TOO_LONG)],
    )
    given_on = StringField(
        _l("同意をいただいた日"), validators=[InputRequired(_l("同意をいただいた日を入力してください")), a_past_day]
    )
    channel = SelectField(_l("方法"), choices=[SelectChoice(str(one), CHANNELS[one]) for one in GIVEN_BY])

    def offer(self) -> None:
        """Fill in which versions there are."""
        versions = [(str(row.id), _("第%(number)s版の利用目的", number=row.number)) for row in list_versions()]
        self.version.choices = [("", _("そのほか（文面のとおり）")), *versions]

    def validate_version(self, field: SelectField) -> None:
        """Take a version that there is."""
        if field.data and field.data not in {str(row.id) for row in list_versions()}:
            raise ValidationError(_("対象を選び直してください"))

    def words(self) -> ConsentWords:
        """Return what was typed."""
        given_on = day_of(self.given_on)
        assert given_on is not None  # noqa: S101 - the form was found right
        return ConsentWords(
            who=Who(one_line(self.name), (self.email.data or "").strip()),
            wording=lines_of(self.wording),
            version_id=int(self.version.data) if self.version.data else None,
            given_on=given_on,
            channel=Channel(self.channel.data),
        )


def consents() -> str:
    """Show the newest consents, a page at a time."""
    before = read_number(request.args.get("before"))
    rows = list(list_newest_consents(before, PAGE + 1))
    more = rows[PAGE - 1].id if len(rows) > PAGE else None
    return _page(rows[:PAGE], SearchConsentsForm(), ConsentForm(prefix="new-"), next_id=more)


def search_consents() -> Response:
    """Show one person's consents; the trail has that somebody looked, and not for whom."""
    form = SearchConsentsForm(request.form)
    if not form.validate():
        return make_response(_page([], form, ConsentForm(prefix="new-"), is_search=True), 400)
    rows = list(list_consents_of({mark_of(form.email.data or "")}))
    with transaction():
        facts = {"hits": len(rows)}
        record(EventKind.SEARCHED, actor=staff_actor(current_staff().id), at=clock.now(), facts=facts)
    return make_response(_page(rows, form, ConsentForm(prefix="new-"), is_search=True))


def add_consent() -> Response:
    """Write a consent down."""
    form = ConsentForm(request.form, prefix="new-")
    if not form.validate():
        return make_response(_page([], SearchConsentsForm(), form), 400)
    with transaction():
        _row, is_new = record_consent(form.words(), actor=staff_actor(current_staff().id), now=clock.now())
    flash(_("同意を記録しました。") if is_new else _("同じ同意がすでに記録されています。"), "success")
    return redirect(url_for("staff.consents"), 303)


def _page(
    rows: list[Consent], search: SearchConsentsForm, form: ConsentForm, *, is_search: bool = False, **more: Any
) -> str:
    form.offer()
    return render_template(
        "staff/consents.html",
        rows=rows,
        people=people_of(rows),
        numbers={row.id: row.number for row in list_versions()},
        search=search,
        form=form,
        is_search=is_search,
        next_id=more.get("next_id"),
        may_add=may(current_staff().typed_role, Permission.WORK_TICKETS),
    )
