"""What a text is probably about, by plain rules that can be shown: which words were found decides, nothing else. Pure."""

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from desk.tickets.models import Population

RULES = Path(__file__).parent / "suggesting.toml"
LONGEST = 20_000
"""Characters of a text that are looked at."""
ENOUGH = 2
"""Points that a kind needs; a strong word has two, a weak one one."""
GENERAL = "N-GEN"
JAPANESE = re.compile(r"[ぁ-んァ-ヶ一-龠]")
LATIN = re.compile(r"[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A kind, a population and a language, with the words that speak for the kind and the population."""

    kind: str
    population: Population
    language: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Rules:
    kinds: dict[str, dict[str, int]]
    populations: dict[str, dict[str, int]]
    unwanted: dict[str, int]


def suggest(text: str, kinds: frozenset[str]) -> Suggestion:
    """Return what a text is probably about, of the kinds on offer; the general one when no words speak for another."""
    plain = _plain(text)
    kind, kind_words = _best(_rules().kinds, plain, kinds, ENOUGH) or (GENERAL, ())
    everybody = frozenset(Population)
    population, population_words = _best(_rules().populations, plain, everybody, 1) or (Population.OTHER, ())
    return Suggestion(kind, Population(population), language_of(text), (*kind_words, *population_words))


def speaks_of_rights(text: str) -> bool:
    """Tell whether a text holds a word by which people ask for their rights or complain."""
    plain = _plain(text)
    return any(word in plain for words in _rules().kinds.values() for word in words)


def unwanted_points(text: str) -> int:
    """Return how many points of unwanted advertising a text has by its words alone."""
    plain = _plain(text)
    return sum(points for word, points in _rules().unwanted.items() if word in plain)


def language_of(text: str) -> str:
    """Return `ja` for a text with Japanese signs or without letters, else `en`."""
    part = text[:LONGEST]
    return "ja" if JAPANESE.search(part) or not LATIN.search(part) else "en"


def _best(
    rules: dict[str, dict[str, int]], plain: str, offered: frozenset[str] | frozenset[Population], least: int
) -> tuple[str, tuple[str, ...]] | None:
    found: list[tuple[int, str, tuple[str, ...]]] = []
    for name, words in rules.items():
        hits = tuple(word for word in words if word in plain)
        points = sum(words[word] for word in hits)
        if name in offered and points >= least:
            found.append((points, name, hits))
    if not found:
        return None
    best = max(found, key=lambda one: one[0])  # of equals the first in the file: the more specific stands there
    return best[1], best[2]


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text[:LONGEST]).casefold().split())


@cache
def _rules() -> _Rules:
    found = tomllib.loads(RULES.read_text(encoding="utf-8"))
    return _Rules(found["kinds"], found["populations"], found["unwanted"])
