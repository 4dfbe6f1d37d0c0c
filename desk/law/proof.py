"""What shows who somebody is, or that they may act for another: one list for pages, letters and checks."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from desk.law.text import Text


@dataclass(frozen=True, slots=True)
class Proof:
    """The documents that the desk accepts."""

    single: tuple[Text, ...]
    """One of these is enough."""
    double: tuple[Text, ...]
    """Two of these together."""
    covered: Text
    refused: Text
    chosen_agent: Text
    legal_agent: Text


@cache
def get_proof() -> Proof:
    """Return the list, read once a process."""
    table = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return Proof(
        single=tuple(Text(**one) for one in table["single"]),
        double=tuple(Text(**one) for one in table["double"]),
        covered=Text(**table["covered"]),
        refused=Text(**table["refused"]),
        chosen_agent=Text(**table["chosen_agent"]),
        legal_agent=Text(**table["legal_agent"]),
    )
