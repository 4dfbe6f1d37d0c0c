"""The forms of the administrator: the company, its closures, the staff, the check of a kind's source."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from flask_babel import lazy_gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import (
    EmailField,
    Form,
    RadioField,
    StringField,
    TelField,
    TextAreaField,
    URLField,
    ValidationError,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional, Regexp

from desk.accounts.permissions import Role
from desk.addresses import is_mailable, plain_address
from desk.company.profile import PHONE, POSTAL_CODE
from desk.handling.kinds import Check
from desk.law.closures import BadClosures, Closures
from desk.web.choices import SelectChoice
from desk.web.fields import TOO_LONG, RowForm, a_past_day, one_line

ROLES = (
    SelectChoice(Role.AGENT.value, _("担当者")),
    SelectChoice(Role.MANAGER.value, _("管理者（個人情報保護）")),
    SelectChoice(Role.ADMIN.value, _("システム管理者")),
    SelectChoice(Role.AUDITOR.value, _("監査者")),
)
ROLE_NAMES = {choice.value: choice.label for choice in ROLES}
ROLE_HINTS = {
    Role.AGENT.value: _("お問い合わせ・ご請求に対応します。"),
    Role.MANAGER.value: _("対応に加えて、引き継ぎ、保留メール、集計を扱います。"),
    Role.ADMIN.value: _("この窓口の設定と職員を管理します。お問い合わせの内容は見られません。"),
    Role.AUDITOR.value: _("すべてを閲覧できますが、変更はできません。"),
}


def _plain(text: str | None) -> str:
    return plain_address(text or "")


def _email(_form: Form, field: EmailField) -> None:
    if not is_mailable(field.data or ""):
        raise ValidationError(_("メールアドレスを正しく入力してください（例：taro@example.jp）"))


class CompanyForm(RowForm):
    """The profile on every page and in every letter."""

    name_ja = StringField(
        _("会社名（日本語）"),
        validators=[InputRequired(_("会社名（日本語）を入力してください")), Length(max=200, message=TOO_LONG)],
    )
    name_en = StringField(
        _("会社名（英語）"),
        validators=[InputRequired(_("会社名（英語）を入力してください")), Length(max=200, message=TOO_LONG)],
    )
    contact_email = EmailField(
        _("窓口のメールアドレス"),
        filters=[_plain],
        validators=[InputRequired(_("窓口のメールアドレスを入力してください")), _email],
    )
    postal_code = StringField(
        _("郵便番号"),
        validators=[Optional(), Regexp(POSTAL_CODE, message=_("郵便番号は 100-0001 の形で入力してください"))],
    )
    address_ja = TextAreaField(_("所在地（日本語）"), validators=[Length(max=500, message=TOO_LONG)])
    address_en = TextAreaField(_("所在地（英語）"), validators=[Length(max=500, message=TOO_LONG)])
    phone = TelField(
        _("電話番号"),
        validators=[
            Optional(),
            Regexp(PHONE, message=_("電話番号は数字とハイフンで入力してください")),
        ],
    )
    policy_url = URLField(
        _("プライバシーポリシーのURL"),
        validators=[
            Optional(),
            Regexp(
                r"^https?://[^\s\"'<>]{1,490}$",
                flags=re.IGNORECASE,
                message=_("https:// から始まるURLを入力してください"),
            ),
        ],
    )


class InviteForm(Form):
    """Whom to let in, and as what."""

    email = EmailField(
        _("メールアドレス"),
        filters=[_plain],
        validators=[InputRequired(_("メールアドレスを入力してください")), _email],
    )
    name = StringField(
        _("表示名"), validators=[InputRequired(_("表示名を入力してください")), Length(max=100, message=TOO_LONG)]
    )
    role = RadioField(_("役割"), choices=ROLES, validators=[InputRequired(_("役割を選んでください"))])
    language = RadioField(
        _("表示言語"),
        choices=(SelectChoice("ja", "日本語"), SelectChoice("en", "English")),
        default="ja",
        validators=[InputRequired()],
    )


class RoleForm(RowForm):
    """Another role for somebody."""

    role = RadioField(_("役割"), choices=ROLES, validators=[InputRequired(_("役割を選んでください"))])


class KindForm(Form):
    """Who checked a kind's source, when, and what the source is."""

    checked_by = StringField(
        _("確認した人"),
        validators=[DataRequired(_("確認した人を入力してください")), Length(max=100, message=TOO_LONG)],
    )
    checked_on = StringField(_("確認した日"), validators=[a_past_day])
    source = StringField(
        _("確認した出典"),
        validators=[DataRequired(_("確認した出典を入力してください")), Length(max=500, message=TOO_LONG)],
    )

    def check(self) -> Check:
        """Return what was filled in rightly."""
        by, source = one_line(self.checked_by), one_line(self.source)
        return Check(by, date.fromisoformat(self.checked_on.data or ""), source)


@dataclass(frozen=True, slots=True)
class ClosureRows:
    """The closures as rows of two inputs, first and last day; empty rows at the end are for new ones."""

    yearly: list[tuple[str, str]]
    dated: list[tuple[str, str]]

    @classmethod
    def of(cls, closures: Closures) -> "ClosureRows":
        """Return the rows that show what is stored."""
        data = closures.to_data()
        return cls([_ends(text) for text in data["yearly"]], [_ends(text) for text in data["dated"]])

    @classmethod
    def typed(cls, form: "MultiDict[str, str]") -> "ClosureRows":
        """Return the rows that were typed, without the empty ones."""

        def rows(sort: str) -> list[tuple[str, str]]:
            pairs = zip(form.getlist(f"{sort}_first"), form.getlist(f"{sort}_last"), strict=False)
            return [
                (first.strip(), last.strip() or first.strip()) for first, last in pairs if first.strip() or last.strip()
            ]

        return cls(rows("yearly")[:20], rows("dated")[:100])

    def closures(self) -> Closures:
        """Return what the rows mean. Raises `BadClosures` quoting the one that cannot be read."""
        if any(not first for first, _last in self.yearly + self.dated):
            raise BadClosures("..")
        data: Mapping[str, list[str]] = {
            "yearly": [f"{first}..{last}" for first, last in self.yearly],
            "dated": [f"{first}..{last}" for first, last in self.dated],
        }
        return Closures.from_data(data)


def _ends(text: str) -> tuple[str, str]:
    first, _dots, last = text.partition("..")
    return first, last
