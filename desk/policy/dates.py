"""Dates as Japanese documents write them: 令和4年07月27日, 2022年7月27日, 2022/7/27, 27 July 2022."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from desk.policy.source import folded

ERAS = {"令和": date(2019, 5, 1), "平成": date(1989, 1, 8), "昭和": date(1926, 12, 25)}
"""The first day of each; its first year is called 元年."""
LETTERS = {"R": "令和", "H": "平成", "S": "昭和"}
MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
PATTERN = re.compile(
    r"(?:(?P<era>令和|平成|昭和|(?<![A-Za-z])[RHS](?=\s*[0-9元]))\s*(?P<of_era>[0-9]{1,2}|元)\s*(?:年|\.)|(?P<year>[12][0-9]{3})\s*[年/.-])"
    r"\s*(?P<month>[0-9]{1,2})\s*[月/.-]\s*(?P<day>[0-9]{1,2})(?:\s*日|(?![0-9]))"
    r"|(?P<en_day>[0-9]{1,2})\s+(?P<en_month>[A-Za-z]{3,9})\.?,?\s+(?P<en_year>[12][0-9]{3})"
    r"|(?P<us_month>[A-Za-z]{3,9})\.?\s+(?P<us_day>[0-9]{1,2}),?\s+(?P<us_year>[12][0-9]{3})"
)


@dataclass(frozen=True, slots=True)
class Found:
    """A date in a text."""

    on: date
    written: str
    before: str
    after: str
    """What stands around it, up to twenty characters each."""


def find_dates(text: str) -> Iterator[Found]:
    """Yield the dates of a text in order; what only looks like one (31 June, 令和 before 2019-05-01) is none."""
    flat = folded(text)
    for match in PATTERN.finditer(flat):
        on = _date_of(match)
        if on is not None:
            before, after = flat[max(match.start() - 20, 0) : match.start()], flat[match.end() : match.end() + 20]
            yield Found(on, match[0], before, after)


def _date_of(match: re.Match[str]) -> date | None:
    try:
        if match["era"]:
            era = ERAS[LETTERS.get(match["era"], match["era"])]
            year = era.year - 1 + (1 if match["of_era"] == "元" else int(match["of_era"]))
            on = date(year, int(match["month"]), int(match["day"]))
            return on if on >= era else None
        if match["year"]:
            return date(int(match["year"]), int(match["month"]), int(match["day"]))
        kind = "en" if match["en_year"] else "us"
        month = next((n for n, name in enumerate(MONTHS, 1) if name.startswith(match[f"{kind}_month"].lower())), 0)
        return date(int(match[f"{kind}_year"]), month, int(match[f"{kind}_day"]))
    except ValueError:
        return None
