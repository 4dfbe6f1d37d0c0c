"""Card numbers in what people write: cut to the last four digits before anything is kept. Pure."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from stdnum import luhn

DIGIT = r"[0-9０-９]"
GAP = r"[ \t\u00a0\u2000-\u200d\u202f\u205f\u2060\u3000\ufeff\-‐-―⁃−ーｰ﹘﹣－.．・·･]{1,3}"
"""What stands between the groups of a number: spaces, hyphens and dots of every sort, also those that nobody sees."""

RUN = re.compile(rf"{DIGIT}+(?:{GAP}{DIGIT}+)*")
GROUP = re.compile(rf"{DIGIT}+")
LEAST, MOST = 13, 19
LEAST_IN_GROUP = 3
"""Digits of any group of a card but the last; the month and the day of a date have two."""

ISSUED = re.compile(
    r"4\d{12}(?:\d{3}){0,2}|3[47]\d{13}|3[0689]\d{12}(?:\d{2})?|(?:2[2-7]|35|5\d|6\d|8[12]|97)\d{14}(?:\d{3})?"
)
"""Numbers as the networks give them out: first digits with the lengths that belong to them (ISO/IEC 7812)."""

MASK = "●"


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of a run: one group of digits, or what may be a card."""

    start: int
    end: int
    digits: str
    """In ASCII, without gaps."""

    @property
    def is_issued(self) -> bool:
        return ISSUED.fullmatch(self.digits) is not None

    @property
    def is_number(self) -> bool:
        is_long = LEAST <= len(self.digits) <= MOST
        return is_long and len(set(self.digits)) > 1 and bool(luhn.is_valid(self.digits))

    def meets(self, other: "_Piece") -> bool:
        return self.start < other.end and other.start < self.end


def cut_cards(text: str) -> str:
    """Replace every card number (13 to 19 digits that pass Luhn's test, full width too) by its last four digits.

    A card begins and ends with a group of digits, whatever stands before and behind it: a day, a month, a check
    number. Digits without a gap are also searched at either end, for a number that a network gives out.
    """
    return RUN.sub(_cut_run, text)


def _cut_run(match: re.Match[str]) -> str:
    run = match[0]
    groups = [_Piece(*group.span(), _digits(group[0])) for group in GROUP.finditer(run)]
    if sum(len(group.digits) for group in groups) < LEAST:
        return run
    is_phone = match.string[: match.start()].endswith(("+", "＋"))
    found = list(_candidates(run, groups, first=1 if is_phone else 0))
    cards = [one for one in found if one.is_issued or not any(one.meets(other) for other in found if other.is_issued)]
    for start, end in reversed(_joined(cards)):
        digits = _digits(run[start:end])
        run = run[:start] + MASK * (len(digits) - 4) + digits[-4:] + run[end:]
    return run


def _candidates(run: str, groups: list[_Piece], first: int) -> Iterator[_Piece]:
    """Yield what may be a card, from group number `first` on."""
    for number, group in enumerate(groups[first:], first):
        if group.is_number:
            yield group
        else:
            yield from _at_the_ends(group)
        digits = group.digits
        for last in range(number + 1, len(groups)):
            digits += groups[last].digits
            if len(digits) > MOST:
                break
            piece = _Piece(group.start, groups[last].end, digits)
            if len(digits) >= LEAST and _is_shaped(run, groups, number, last, piece) and piece.is_number:
                yield piece


def _is_shaped(run: str, groups: list[_Piece], first: int, last: int, piece: _Piece) -> bool:
    """Tell whether several groups look like one number: alike gaps, no group like a month, no telephone's zero first."""
    within = groups[first : last + 1]
    alike = len({run[a.end : b.start] for a, b in pairwise(within)}) == 1
    sized = all(len(group.digits) >= LEAST_IN_GROUP for group in within[:-1])
    if piece.is_issued:
        return alike or (sized and len(within[-1].digits) >= LEAST_IN_GROUP)
    is_whole = len(within) == len(groups)
    return alike and (sized or is_whole) and not piece.digits.startswith("0")


def _at_the_ends(group: _Piece) -> Iterator[_Piece]:
    """Yield the cards at either end of a group of digits that is longer than they are."""
    for length in range(LEAST, min(MOST, len(group.digits) - 1) + 1):
        for at in (0, len(group.digits) - length):
            start = group.start + at
            piece = _Piece(start, start + length, group.digits[at : at + length])
            if piece.is_issued and piece.is_number:
                yield piece


def _joined(cards: list[_Piece]) -> list[tuple[int, int]]:
    """Return the spans of cards, joined where they overlap: no reading may leave more than four digits of another."""
    spans: list[tuple[int, int]] = []
    for card in sorted(cards, key=lambda card: card.start):
        if spans and card.start < spans[-1][1]:
            spans[-1] = spans[-1][0], max(spans[-1][1], card.end)
        else:
            spans.append((card.start, card.end))
    return spans


def _digits(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKC", text) if char.isdigit())
