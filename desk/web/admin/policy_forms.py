"""The forms of the policy register, and the words for files that are no policy."""

from datetime import date
from typing import Any, Self

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, FileField, Form, StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from desk.addresses import is_mailable, plain_address
from desk.handling.policies import Placed
from desk.policy.placing import Category, Group, Policy, Relation, Service
from desk.policy.source import MOST_BYTES
from desk.web.fields import TOO_LONG, RowForm, a_day

REASONS: dict[str, Any] = {
    "empty": _("ファイルに文章がありません"),
    "too-large": _("ファイルが大きすぎます（%(kib)sKBまで）", kib=MOST_BYTES // 1024),
    "not-text": _("文章のファイルではありません。Markdown、HTML、テキストのいずれかを選んでください"),
    "not-a-policy": _("プライバシーポリシーの条項が見つかりません。条ごとに見出しや番号があるか確認してください"),
}
RELATIONS = {
    _("委託"): Relation.ENTRUSTMENT,
    _("第三者提供"): Relation.PROVISION,
    _("外部送信"): Relation.TRANSMISSION,
    _("未定"): Relation.UNDECIDED,
}
MOST_LINES, LONGEST_LINE = 200, 500


class PolicyFile(Form):
    """The text handed in."""

    file = FileField(_("ポリシーのファイル"), validators=[InputRequired(_("ファイルを選んでください"))])


class AdoptForm(RowForm):
    """From which day on."""

    effective_on = StringField(_("施行日"), validators=[InputRequired(_("施行日を入力してください")), a_day])
    needs_consent = BooleanField(_("前の版の利用目的を超える変更があり、本人の同意が必要"))

    def day(self) -> date:
        """Return the day."""
        return date.fromisoformat(self.effective_on.data or "")


class MailNotice(Form):
    """What the mail to everybody says."""

    words_ja = TextAreaField(
        _("変更の内容（日本語）"),
        validators=[DataRequired(_("変更の内容（日本語）を入力してください")), Length(max=2000, message=TOO_LONG)],
    )
    words_en = TextAreaField(_("変更の内容（英語）"), validators=[Optional(), Length(max=2000, message=TOO_LONG)])


class OtherNotice(Form):
    """How people were told elsewhere."""

    words = TextAreaField(
        _("お知らせした方法と内容"),
        validators=[DataRequired(_("お知らせした方法と内容を入力してください")), Length(max=2000, message=TOO_LONG)],
    )


def _lines(_form: Form, field: TextAreaField) -> None:
    lines = (field.data or "").splitlines()
    if len(lines) > MOST_LINES or any(len(line) > LONGEST_LINE for line in lines):
        raise ValidationError(
            _("1行%(length)s文字まで、%(lines)s行までで入力してください", length=LONGEST_LINE, lines=MOST_LINES)
        )


class PlaceForm(RowForm):
    """What the policy says, one thing a line."""

    user = TextAreaField(_("利用者の利用目的"), validators=[_lines])
    partner = TextAreaField(_("取引先の利用目的"), validators=[_lines])
    applicant = TextAreaField(_("採用応募者の利用目的"), validators=[_lines])
    given = TextAreaField(_("ご本人からいただく情報"), validators=[_lines])
    automatic = TextAreaField(_("自動的に取得する情報"), validators=[_lines])
    services = TextAreaField(_("外部のサービス"), validators=[_lines])
    contact = StringField(_("窓口のメールアドレス"), validators=[Optional(), Length(max=254, message=TOO_LONG)])

    def validate_services(self, field: TextAreaField) -> None:
        """Take a name a line, with its relation after a slash."""
        for line in _split(field.data):
            if _service(line) is None:
                raise ValidationError(_("「名称／関係」の形で入力してください：%(line)s", line=line))

    def validate_contact(self, field: StringField) -> None:
        """Take an address that mail can be sent to."""
        if not is_mailable(plain_address(field.data or "")):
            raise ValidationError(_("メールアドレスを正しく入力してください（例：taro@example.jp）"))

    @classmethod
    def of(cls, policy: Policy, version: int) -> Self:
        """Return the form filled with what was read."""
        said: dict[str, Any] = {str(group): "\n".join(policy.purposes[group]) for group in Group}
        for source in ("given", "automatic"):
            said[source] = "\n".join(one.text for one in policy.categories if one.source == source)
        said["services"] = "\n".join(f"{one.name}／{_name_of(one.relation)}" for one in policy.services)
        return cls(version=version, contact=policy.contact, **said)

    def placed(self) -> Placed:
        """Return what was placed."""
        return Placed(
            purposes={group: tuple(_split(self[str(group)].data)) for group in Group},
            categories=tuple(
                Category(text, source) for source in ("given", "automatic") for text in _split(self[source].data)
            ),
            services=tuple(found for line in _split(self.services.data) if (found := _service(line)) is not None),
            contact=plain_address(self.contact.data or "") or None,
        )


def _split(text: str | None) -> list[str]:
    return [clean for line in (text or "").splitlines() if (clean := " ".join(line.split()))]


def _service(line: str) -> Service | None:
    name, slash, word = line.replace("/", "／").rpartition("／")
    if not slash:
        return Service(line, Relation.UNDECIDED)
    relation = next((one for label, one in RELATIONS.items() if word.strip() in (str(label), str(one))), None)
    return Service(name.strip(), relation) if relation is not None and name.strip() else None


def _name_of(relation: Relation) -> str:
    return next(str(label) for label, one in RELATIONS.items() if one is relation)
