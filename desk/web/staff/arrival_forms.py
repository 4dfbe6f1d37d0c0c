"""What staff fill in for somebody who telephones, writes a letter or comes by: a new request, or more on a ticket."""

from datetime import date, datetime, time, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    EmailField,
    Form,
    HiddenField,
    MultipleFileField,
    RadioField,
    SelectField,
    StringField,
    TelField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import DataRequired, Length, Optional

from desk import clock
from desk.clock import TOKYO
from desk.handling.recording import CHANNELS, Arrival
from desk.tickets.asking import Problem
from desk.tickets.models import Channel
from desk.tickets.words import CHANNELS as CHANNEL_NAMES
from desk.tickets.words import POPULATIONS
from desk.web.choices import SelectChoice
from desk.web.fields import a_past_day
from desk.web.staff.forms import LONG, OnceForm

OLDEST = timedelta(days=366)
"""How long ago something may have arrived that is written down today."""

METHODS = {"electronic": _l("電子データ"), "paper": _l("書面"), "other": _l("その他の方法")}
RELATIONS = {
    "": _l("選択してください"),
    "statutory": _l("法定代理人"),
    "appointed": _l("委任による代理人"),
    "lawyer": _l("弁護士など"),
    "other": _l("その他"),
}


class ArrivalForm(Form):
    """How and when something arrived."""

    channel = RadioField(
        _l("届いた方法"), default=Channel.PHONE, choices=[SelectChoice(one, CHANNEL_NAMES[one]) for one in CHANNELS]
    )
    arrived_on = StringField(_l("届いた日"), [a_past_day])
    arrived_at = StringField(_l("届いた時刻（日本時間）"))

    def validate_arrived_on(self, field: StringField) -> None:
        """Refuse what arrived too long ago. Raises `ValidationError`."""
        if not field.errors and date.fromisoformat(field.data or "") < clock.today() - OLDEST:
            raise ValidationError(_("1年以上前の日付です。日付を確認してください"))

    def validate_arrived_at(self, field: StringField) -> None:
        """Take a time of day that has been, or none. Raises `ValidationError`."""
        try:
            time.fromisoformat(field.data or "00:00")
        except ValueError as error:
            raise ValidationError(_("時刻は 09:30 の形で入力してください")) from error
        if not self.arrived_on.errors and self.arrival_at() > clock.now():
            raise ValidationError(_("これから届く日時は入力できません"))

    def arrival_at(self) -> datetime:
        """Return when it arrived; without a time at the day's beginning, which gives nobody more time."""
        on, at = date.fromisoformat(self.arrived_on.data or ""), time.fromisoformat(self.arrived_at.data or "00:00")
        return datetime.combine(on, at.replace(tzinfo=None), TOKYO)

    def arrived_now(self) -> None:
        """Begin with this minute."""
        now = clock.now().astimezone(TOKYO)
        self.arrived_on.data, self.arrived_at.data = now.date().isoformat(), f"{now:%H:%M}"


class NewTicketForm(ArrivalForm):
    """A request as staff heard or read it; its bounds are those of the public form (`desk.tickets.asking`)."""

    nonce = HiddenField(validators=[Length(min=20, max=100)])
    posted_on = StringField(_l("消印の日付"), [Optional(), a_past_day])
    tracking = StringField(_l("書留番号・封筒の記載"), [Length(max=200, message=_l("200文字以内で入力してください"))])
    language = SelectField(
        _l("ご本人の言語"), default="ja", choices=[SelectChoice("ja", _l("日本語")), SelectChoice("en", _l("英語"))]
    )
    kind = SelectField(_l("種別"), default="", validate_choice=False)
    population = SelectField(
        _l("区分"),
        default="",
        validate_choice=False,
        choices=[SelectChoice("", _l("選択してください")), *(SelectChoice(*one) for one in POPULATIONS.items())],
    )
    about = StringField(_l("対象となる情報"))
    body = TextAreaField(_l("お話・お手紙の内容"))
    method = SelectField(
        _l("希望された受け取り方"),
        default="electronic",
        validate_choice=False,
        choices=[SelectChoice(*one) for one in METHODS.items()],
    )
    uploads = MultipleFileField(_l("お手紙などの画像"))
    acts = RadioField(
        _l("どなたからのお申し出か"),
        default="self",
        choices=[SelectChoice("self", _l("ご本人")), SelectChoice("agent", _l("代理人"))],
    )
    agent_name = StringField(_l("代理人のお名前"))
    agent_relation = SelectField(
        _l("ご本人との関係"),
        default="",
        validate_choice=False,
        choices=[SelectChoice(*one) for one in RELATIONS.items()],
    )
    agent_email = EmailField(_l("代理人のメールアドレス"))
    agent_phone = TelField(_l("代理人の電話番号"))
    agent_postal_code = StringField(_l("代理人の郵便番号"))
    agent_address = StringField(_l("代理人の住所"))
    name = StringField(_l("お名前"))
    reading = StringField(_l("ふりがな"))
    company = StringField(_l("会社名"))
    department = StringField(_l("部署名"))
    email = EmailField(_l("メールアドレス"))
    phone = TelField(_l("電話番号"))
    postal_code = StringField(_l("郵便番号"))
    address = StringField(_l("住所"))

    def validate_posted_on(self, field: StringField) -> None:
        """Refuse a postmark of a later day than the arrival. Raises `ValidationError`."""
        if self.arrived_on.errors or field.errors or not field.data:
            return
        if date.fromisoformat(field.data) > date.fromisoformat(self.arrived_on.data or ""):
            raise ValidationError(_("消印の日付が、届いた日より後です"))

    def arrival(self) -> Arrival:
        """Return how and when it arrived."""
        posted = date.fromisoformat(self.posted_on.data) if self.posted_on.data else None
        return Arrival(Channel(self.channel.data), self.arrival_at(), posted, (self.tracking.data or "").strip())

    def show(self, problems: dict[str, Problem]) -> None:
        """Write what is wrong beside the fields."""
        for name, problem in problems.items():
            field: Any = self[name]
            words = WRONG.get((name, problem)) or WRONG["", problem]
            field.errors = [words % {"label": field.label.text}]


class RecordContactForm(ArrivalForm, OnceForm):
    """What a person has told the desk about a ticket that there is."""

    text = TextAreaField(_l("お話・お手紙の内容"), [DataRequired(_l("内容を入力してください")), LONG])
    files = MultipleFileField(_l("お手紙などの画像"))


WRONG: dict[tuple[str, Problem], Any] = {
    ("", Problem.MISSING): _l("「%(label)s」を入力してください"),
    ("", Problem.TOO_LONG): _l("「%(label)s」の文字数が多すぎます。短くしてください"),
    ("", Problem.NOT_A_CHOICE): _l("「%(label)s」を選択してください"),
    ("", Problem.NOT_AN_EMAIL): _l("メールアドレスを確認してください"),
    ("", Problem.NOT_A_PHONE): _l("電話番号を確認してください"),
    ("", Problem.NO_WAY_TO_REPLY): _l("メールアドレス、住所、電話番号のいずれかを入力してください"),
    ("", Problem.ADDRESS_FOR_PAPER): _l("書面を送るため、住所を入力してください"),
    ("name", Problem.MISSING): _l("お名前を入力してください。名乗られない場合は「匿名」と入力します"),
    ("body", Problem.MISSING): _l("内容を入力してください"),
    ("body", Problem.TOO_LONG): _l("1万文字以内で入力してください。長いお手紙は画像を添付してください"),
}
"""What is wrong with an answer, for staff; `label` is what the field is called."""
