"""Lines of a mail that every reader shows whole: long ones are broken between phrases in Japanese, between words in English.

Addresses of pages are never broken, a line never begins with a closing mark nor ends with an opening one, and no character but
the spaces at a break is lost.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

import budoux

COLUMNS = 70
"""The widest line, in columns of a Latin letter: thirty-five kanji, the custom of Japanese business mail."""
NOT_FIRST = frozenset(
    "、。，．・：；？！）］｝」』】〕〉》ー々ヽヾゝゞぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ…‥％℃,.!?:;)]}%"
)
NOT_LAST = frozenset("（［｛「『【〔〈《￥([{¥$")
LEAD = re.compile(r"[>\s]*")
"""What a line begins with, and what goes on before the rest of it: marks of a quotation, an indent."""
RUN = re.compile(r"[!-~]+[ \t]*|[^!-~]+")
"""A word or an address with the spaces after it, or a run of other characters."""


def wrap(text: str) -> str:
    """Return a text whose lines are at most `COLUMNS` wide wherever they can be broken."""
    return "\n".join(piece for line in text.split("\n") for piece in _wrap_line(line))


def width(text: str) -> int:
    """Return how many columns a text takes: two for a full-width character, none for a combining one."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WFA" else 1 for char in text
    )


def _wrap_line(line: str) -> Iterator[str]:
    if len(line) <= (COLUMNS if line.isascii() else COLUMNS // 2) or width(line) <= COLUMNS:
        yield line
        return
    found = LEAD.match(line)
    lead = found[0] if found else ""
    if width(lead) > COLUMNS // 2:
        yield line
        return
    now = lead
    for phrase in _joined(_phrases(line[len(lead) :], COLUMNS - width(lead))):
        if now != lead and width(now + phrase.rstrip()) > COLUMNS:
            yield now.rstrip()
            now = lead
        now += phrase if now != lead else phrase.lstrip()
    yield now.rstrip()


def _phrases(text: str, most: int) -> Iterator[str]:
    """Split into what stays on one line: words, addresses, Japanese phrases; of a phrase too long for any line, characters."""
    for run in RUN.findall(text):
        for phrase in [run] if run[0].isascii() and not run[0].isspace() else _parser().parse(run):
            if phrase.isascii() or width(phrase) <= most:
                yield phrase
            else:
                yield from phrase


def _joined(phrases: Iterator[str]) -> Iterator[str]:
    """Put together what must not be parted: a closing mark with what it closes, an opening one with what it opens."""
    held = ""
    for phrase in phrases:
        if held.strip() and phrase.lstrip()[:1] not in NOT_FIRST and held.rstrip()[-1] not in NOT_LAST:
            yield held
            held = ""
        held += phrase
    if held:
        yield held


@cache
def _parser() -> budoux.Parser:
    return budoux.load_default_japanese_parser()
