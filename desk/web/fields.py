"""What the forms of several doors share: numbers and days as text, long and short texts, the row's version they came from."""

from datetime import date, timedelta
from typing import Any, Self

from flask_babel import lazy_gettext as _
from wtforms import Field, Form, HiddenField, ValidationError

from desk import clock

MOST = 2**63 - 1
MOST_VERSIONS = 2**31 - 1
FURTHEST = timedelta(days=366)
"""How far ahead a day may be promised."""
TOO_LONG = _("長すぎます。%(max)s文字以内で入力してください")


def read_number(text: str | None) -> int | None:
    """Return a whole number that a column can hold (0 to 2^63 - 1), or None when the text is none."""
    if not text or not text.isascii() or not text.isdecimal() or len(text) > len(str(MOST)):
        return None
    return number if (number := int(text)) <= MOST else None


def read_version(text: str | None) -> int:
    """Return the version of a row as a page showed it, -1 when the text is none that could have a next one."""
    number = read_number(text)
    return -1 if number is None or number >= MOST_VERSIONS else number


class RowForm(Form):
    """What changes a row that somebody else may have changed since the page was made."""

    version = HiddenField()

    def row_version(self) -> int:
        """Return the row's version as the page showed it, -1 when it is none."""
        return read_version(self.version.data)

    def differences(self, standing: Self) -> list[tuple[Any, Any]]:
        """Return label and value of each field in which the row as it stands differs from what was typed."""
        return [
            (one.label.text, standing[one.short_name].data)
            for one in self
            if one.short_name != "version" and one.data != standing[one.short_name].data
        ]


def a_day(_form: Form, field: Field) -> None:
    """Take a day of this century, as `YYYY-MM-DD`."""
    found = _read_day(field)
    if found is None or not 2000 <= found.year < 2100:
        raise ValidationError(_("日付は 2026-12-04 の形で入力してください"))


def a_past_day(_form: Form, field: Field) -> None:
    """Take a day that is not in the future, as `YYYY-MM-DD`."""
    found = _read_day(field)
    if found is None or found > clock.today():
        raise ValidationError(_("今日までの日付を 2026-12-04 の形で入力してください"))


def a_coming_day(_form: Form, field: Field) -> None:
    """Take a day from today to a year ahead, as `YYYY-MM-DD`."""
    found, today = _read_day(field), clock.today()
    if found is None or not today <= found <= today + FURTHEST:
        raise ValidationError(_("今日から1年以内の日付を 2026-12-04 の形で入力してください"))


def day_of(field: Field) -> date | None:
    """Return the day in a field that was found right, or None when it is empty."""
    return date.fromisoformat(field.data) if field.data else None


def one_line(field: Field) -> str:
    """Return a short text with its white space folded."""
    return " ".join((field.data or "").split())


def lines_of(field: Field) -> str:
    """Return a long text, its lines ended as the database keeps them."""
    return "\n".join((field.data or "").strip().splitlines())


def _read_day(field: Field) -> date | None:
    try:
        return date.fromisoformat(field.data or "")
    except ValueError:
        return None
