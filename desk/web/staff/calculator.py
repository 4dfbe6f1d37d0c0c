"""The calculator: the dates of any case by any law, explained line by line; nothing of it is kept."""

from datetime import date, datetime, time

from flask import render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import FieldList, Form, FormField, SelectField, StringField, ValidationError

from desk import clock
from desk.clock import TOKYO
from desk.handling.calendars import desk_calendar
from desk.law.deadlines import Clock, ClockEvent, compute
from desk.law.errors import LawError
from desk.law.regimes import REGIME, REGIMES, get_regime
from desk.law.waits import EventType
from desk.web.choices import SelectChoice
from desk.web.fields import a_day
from desk.web.filters import bracketed
from desk.web.languages import current_language

ROWS = 4
MOST_ROWS = 20
EVENTS = {
    "": _l("なし"),
    EventType.WAIT_IDENTITY: _l("本人確認の書類を待ち始めた"),
    EventType.WAIT_CORRECTION: _l("内容の補正を待ち始めた"),
    EventType.WAIT_FEE: _l("手数料を待ち始めた"),
    EventType.RESUMED: _l("待ちが終わった"),
    EventType.RECAST: _l("種別を変更した"),
    EventType.CLARIFIED: _l("内容が確かめられた"),
    EventType.EXTENDED: _l("お時間をいただくことを伝えた"),
    EventType.NOTIFIED: _l("結果を通知した"),
    EventType.CLOSED: _l("終了した"),
    EventType.REOPENED: _l("再開した"),
}


class EventForm(Form):
    """One thing that happened, and when; for a recast also what the case became."""

    type = SelectField(
        _l("経過"), default="", choices=[SelectChoice(str(type_), words) for type_, words in EVENTS.items()]
    )
    on = StringField(_l("日付"))
    kind = SelectField(_l("変更後の種別"), validate_choice=False)

    def validate_on(self, field: StringField) -> None:
        """Ask for a day where something happened. Raises `ValidationError`."""
        if self.type.data:
            a_day(self, field)

    def validate_kind(self, field: SelectField) -> None:
        """Ask for a kind where it was recast. Raises `ValidationError`."""
        if self.type.data == EventType.RECAST and field.data not in get_regime(REGIME).kinds:
            raise ValidationError(_("変更後の種別を選択してください"))


class CalculatorForm(Form):
    """A case as far as its dates depend on it."""

    law = SelectField(_l("適用する法令"))
    kind = SelectField(_l("種別"))
    received_on = StringField(_l("到達した日"), [a_day])
    received_at = StringField(_l("到達した時刻（日本時間）"))
    events = FieldList(FormField(EventForm), min_entries=ROWS, max_entries=MOST_ROWS)

    def validate_received_at(self, field: StringField) -> None:
        """Take a time of day, or none. Raises `ValidationError`."""
        try:
            time.fromisoformat(field.data or "00:00")
        except ValueError as error:
            raise ValidationError(_("時刻は 09:30 の形で入力してください")) from error


def calculator() -> str:
    """Show the form, and the dates once it is filled in."""
    form = CalculatorForm(request.args) if "law" in request.args else CalculatorForm()
    language = current_language()
    form.law.choices = [(code, get_regime(code).name.get(language)) for code in REGIMES]
    kinds = [(kind.code, bracketed(kind.name.get(language), kind.code)) for kind in get_regime(REGIME).kinds.values()]
    form.kind.choices = kinds
    for row in form.events:
        row.form.kind.choices = [("", _("選択してください")), *kinds]
    reckoned = None
    if "law" not in request.args:
        form.law.data, form.received_on.data = REGIME, clock.today().isoformat()
    elif form.validate():
        reckoned = _reckon(form)
    law = get_regime(form.law.data) if form.law.data in REGIMES else get_regime(REGIME)
    return render_template("staff/calculator.html", form=form, clock=reckoned, law=law, lang=language)


def _reckon(form: CalculatorForm) -> Clock | None:
    """Reckon what the form says; what contradicts itself is said at the form."""
    law, on = get_regime(form.law.data), date.fromisoformat(form.received_on.data or "")
    received = datetime.combine(on, time.fromisoformat(form.received_at.data), TOKYO) if form.received_at.data else on
    if form.kind.data not in law.kinds:
        form.kind.errors = [_("この法令には、この種別の定めがありません")]
        return None
    events = [
        ClockEvent(
            row.form.type.data,
            date.fromisoformat(row.form.on.data or ""),
            row.form.kind.data if row.form.type.data == EventType.RECAST else None,
        )
        for row in form.events
        if row.form.type.data
    ]
    try:
        return compute(law, form.kind.data, received, events, desk_calendar(), as_of=clock.today())
    except LawError:
        form.received_on.errors = [
            _("この経過はつじつまが合わないか、暦の範囲を超えています。日付と順序を確認してください")
        ]
        return None
