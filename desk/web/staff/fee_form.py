"""What staff fill in when a fee has arrived."""

from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import StringField, ValidationError

from desk.handling.fees import MOST_YEN
from desk.web.fields import a_past_day, read_number
from desk.web.staff.forms import OfferedField, OnceForm


class ReceiveFeeForm(OnceForm):
    """How much has arrived, how and when."""

    yen = StringField(_l("受け取った金額（円、税込）"))
    way = OfferedField(_l("お支払いの方法"))
    paid_on = StringField(_l("受け取った日"), [a_past_day])
    received_on: date | None = None
    """When the request came; no fee for it arrives earlier."""

    def validate_yen(self, field: StringField) -> None:
        """Take a whole number of yen. Raises `ValidationError`."""
        yen = read_number((field.data or "").replace(",", ""))
        if yen is None or not 0 < yen <= MOST_YEN:
            raise ValidationError(_("金額は数字で入力してください（例：1000）"))
        field.data = str(yen)

    def validate_paid_on(self, field: StringField) -> None:
        """Refuse a day before the request came. Raises `ValidationError`."""
        if (
            not field.errors
            and self.received_on is not None
            and date.fromisoformat(field.data or "") < self.received_on
        ):
            raise ValidationError(_("受付の日より前の日付です。日付を確認してください"))
