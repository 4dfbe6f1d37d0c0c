"""The table of Japan's public holidays, kept beside the code so that no process loads every country of the world.

`python -m desk.law.table` writes it again from the installed `holidays` package (importing that package takes a second
and some 40 MiB, too much for each web process); a test compares the two, so a newer package asks for a newer table.
"""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import metadata, resources
from pathlib import Path

from desk.law.text import Text

FIRST_YEAR = 2015
LAST_YEAR = 2045
NAME = "jp-holidays.toml"


@dataclass(frozen=True, slots=True, eq=False)
class HolidayTable:
    """Public holidays of Japan by JST date with their names, from `first_year` to `last_year`, as `version` names."""

    version: str
    first_year: int
    last_year: int
    days: dict[date, Text]


@cache
def japan_table() -> HolidayTable:
    """Return the table, read once a process."""
    table = tomllib.loads(resources.files("desk.law").joinpath("tables", NAME).read_text(encoding="utf-8"))
    days = {date.fromisoformat(day): Text(*names) for day, names in table["days"].items()}
    return HolidayTable(table["version"], table["first_year"], table["last_year"], days)


def render_table() -> str:
    """Return the TOML text of the table that the installed `holidays` package gives.

    Substitute holidays and days between two holidays are in it. Equinoxes of years whose official notice (官報, each
    February for the next year) has not come are predictions.
    """
    import holidays

    years = range(FIRST_YEAR, LAST_YEAR + 1)
    japanese = holidays.country_holidays("JP", years=years, language="ja")
    english = holidays.country_holidays("JP", years=years, language="en_US")
    head = [
        "# Public holidays of Japan, written by `python -m desk.law.table` from the holidays package (MIT licence).",
        f'version = "{metadata.version("holidays")}"',
        f"first_year = {FIRST_YEAR}",
        f"last_year = {LAST_YEAR}",
        "",
        "[days]",
    ]
    return "\n".join([*head, *(f'{day} = ["{japanese[day]}", "{english[day]}"]' for day in sorted(japanese)), ""])


if __name__ == "__main__":
    Path(__file__).with_name("tables").joinpath(NAME).write_text(render_table(), encoding="utf-8")
