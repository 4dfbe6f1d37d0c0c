"""The form of what the company has settled about requests."""

from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import Form, HiddenField, RadioField, StringField, TelField, ValidationError
from wtforms.validators import InputRequired, Length, Optional, Regexp

from desk import clock
from desk.company.profile import PHONE
from desk.web.choices import SelectChoice

LINES = (
    "representative_ja", "representative_en", "officer_ja", "officer_en", "hours_ja", "hours_en", "body_ja", "body_en",
    "commission_phone",
)  # fmt: skip
BODY = {"unknown": None, "no": False, "yes": True}
MOST_FEE = 100_000
TOO_LONG = _("長すぎます。%(max)s文字以内で入力してください")


def _line(label: Any, most: int = 200) -> StringField:
    return StringField(label, validators=[Length(max=most, message=TOO_LONG)])


class ProcedureForm(Form):
    """Who stands for the company, when it is reached, what it charges, and where else people may turn."""

    version = HiddenField()
    representative_ja = _line(_("代表者（日本語）"))
    representative_en = _line(_("代表者（英語）"))
    officer_ja = _line(_("個人情報の責任者（日本語）"))
    officer_en = _line(_("個人情報の責任者（英語）"))
    hours_ja = _line(_("受付時間（日本語）"))
    hours_en = _line(_("受付時間（英語）"))
    fee_yen = StringField(
        _("手数料（円、税込）"), validators=[InputRequired(_("手数料を入力してください。なければ0です"))]
    )
    has_body = RadioField(
        _("認定個人情報保護団体"),
        choices=(
            SelectChoice("unknown", _("まだ確認していない")),
            SelectChoice("no", _("対象事業者ではない")),
            SelectChoice("yes", _("対象事業者である")),
        ),
        validators=[InputRequired(_("選んでください"))],
    )
    body_ja = _line(_("団体の名称と連絡先（日本語）"), 300)
    body_en = _line(_("団体の名称と連絡先（英語）"), 300)
    commission_phone = TelField(
        _("個人情報保護委員会の相談ダイヤル"),
        validators=[Optional(), Regexp(PHONE, message=_("電話番号は数字とハイフンで入力してください"))],
    )
    commission_checked_on = StringField(_("番号を確認した日"), validators=[Optional()])

    def validate_fee_yen(self, field: StringField) -> None:
        """Take a whole number of yen."""
        text = field.data or ""
        if not (text.isascii() and text.isdecimal() and len(text) <= 6 and int(text) <= MOST_FEE):
            raise ValidationError(_("0から%(most)sまでの整数を入力してください", most=f"{MOST_FEE:,}"))

    def validate_body_ja(self, field: StringField) -> None:
        """Ask for the body's name where there is one."""
        if self.has_body.data == "yes" and not (field.data or "").strip():
            raise ValidationError(_("団体の名称と連絡先を入力してください"))

    def validate_commission_phone(self, field: TelField) -> None:
        """Ask when the number was checked."""
        if field.data and not self.commission_checked_on.data:
            raise ValidationError(_("番号を確認した日も入力してください"))

    def validate_commission_checked_on(self, field: StringField) -> None:
        """Take a day that is not in the future."""
        try:
            known = date.fromisoformat(field.data or "") <= clock.today()
        except ValueError:
            known = False
        if not known:
            raise ValidationError(_("今日までの日付を 2026-12-04 の形で入力してください"))

    def row_version(self) -> int:
        """Return the row's version as the page showed it, -1 when it is none."""
        text = self.version.data or ""
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1
