"""Letters: our own words in `templates/mail/<name>/`, filled in strictly, as plain text whose lines are wrapped."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from flask import current_app
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, UndefinedError

from desk import clock
from desk.company.profile import Profile, profile
from desk.mail.html import as_html
from desk.mail.wrapping import wrap

FOLDER = Path(__file__).parent.parent.parent / "templates" / "mail"
LANGUAGES = ("ja", "en")

LETTERS: Mapping[str, frozenset[str]] = {
    "acknowledgement": frozenset({"ref", "kind_name", "received_at", "reply_by", "due_on", "url"}),
    "answer-notice": frozenset({"ref", "url"}),
    "answer-full": frozenset({"ref", "text", "url"}),
    "wait": frozenset({"ref", "due_on", "url"}),
    "delay": frozenset({"ref", "expected_on", "url"}),
    "closing": frozenset({"ref", "closed_on", "outcome", "url"}),
    "withdrawal": frozenset({"ref", "withdrawn_on", "url"}),
    "code": frozenset({"ref", "code", "minutes"}),
    "link": frozenset({"ref", "url"}),
    "address-changed": frozenset({"ref", "url"}),
    "invitation": frozenset({"url", "expires_at"}),
    "reset": frozenset({"url", "expires_at"}),
    "test": frozenset({"sent_at"}),
    "digest": frozenset({"on", "groups", "held", "url", "held_url"}),
    "paper": frozenset({"ref", "kind_name", "received_at", "url", "code", "until", "on"}),
    "alert": frozenset({"what", "url"}),
    "policy": frozenset({"ref", "effective_on", "is_to_come", "words", "url"}),
}
"""Every letter with what it must be given; `addressee` may be added to each, and greets a confirmed address.

`reply_by` and `due_on` of the acknowledgement may be None; `groups` of the digest is a list of `DigestGroup`, `held` how many
mails wait to be judged.
Dates are dates in Japan, instants are aware.
"""

WEEKDAYS_JA = "月火水木金土日"
WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS_EN = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip

SOFT = "\v\n"
"""A line broken for the text alone; a page flows by itself."""


class BadLetter(Exception):
    """There is no such letter or language, or it was not given what it needs."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter, ready to be posted: subject in one line, text, and who it is from."""

    subject: str
    text: str
    language: str
    from_name: str
    """The company's name in the letter's language."""
    from_address: str
    """The company's contact address."""
    html: str | None = None
    """The same text as a page, where the desk is set to send one beside it."""


@dataclass(frozen=True, slots=True)
class DigestLine:
    """One ticket in the mail that reminds a member of staff: nothing in it is personal data."""

    ref: str
    kind_name: str
    due_on: date | None
    state: str
    """The state in words of the reader's language."""
    owner: str | None
    """The member of staff who has it."""
    is_answered: bool
    """A person has written to whoever asked."""
    days_over: int
    """Calendar days since the due date; 0 up to that day."""
    url: str


@dataclass(frozen=True, slots=True)
class DigestGroup:
    """Tickets under one heading, such as those that are overdue."""

    heading: str
    lines: tuple[DigestLine, ...]
    asks_decision: bool = False
    """Overdue, and written to a manager: what is to be settled today stands with it."""

    @property
    def count(self) -> int:
        """Return how many tickets stand in it."""
        return len(self.lines)


def compose(name: str, language: str, *, company: Profile | None = None, **context: Any) -> Letter:
    """Fill in the letter `name` in `language` (`ja` or `en`) and return it.

    `LETTERS` says what each needs; `addressee=` (a name) may always be added, but only for an address that is
    confirmed: without it the letter opens with お客様 or Dear Sir or Madam. `company` saves the query for the profile.
    Raises `BadLetter`.
    """
    if name not in LETTERS or language not in LANGUAGES:
        raise BadLetter(f"no letter {name} in {language}")
    addressee = context.pop("addressee", None)
    if context.keys() != LETTERS[name]:
        raise BadLetter(f"{name} needs {sorted(LETTERS[name])}, got {sorted(context)}")
    company = company or profile(language)
    subject, body = _templates(name, language)
    words = {
        "ref": None,
        "replies": _are_replies_read(),
        **context,
        "company": company,
        "addressee": _one_line(addressee or ""),
    }
    try:
        text, joint = body.render(words).strip(), " " if language == "en" else ""
        as_page = current_app.extensions["config"].mail.html
        return Letter(
            subject=_one_line(subject.render(words)),
            text=wrap(text.replace(SOFT, "\n")) + "\n",
            html=as_html(text.replace(SOFT, joint), language) if as_page else None,
            language=language,
            from_name=company.name,
            from_address=company.contact_email,
        )
    except UndefinedError as error:
        raise BadLetter(f"{name}: {error}") from error


def day_ja(value: date | datetime) -> str:
    """Write a day in Japan as 2026年12月4日（金）."""
    on = _japan_day(value)
    return f"{on.year}年{on.month}月{on.day}日（{WEEKDAYS_JA[on.weekday()]}）"


def day_en(value: date | datetime) -> str:
    """Write a day in Japan as Fri 4 December 2026."""
    on = _japan_day(value)
    return f"{WEEKDAYS_EN[on.weekday()]} {on.day} {MONTHS_EN[on.month - 1]} {on.year}"


def moment_ja(value: datetime) -> str:
    """Write an instant as 2026年12月4日（金）14:05, in Japan time."""
    return f"{day_ja(value)}{value.astimezone(clock.TOKYO):%H:%M}"


def moment_en(value: datetime) -> str:
    """Write an instant as Fri 4 December 2026, 14:05, in Japan time."""
    return f"{day_en(value)}, {value.astimezone(clock.TOKYO):%H:%M}"


def _japan_day(value: date | datetime) -> date:
    return clock.date_of(value) if isinstance(value, datetime) else value


def _are_replies_read() -> bool:
    """Tell whether an answer to a mail of the desk's reaches the desk: it reads a mailbox, or has addresses for answers."""
    config = current_app.extensions["config"]
    return config.mailbox is not None or config.mail.reply_address is not None


class _Wrapping(FileSystemLoader):
    """Loads letters with the long lines wrapped that are the same in each: finding their phrases takes a while."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        """Return a letter's source, `SOFT` where a line was broken."""
        source, path, is_fresh = super().get_source(environment, template)
        lines = (
            line if "{" in line or line[:1].isspace() else SOFT.join(wrap(line).split("\n"))
            for line in source.split("\n")
        )
        return "\n".join(lines), path, is_fresh


def _one_line(text: str) -> str:
    return " ".join(text.split())


@cache
def _environment(language: str) -> Environment:
    # Plain text for mail readers: escaping HTML here would put &amp; into addresses and names.
    made = Environment(
        loader=_Wrapping(FOLDER),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        keep_trailing_newline=True,
    )
    english = language == "en"
    made.filters["day"] = day_en if english else day_ja
    made.filters["moment"] = moment_en if english else moment_ja
    return made


@cache
def _templates(name: str, language: str) -> tuple[Template, Template]:
    environment = _environment(language)
    return environment.get_template(f"{name}/subject.{language}.txt"), environment.get_template(
        f"{name}/body.{language}.txt"
    )
