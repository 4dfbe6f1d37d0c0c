"""The words of each letter to a person: the ones that come with the desk, and those an administrator has put in their place."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from desk.db import Row, db

LANGUAGES = ("ja", "en")
PLACE = re.compile(r"\{([a-z_]+)\}")
PLACES = frozenset(
    {
        "kind",
        "received_on",
        "closed_on",
        "answer_by",
        "expected_on",
        "paid_on",
        "decision",
        "items",
        "measure",
        "documents",
        "fee",
        "commission",
    }
)
"""What a letter may be filled in with."""
UNFILLED = re.compile(r"［要記入：[^］]*］|\[Fill in: [^\]]*\]")
"""What staff have to write themselves, as it stands in a draft."""
MOST_CHARS = 4000
UNEDITED = frozenset({"L4-receipt"})
"""Letters that leave without anybody going over them: they leave nothing to be written."""


class LetterWording(Row):
    """One version of a letter's words in one language; the newest is in force."""

    __tablename__ = "letter_wording"

    code: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(2))
    number: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    __table_args__ = (UniqueConstraint("code", "language", "number"),)


@dataclass(frozen=True, slots=True)
class Notice:
    """One letter as it comes with the desk; `needs` are places that its words may not lose."""

    code: str
    name: Mapping[str, str]
    """By language, as the texts are."""
    needs: frozenset[str]
    texts: Mapping[str, str]
    """By language."""


class BadWording(Exception):
    """Words that cannot be a letter's: `places` are unknown, or missing."""

    def __init__(
        self, places: frozenset[str] = frozenset(), *, is_missing: bool = False, is_unfilled: bool = False
    ) -> None:
        super().__init__(", ".join(sorted(places)))
        self.places = places
        self.is_missing, self.is_unfilled = is_missing, is_unfilled


@cache
def notices() -> Mapping[str, Notice]:
    """Return the letters that come with the desk, by code."""
    return {
        code: Notice(
            code,
            one["name"],
            frozenset(one["needs"]),
            {language: one[language].strip() for language in LANGUAGES},
        )
        for code, one in _read().items()
        if code != "samples"
    }


def samples() -> Mapping[str, Mapping[str, str]]:
    """Return by language what fills the places of a letter to show how it reads."""
    return _read()["samples"]  # type: ignore[no-any-return]


@cache
def _read() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("notices.toml").read_text(encoding="utf-8"))


def check_wording(code: str, text: str) -> str:
    """Return a letter's words trimmed, lines ended by newlines. Raises `BadWording`."""
    text = text.replace("\r\n", "\n").strip()
    found = frozenset(PLACE.findall(text))
    if unknown := found - PLACES:
        raise BadWording(unknown)
    if missing := notices()[code].needs - found:
        raise BadWording(missing, is_missing=True)
    if not text or len(text) > MOST_CHARS:
        raise BadWording
    if code in UNEDITED and UNFILLED.search(text):
        raise BadWording(is_unfilled=True)
    return text


def find_wording(code: str, language: str) -> LetterWording | None:
    """Return the words that an administrator has put in place of a letter's, None while nobody has."""
    newest = (
        select(LetterWording)
        .where(LetterWording.code == code, LetterWording.language == language)
        .order_by(LetterWording.number.desc())
    )
    return db.session.scalar(newest.limit(1))


def list_wordings(code: str) -> list[LetterWording]:
    """Return every version of a letter's words in both languages, the newest first."""
    found = select(LetterWording).where(LetterWording.code == code)
    return list(db.session.scalars(found.order_by(LetterWording.made_at.desc(), LetterWording.id.desc())))


def wording_of(code: str, language: str) -> str:
    """Return the words of a letter as they are in force, with their places."""
    found = find_wording(code, language)
    return found.text if found is not None else notices()[code].texts[language]


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put values into the places of a letter's words; a line whose places are all empty is left out.

    More than one empty line in a row becomes one.
    """
    lines = []
    for line in text.split("\n"):
        places = PLACE.findall(line)
        if places and not any(values.get(place) for place in places):
            continue
        lines.append(PLACE.sub(lambda found: values.get(found[1], ""), line))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
