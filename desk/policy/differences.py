"""Two versions of a policy side by side: which lines went, came or changed, and within a line which words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from desk.policy.articles import Document
from desk.policy.source import folded

WORDS = re.compile(r"[A-Za-z0-9]+|[぀-ゟ]+|[゠-ヿー]+|.", re.DOTALL)
"""What is compared within a line: words of Latin letters, runs of kana, and single other characters."""
ALIKE = 0.5
"""Two lines with so much in common are one line that was changed."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a line."""

    text: str
    is_changed: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """A line before and after; None where there was none, or is none any more."""

    before: tuple[Piece, ...] | None
    after: tuple[Piece, ...] | None
    is_heading: bool

    @property
    def is_changed(self) -> bool:
        """Tell whether the two differ."""
        return (
            self.before is None or self.after is None or any(piece.is_changed for piece in (*self.before, *self.after))
        )


def compare(before: Document, after: Document) -> list[Pair]:
    """Return the lines of both versions, paired in order."""
    old, new = _lines(before), _lines(after)
    matcher = SequenceMatcher(
        None, [folded(text) for text, _ in old], [folded(text) for text, _ in new], autojunk=False
    )
    pairs: list[Pair] = []
    for tag, first, last, start, end in matcher.get_opcodes():
        if tag == "equal":
            both = zip(old[first:last], new[start:end], strict=True)
            pairs += [Pair(_whole(text), _whole(other), is_heading) for (text, _), (other, is_heading) in both]
        else:
            pairs += _changed(old[first:last], new[start:end])
    return pairs


def _lines(document: Document) -> list[tuple[str, bool]]:
    lines = [(document.title, True), *((line.text, False) for line in document.preamble)]
    for article in document.articles:
        lines.append((f"{article.number}. {article.heading}", True))
        lines += [(line.text, False) for line in article.lines]
    return [*lines, *((line.text, False) for line in document.supplement)]


def _changed(old: Sequence[tuple[str, bool]], new: Sequence[tuple[str, bool]]) -> list[Pair]:
    """Pair the lines of a stretch that differs: each old line with the next new one that is like it."""
    pairs: list[Pair] = []
    at = 0
    for text, is_heading in old:
        found = next((n for n in range(at, len(new)) if _likeness(text, new[n][0]) >= ALIKE), None)
        if found is None:
            pairs.append(Pair(_whole(text, changed=True), None, is_heading))
            continue
        pairs += [Pair(None, _whole(one, changed=True), heads) for one, heads in new[at:found]]
        pairs.append(Pair(*_within(text, new[found][0]), new[found][1]))
        at = found + 1
    return pairs + [Pair(None, _whole(one, changed=True), heads) for one, heads in new[at:]]


def _likeness(one: str, other: str) -> float:
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.ratio() if matcher.real_quick_ratio() >= ALIKE and matcher.quick_ratio() >= ALIKE else 0.0


def _within(before: str, after: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    old, new = WORDS.findall(before), WORDS.findall(after)
    left: list[Piece] = []
    right: list[Piece] = []
    for tag, first, last, start, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if first < last:
            left.append(Piece("".join(old[first:last]), tag != "equal"))
        if start < end:
            right.append(Piece("".join(new[start:end]), tag != "equal"))
    return tuple(left), tuple(right)


def _whole(text: str, *, changed: bool = False) -> tuple[Piece, ...]:
    return (Piece(text, changed),)
