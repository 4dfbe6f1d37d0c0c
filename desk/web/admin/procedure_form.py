"""The form of what the company has settled about requests."""

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import RadioField, StringField, TelField, ValidationError
from wtforms.validators import InputRequired, Length, Optional, Regexp

from desk.company.profile import PHONE
from desk.web.choices import SelectChoice
from desk.web.fields import TOO_LONG, RowForm, a_past_day, read_number

LINES = (
    "representative_ja", "representative_en", "officer_ja", "officer_en", "hours_ja", "hours_en", "body_ja", "body_en",
    "commission_phone",
)  # fmt: skip
BODY = {"unknown": None, "no": False, "yes": True}
MOST_FEE = 100_000


def _line(label: Any, most: int = 200) -> StringField:
    return StringField(label, validators=[Length(max=most, message=TOO_LONG)])


class ProcedureForm(RowForm):
    """Who stands for the company, when it is reached, what it charges, and where else people may turn."""

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
    commission_checked_on = StringField(_("番号を確認した日"), validators=[Optional(), a_past_day])

    def validate_fee_yen(self, field: StringField) -> None:
        """Take a whole number of yen."""
        yen = read_number(field.data)
        if yen is None or yen > MOST_FEE:
            raise ValidationError(_("0から%(most)sまでの整数を入力してください", most=f"{MOST_FEE:,}"))

    def validate_body_ja(self, field: StringField) -> None:
        """Ask for the body's name where there is one."""
        if self.has_body.data == "yes" and not (field.data or "").strip():
            raise ValidationError(_("団体の名称と連絡先を入力してください"))

    def validate_commission_phone(self, field: TelField) -> None:
        """Ask when the number was checked."""
        if field.data and not self.commission_checked_on.data:
            raise ValidationError(_("番号を確認した日も入力してください"))
