"""What staff fill in on a ticket; every form carries the version of the ticket that it was made from."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    Field,
    Form,
    HiddenField,
    IntegerField,
    MultipleFileField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import AnyOf, DataRequired, InputRequired, Length
from wtforms.widgets import HiddenInput

from desk.addresses import is_mailable, plain_address
from desk.tickets.wordings import UNFILLED
from desk.web.fields import a_coming_day

MOST_CHARS = 20_000

LONG = Length(max=MOST_CHARS, message=_l("20,000文字以内で入力してください"))
SHORT = Length(max=500, message=_l("500文字以内で入力してください"))


def filled_in(_form: Form, field: Field) -> None:
    """Refuse a text in which a part of the draft still waits for staff to write it. Raises `ValidationError`."""
    if UNFILLED.search(field.data or ""):
        raise ValidationError(_("下書きの［要記入：…］の部分を書き換えるか、消してください"))


class TicketForm(Form):
    """A form about one ticket. The check against forgery is made for every request, before any form."""

    version = IntegerField(widget=HiddenInput(), validators=[InputRequired()])
    seen = HiddenField()
    """The newest event on the page that the form stood on."""

    @property
    def texts(self) -> list[Any]:
        """Return the fields that hold words somebody typed."""
        return [field for field in self if isinstance(field, TextAreaField)]

    @property
    def others(self) -> list[Any]:
        """Return the remaining fields, which a page carries along unseen."""
        about = {"version", "seen", "files"}
        return [field for field in self if field.short_name not in about and not isinstance(field, TextAreaField)]


class OnceForm(TicketForm):
    """A form that leaves a message: its nonce makes a second sending find the first."""

    nonce = HiddenField(validators=[Length(min=20, max=100)])


class OfferedField(SelectField):
    """A choice among what is offered; what went meanwhile, as a colleague who left, is said in the page's words."""

    def pre_validate(self, form: Any) -> None:
        """Refuse what is not offered. Raises `ValidationError`."""
        try:
            super().pre_validate(form)
        except ValidationError as error:
            raise ValidationError(_("いまは選べません。もう一度選んでください")) from error


class AnswerForm(OnceForm):
    """What is answered to the person."""

    text = TextAreaField(_l("回答の内容"), [DataRequired(_l("回答を入力してください")), LONG, filled_in])
    by_mail = BooleanField(_l("メールに本文も載せる"))
    files = MultipleFileField(_l("お渡しするファイル"))


class NoteForm(OnceForm):
    """What staff keep among themselves."""

    text = TextAreaField(_l("内部メモ"), [DataRequired(_l("メモを入力してください")), LONG])


class WaitForm(OnceForm):
    """What the person is asked for."""

    reason = OfferedField(_l("待つもの"))
    text = TextAreaField(_l("お願いする内容"), [DataRequired(_l("お願いする内容を入力してください")), LONG, filled_in])


class CloseForm(OnceForm):
    """How the ticket ends."""

    outcome = OfferedField(_l("結果"), [DataRequired(_l("結果を選択してください"))])
    text = TextAreaField(_l("結果についてお伝えする内容"), [LONG, filled_in])


class AssignForm(TicketForm):
    """Who works on the ticket."""

    to = OfferedField(_l("担当者"))


class EscalateForm(TicketForm):
    """Why a manager should take it."""

    to = OfferedField(_l("引き継ぐ管理者"))
    text = TextAreaField(_l("引き継ぐ理由"), [DataRequired(_l("引き継ぐ理由を入力してください")), LONG])


class RecastForm(TicketForm):
    """Which kind it really is."""

    kind = OfferedField(_l("新しい種別"))
    text = TextAreaField(_l("変更する理由"), [DataRequired(_l("変更する理由を入力してください")), LONG])


class ChooseLawForm(TicketForm):
    """Under which law the case is handled, and why."""

    law = OfferedField(_l("適用する法令"))
    text = TextAreaField(_l("変更する理由"), [DataRequired(_l("変更する理由を入力してください")), LONG])


class TellDelayForm(OnceForm):
    """By when the answer is expected instead, and why it takes longer."""

    expected_on = StringField(_l("ご回答の予定日"), [a_coming_day])
    text = TextAreaField(
        _l("理由と現在の状況"), [DataRequired(_l("理由と現在の状況を入力してください")), LONG, filled_in]
    )


class MoveForm(TicketForm):
    """Where the work stands."""

    target = OfferedField(_l("状態"))


class AskedAddressForm(TicketForm):
    """Which address that waits is meant: the one that the page showed."""

    asked = HiddenField()


class InvolveForm(TicketForm):
    """Which service outside must act, and how far it is."""

    service = OfferedField(_l("外部のサービス"))
    stage = OfferedField(_l("対応の段階"))


class WithdrawConsentForm(TicketForm):
    """Which consent the person has withdrawn."""

    consent = OfferedField(_l("撤回された同意"))


class ReopenForm(TicketForm):
    """Why it is taken up again."""

    text = TextAreaField(_l("再開する理由"), [DataRequired(_l("再開する理由を入力してください")), LONG])


class ChangeAddressForm(TicketForm):
    """Where the desk is to write instead."""

    email = StringField(_l("新しいメールアドレス"), [DataRequired(_l("メールアドレスを入力してください"))])
    text = TextAreaField(_l("変更する理由"), [DataRequired(_l("変更する理由を入力してください")), LONG])

    def validate_email(self, field: StringField) -> None:
        """Refuse what the desk cannot send to. Raises `ValidationError`."""
        field.data = plain_address(field.data or "")
        if not is_mailable(field.data):
            raise ValidationError(_("メールアドレスを確認してください"))


class PlainForm(TicketForm):
    """An act that needs no words."""


class SearchForm(Form):
    """What is looked for; it travels in the body, so that no name stands in an address."""

    q = StringField(_l("検索"), [DataRequired(_l("検索する語を入力してください")), Length(max=200)])
    cursor = HiddenField()


class JudgeForm(Form):
    """What becomes of a mail on the holding list."""

    wish = HiddenField(validators=[AnyOf(["join", "new", "dismiss"])])
    ref = StringField(_l("受付番号"), [Length(max=40)])
