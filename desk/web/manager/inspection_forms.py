"""The forms of the yearly inspection: what people checked, a corrective action, the representative's receipt."""

from datetime import date
from typing import Self

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, Field, Form, SelectField, StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from desk.accounts.staff import list_colleagues
from desk.handling.inspections import ActionWords, InspectionWords, Receipt
from desk.policy.inspections import CorrectiveAction, Inspection
from desk.web.fields import TOO_LONG, RowForm, a_day, a_past_day, day_of, lines_of, one_line, read_number

MOST = 1_000_000
LONG = Length(max=4000, message=TOO_LONG)


def _a_count(_form: Form, field: Field) -> None:
    number = read_number(field.data)
    if number is None or number > MOST:
        raise ValidationError(_("0から%(most)sまでの整数を入力してください", most=f"{MOST:,}"))


class RecordForm(RowForm):
    """What people checked by hand, and what they found."""

    trained = StringField(_("教育を受けた人数"), validators=[Optional(), _a_count])
    trained_on = StringField(_("教育を行った日"), validators=[Optional(), a_past_day])
    rights_reviewed_on = StringField(_("アクセス権を見直した日"), validators=[Optional(), a_past_day])
    sampled = StringField(_("もう一度確かめた案件"), validators=[Optional(), _a_count])
    sample_errors = StringField(_("そのうち誤りのあったもの"), validators=[Optional(), _a_count])
    findings = TextAreaField(_("気づいたこと"), validators=[LONG])

    def validate_sample_errors(self, field: StringField) -> None:
        """Take no more errors than there were checks."""
        errors, sampled = read_number(field.data), read_number(self.sampled.data)
        if errors is not None and (sampled is None or errors > sampled):
            raise ValidationError(_("確かめた案件の数を超えています"))

    @classmethod
    def of(cls, row: Inspection) -> Self:
        """Return the form as the record stands."""
        return cls(
            version=str(row.version),
            trained=_text(row.trained),
            trained_on=_text(row.trained_on),
            rights_reviewed_on=_text(row.rights_reviewed_on),
            sampled=_text(row.sampled),
            sample_errors=_text(row.sample_errors),
            findings=row.findings,
        )

    def words(self) -> InspectionWords:
        """Return what was typed."""
        return InspectionWords(
            trained=read_number(self.trained.data),
            trained_on=day_of(self.trained_on),
            rights_reviewed_on=day_of(self.rights_reviewed_on),
            sampled=read_number(self.sampled.data),
            sample_errors=read_number(self.sample_errors.data),
            findings=lines_of(self.findings),
        )


class ActionForm(RowForm):
    """One corrective action."""

    what = TextAreaField(_("是正する内容"), validators=[DataRequired(_("是正する内容を入力してください")), LONG])
    owner = SelectField(_("担当"), validate_choice=False)
    due_on = StringField(_("期限"), validators=[InputRequired(_("期限を入力してください")), a_day])
    result = TextAreaField(_("行ったことと結果"), validators=[LONG])
    is_done = BooleanField(_("終了した"))

    def offer(self) -> None:
        """Fill in whom it may be given to."""
        self.owner.choices = [("", _("なし")), *((str(one.id), one.name) for one in list_colleagues() if one.is_active)]

    def validate_owner(self, field: SelectField) -> None:
        """Take somebody who is there."""
        if field.data and field.data not in {str(one.id) for one in list_colleagues() if one.is_active}:
            raise ValidationError(_("担当を選び直してください"))

    def validate_result(self, field: TextAreaField) -> None:
        """Ask what was done before it is closed."""
        if self.is_done.data and not (field.data or "").strip():
            raise ValidationError(_("終了にするときは、行ったことと結果を入力してください"))

    @classmethod
    def of(cls, row: CorrectiveAction) -> Self:
        """Return the form as the action stands."""
        return cls(
            prefix=f"action-{row.id}-",
            version=str(row.version),
            what=row.what,
            owner=str(row.owner_id or ""),
            due_on=row.due_on.isoformat(),
            result=row.result,
            is_done=row.closed_at is not None,
        )

    def words(self) -> ActionWords:
        """Return what was typed."""
        due_on = day_of(self.due_on)
        assert due_on is not None  # noqa: S101 - the form was found right
        return ActionWords(
            what=lines_of(self.what),
            owner_id=int(self.owner.data) if self.owner.data else None,
            due_on=due_on,
            result=lines_of(self.result),
            is_done=bool(self.is_done.data),
        )


class ReceiptForm(RowForm):
    """When the representative received the record, and what they decided."""

    received_by = StringField(
        _("代表者の氏名"),
        validators=[DataRequired(_("代表者の氏名を入力してください")), Length(max=200, message=TOO_LONG)],
    )
    received_on = StringField(
        _("受領した日"), validators=[InputRequired(_("受領した日を入力してください")), a_past_day]
    )
    decisions = TextAreaField(_("代表者の指示"), validators=[LONG])

    @classmethod
    def of(cls, row: Inspection, representative: str) -> Self:
        """Return the form as the record stands; the representative's name is the one that is settled."""
        return cls(
            prefix="receipt-",
            version=str(row.version),
            received_by=row.received_by or representative,
            received_on=_text(row.received_on),
            decisions=row.decisions,
        )

    def receipt(self) -> Receipt:
        """Return what was typed."""
        received_on = day_of(self.received_on)
        assert received_on is not None  # noqa: S101 - the form was found right
        return Receipt(received_on, one_line(self.received_by), lines_of(self.decisions))


def _text(value: int | date | None) -> str:
    return "" if value is None else str(value)
