"""Jinja filters and globals for every page: dates in words, references, sizes, hidden characters, file addresses.

Pages get `PageUndefined`, which lets `a.b.c` be asked of something missing, because the govuk-frontend-jinja macros
read optional parameters that way and because a half-filled page beats an error page for someone in need. Tests get
Jinja's `StrictUndefined` instead, so that a misspelt name in our own templates (which use no such macro) fails there.
"""

import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import Flask, current_app, url_for
from flask_babel import get_locale
from jinja2 import ChainableUndefined, StrictUndefined, Undefined
from wtforms import Field
from wtforms.fields import BooleanField, FileField, RadioField, SelectField, SelectMultipleField
from wtforms.widgets import TextArea

from desk.tickets.hidden import BLANKS, is_hidden
from desk.web.catalogue import gettext, ngettext

JAPAN = ZoneInfo("Asia/Tokyo")
WEEKDAYS_JA = "月火水木金土日"
WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class PageUndefined(ChainableUndefined):
    """A missing name that prints as nothing, however deep it is asked."""


def make_undefined(strict: bool) -> type[Undefined]:
    """Choose what a missing name in a template does: raise (tests) or print nothing (people)."""
    return StrictUndefined if strict else PageUndefined


def in_english() -> bool:
    """Tell whether the page being made is in English; Japanese is what everything falls back to."""
    locale = get_locale()
    return locale is not None and locale.language == "en"


def page_language() -> str:
    """Give the language of the page for its html element: ja or en."""
    return "en" if in_english() else "ja"


def japan_day(value: date | datetime) -> date:
    """Give the Japanese calendar day of a date (kept) or an instant (aware, or UTC when naive)."""
    if not isinstance(value, datetime):
        return value
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(JAPAN).date()


def day(value: date | datetime | None) -> str:
    """Write a day as 2026年12月4日（金） or Fri 4 Dec 2026; an instant is taken in Japan time, None is empty."""
    if value is None:
        return ""
    on = japan_day(value)
    if in_english():
        return f"{WEEKDAYS_EN[on.weekday()]} {on.day} {MONTHS_EN[on.month - 1]} {on.year}"
    return f"{on.year}年{on.month}月{on.day}日（{WEEKDAYS_JA[on.weekday()]}）"


def short_day(value: date | datetime | None, today: date | None = None) -> str:
    """Write a day for a dense table as 12/4（金） or 4 Dec, with its year when that is another one than today's."""
    if value is None:
        return ""
    on = japan_day(value)
    other = today is not None and today.year != on.year
    if in_english():
        return f"{on.day} {MONTHS_EN[on.month - 1]}{f' {on.year}' if other else ''}"
    return f"{f'{on.year}/' if other else ''}{on.month}/{on.day}（{WEEKDAYS_JA[on.weekday()]}）"


def bracketed(text: str, more: object) -> str:
    """Write something with more in brackets after it, as the page's language writes them."""
    return f"{text} ({more})" if in_english() else f"{text}（{more}）"


def clock_time(value: datetime | None) -> str:
    """Write the time of an instant in Japan as 14:05; None is empty."""
    if value is None:
        return ""
    return f"{(value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(JAPAN):%H:%M}"


def moment(value: datetime | None) -> str:
    """Write an instant in Japan time as 2026年12月4日（金）14:05 or Fri 4 Dec 2026, 14:05; None is empty."""
    if value is None:
        return ""
    return day(value) + (", " if in_english() else "") + clock_time(value)


def iso(value: date | datetime | None) -> str:
    """Write a day or an instant (in Japan time) for the datetime attribute of a time element."""
    if value is None:
        return ""
    if not isinstance(value, datetime):
        return value.isoformat()
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    return aware.astimezone(JAPAN).isoformat(timespec="seconds")


def days_left(due_on: date, today: date, business_days: int | None = None) -> str:
    """Say how far a date is: あと3営業日, あと2日 (when business days are not given or none is left), 本日, 2日超過."""
    gap = (due_on - today).days
    if gap < 0:
        return str(ngettext("%(num)s日超過", "%(num)s日超過", -gap))
    if gap == 0:
        return str(gettext("本日"))
    if business_days is not None and business_days > 0:
        return str(ngettext("あと%(num)s営業日", "あと%(num)s営業日", business_days))
    return str(ngettext("あと%(num)s日", "あと%(num)s日", gap))


def nearness(due_on: date, today: date, business_days: int | None = None) -> str:
    """Sort a due date for its shape and colour: late, today, soon (three days or fewer left) or ahead."""
    gap = (due_on - today).days
    if gap <= 0:
        return "late" if gap < 0 else "today"
    return "soon" if (gap if business_days is None else business_days) <= 3 else "ahead"


def ref_groups(reference: str) -> list[str]:
    """Split a reference into its groups of four, to be read aloud; hyphens already in it decide."""
    if "-" in reference:
        return reference.split("-")
    return [reference[start : start + 4] for start in range(0, len(reference), 4)]


def filesize(count: int) -> str:
    """Write a number of bytes for people: 512 バイト, 3.4 KB, 10 MB (1 KB = 1,024 bytes)."""
    if count < 1024:
        return str(ngettext("%(num)sバイト", "%(num)sバイト", count))
    size, unit = (count / 1024, "KB") if count < 1024**2 else (count / 1024**2, "MB")
    return f"{size:.1f}".removesuffix(".0") + f" {unit}"


def escape_hidden(text: str) -> str:
    """Show characters that draw nothing or turn the line (bidi, zero width, controls) as ⟦U+202E⟧; case W3.

    Line breaks, tabs and every kind of space stay as they are.
    """
    if text.isprintable() and BLANKS.isdisjoint(text):
        return text
    return "".join(f"⟦U+{ord(char):04X}⟧" if is_hidden(char) else char for char in text)


def field_kind(field: Field) -> str:
    """Name the markup a WTForms field needs: textarea, select, radios, checkboxes, checkbox, file or input."""
    if isinstance(field.widget, TextArea):
        return "textarea"
    # The order matters: radios and multiple choices are subclasses of the select field.
    kinds: tuple[tuple[type[Field], str], ...] = (
        (RadioField, "radios"),
        (SelectMultipleField, "checkboxes"),
        (SelectField, "select"),
        (BooleanField, "checkbox"),
        (FileField, "file"),
    )
    return next((kind for cls, kind in kinds if isinstance(field, cls)), "input")


def nice_ticks(highest: float, wanted: int = 4) -> list[float]:
    """Give round axis marks from 0 to at or above the highest value, about as many as wanted."""
    rough = max(highest, 1) / wanted
    power = 1
    while rough > power * 10:
        power *= 10
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    count = 1
    while step * count < highest:
        count += 1
    return [step * index for index in range(count + 1)]


_addresses: dict[tuple[str, int], str] = {}


def static_url(filename: str) -> str:
    """Give the address of a file under desk/static with a hash of its content, so that it may be cached for ever."""
    path = f"{current_app.static_folder}/{filename}"
    key = (path, Path(path).stat().st_mtime_ns)
    if key not in _addresses:
        _addresses[key] = hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]
    return url_for("static", filename=filename, v=_addresses[key])


FILTERS: tuple[Callable[..., object], ...] = (
    day, short_day, bracketed, clock_time, moment, iso, days_left, nearness, ref_groups, filesize, escape_hidden, field_kind,
)  # fmt: skip


def register(app: Flask, strict: bool | None = None) -> None:
    """Install filters, globals and the kind of undefined on an app; strict follows app.testing unless given."""
    env = app.jinja_env
    env.undefined = make_undefined(app.testing if strict is None else strict)
    env.filters.update({function.__name__: function for function in FILTERS})
    env.globals.update(static_url=static_url, page_language=page_language, nice_ticks=nice_ticks)
