"""The request form: its fields, its three steps, and the words for what is wrong."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _
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
)
from wtforms.validators import InputRequired

from desk.tickets.asking import DISCLOSING, Asked, Problem
from desk.web.choices import SelectChoice
from desk.web.public.choices import ACTS, METHODS, POPULATIONS, RELATIONS

STEPS = ("content", "contact", "review")

FIELDS_OF: dict[str, tuple[str, ...]] = {
    "content": ("population", "about", "body", "method"),
    "contact": (
        "acts",
        "agent_name",
        "agent_relation",
        "agent_email",
        "agent_phone",
        "agent_postal_code",
        "agent_address",
        "name",
        "reading",
        "company",
        "department",
        "email",
        "phone",
        "postal_code",
        "address",
    ),
    "review": (),
}
"""Which fields each step shows; the others travel hidden."""


class RequestForm(Form):
    """All fields of all steps; which are asked depends on the step and the kind."""

    kind = HiddenField()
    population = RadioField(_("あなたについて"), choices=POPULATIONS, validators=[InputRequired()])
    about = StringField(_("対象となる情報"))
    body = TextAreaField(_("内容"), validators=[InputRequired()])
    method = RadioField(_("受け取り方のご希望"), choices=METHODS, validators=[InputRequired()])
    uploads = MultipleFileField(_("添付ファイル"))
    acts = RadioField(_("どなたがお申し出になりますか"), choices=ACTS, default="self")
    agent_name = StringField(_("代理人のお名前"), validators=[InputRequired()])
    agent_relation = SelectField(
        _("本人とのご関係"), choices=(SelectChoice("", _("選択してください")), *RELATIONS), validators=[InputRequired()]
    )
    agent_email = EmailField(_("代理人のメールアドレス"))
    agent_phone = TelField(_("代理人の電話番号"))
    agent_postal_code = StringField(_("代理人の郵便番号"))
    agent_address = StringField(_("代理人の住所"))
    name = StringField(_("お名前"), validators=[InputRequired()])
    reading = StringField(_("ふりがな"))
    company = StringField(_("会社名"))
    department = StringField(_("部署名"))
    email = EmailField(_("メールアドレス"))
    phone = TelField(_("電話番号"))
    postal_code = StringField(_("郵便番号"))
    address = StringField(_("住所"))

    def show(self, problems: Mapping[str, Problem]) -> None:
        """Write what is wrong beside the fields."""
        for name, problem in problems.items():
            field: Any = self._fields.get(name)
            if field is not None:
                field.errors = [message(name, problem)]


def asked_fields(step: str, kind: str) -> tuple[str, ...]:
    """Return the fields that a step asks of a kind."""
    names = FIELDS_OF[step]
    return tuple(name for name in names if name != "method" or kind in DISCLOSING)


def step_of(name: str) -> str:
    """Return the step on which a field stands."""
    return next((step for step, names in FIELDS_OF.items() if name in names), "content")


def message(name: str, problem: Problem) -> object:
    """Return the sentence that says what to do about a problem."""
    return MESSAGES.get((name, problem)) or MESSAGES.get(("", problem)) or _("入力内容を確認してください")


MESSAGES: dict[tuple[str, Problem], object] = {
    ("", Problem.TOO_LONG): _("文字数が多すぎます。短くしてください"),
    ("", Problem.NOT_A_CHOICE): _("1つ選択してください"),
    ("", Problem.MISSING): _("入力してください"),
    ("", Problem.NOT_AN_EMAIL): _("メールアドレスを正しく入力してください（例：taro@example.jp）"),
    ("", Problem.NOT_A_PHONE): _("電話番号を正しく入力してください（例：03-1234-5678）"),
    ("body", Problem.MISSING): _("内容を入力してください"),
    ("body", Problem.TOO_LONG): _("内容は1万文字以内で入力してください。長い資料は添付してください"),
    ("name", Problem.MISSING): _("お名前を入力してください"),
    ("population", Problem.NOT_A_CHOICE): _("あなたについて、1つ選択してください"),
    ("method", Problem.NOT_A_CHOICE): _("受け取り方のご希望を選択してください"),
    ("email", Problem.NO_WAY_TO_REPLY): _(
        "お返事をお送りするため、メールアドレスを入力してください（お持ちでない場合は、下の住所を入力してください）"
    ),
    ("address", Problem.ADDRESS_FOR_PAPER): _("書面をお送りするため、住所を入力してください"),
    ("agent_name", Problem.MISSING): _("代理人のお名前を入力してください"),
    ("agent_relation", Problem.NOT_A_CHOICE): _("本人とのご関係を選択してください"),
    ("agent_email", Problem.NO_WAY_TO_REPLY): _(
        "お返事は代理人の方にお送りします。代理人のメールアドレスか住所を入力してください"
    ),
}

UPLOAD_MESSAGES = {
    "too_large": _("10MBを超えるファイルがありました。小さくするか、分けてお送りください"),
    "not_allowed": _(
        "受け取れない種類のファイルがありました。PDF、画像、Word、Excel、ZIP、テキストのいずれかにしてください"
    ),
    "too_many": _("ファイルは5つまで添付できます。6つ目以降は受け取っていません"),
    "storage": _("いま、ファイルをお預かりできません。少し時間をおいてもう一度お試しください"),
}


def hidden_answers(asked: Asked, shown: tuple[str, ...]) -> dict[str, str]:
    """Return the answers that travel hidden because another step shows them."""
    answers = {name: getattr(asked, name) for name in Asked.__dataclass_fields__}
    return {name: text for name, text in answers.items() if name not in shown and text}
