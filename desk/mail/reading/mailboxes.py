"""Address headers as people and programs write them, cut into mailboxes."""

import re

from desk.mail.reading.bare import Pieces, finish
from desk.mail.reading.parsed import Address

TOKEN = re.compile(
    r'(?P<word>=\?[^?\s]{1,60}\?[bBqQ]\?[^?]{0,2000}\?=)|(?P<quote>")|(?P<comment>\()|(?P<open><)|(?P<mark>[,;:>])'
    r"|(?P<space>\s+)|(?P<text>[^\s\"(<,;:>=]+|=)"
)
CLOSING = re.compile(r'\\.|"', re.DOTALL)
PAREN = re.compile(r"\\.|[()]", re.DOTALL)
BREAK = re.compile(r"[\s,;<]")
ESCAPED = re.compile(r"\\(.)", re.DOTALL)
MOST = 1_000
MOST_TOKENS = 20_000
LONGEST = 1_000
"""Characters in which an angle must close; longer than any address."""


def parse_addresses(text: str) -> tuple[Address, ...]:
    """Return the mailboxes of a header's value, in which encoded words still stand. Groups are opened; never raises.

    Somebody without an address is an `Address` with a name only.
    """
    found = (finish(pieces) for pieces in _merged(_Scan(text).mailboxes()) if not pieces.is_empty())
    return tuple(address for address in found if address is not None)


class _Scan:
    """One header's value while its tokens are read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.last_semicolon = text.rfind(";")
        self.last_at = text.rfind("@")
        self.done: list[Pieces] = []
        self.now = Pieces()

    def mailboxes(self) -> list[Pieces]:
        """Return what stands between commas and semicolons, groups' names left out."""
        at = 0
        for _ in range(MOST_TOKENS):
            if at >= len(self.text) or len(self.done) >= MOST:
                break
            found = TOKEN.match(self.text, at)
            if found is None:  # a lone sign that no rule takes
                self.now.phrase.append(self.text[at])
                at += 1
            else:
                at = self._take(found)
        return [*self.done, self.now]

    def _take(self, found: re.Match[str]) -> int:
        """Add one token; return where the next one starts."""
        end = found.end()
        match found.lastgroup:
            case "quote":
                value, end = self._quoted(end)
                self.now.phrase.append(value)
            case "comment":
                value, end = self._comment(end)
                self.now.comments.append(value)
            case "open":
                value, end = self._angle(end)
                self.now.angles += [value] if value else []
            case "mark":
                self._mark(found[0], end)
            case _:
                self.now.phrase.append(found[0])
        return end

    def _mark(self, mark: str, end: int) -> None:
        if mark in ",;":
            self.done.append(self.now)
            self.now = Pieces()
        elif mark == ":" and self._opens_group(end):
            self.now = Pieces()
        elif mark == ":":
            self.now.phrase.append(":")

    def _opens_group(self, end: int) -> bool:
        """Tell whether `name:` begins a group: a semicolon follows, or nothing that could be an address."""
        if self.now.angles or "@" in "".join(self.now.phrase[-50:]):
            return False
        return end <= self.last_semicolon or end > self.last_at

    def _quoted(self, at: int) -> tuple[str, int]:
        """Read up to the closing quote; keep the quotes of a local part. An unclosed one ends before the next angle."""
        close = next((found.start() for found in CLOSING.finditer(self.text, at) if found[0] == '"'), -1)
        if close < 0:
            angle = self.text.find("<", at)
            close = angle if angle >= 0 else len(self.text)
            return self.text[at:close], close
        value = self.text[at:close]
        if self.text[close + 1 : close + 3].lstrip()[:1] == "@":
            return f'"{value}"', close + 1
        return f"{ESCAPED.sub(lambda found: found[1], value)} ", close + 1

    def _comment(self, at: int) -> tuple[str, int]:
        """Read a comment, nested ones included; an unclosed one runs to the end."""
        depth = 1
        for found in PAREN.finditer(self.text, at):
            depth += {"(": 1, ")": -1}.get(found[0], 0)
            if depth == 0:
                return self.text[at : found.start()], found.end()
        return self.text[at:], len(self.text)

    def _angle(self, at: int) -> tuple[str, int]:
        """Read what stands in `<…>`; an unclosed one ends at white space, a comma, another angle, or the end."""
        close, reopened = self.text.find(">", at, at + LONGEST), self.text.find("<", at, at + LONGEST)
        if close >= 0 and not 0 <= reopened < close:
            return self.text[at:close], close + 1
        found = BREAK.search(self.text, at)
        stop = found.start() if found else len(self.text)
        return self.text[at:stop], stop


def _merged(every: list[Pieces]) -> list[Pieces]:
    """Give `Yamada, Taro <t@example.jp>` its comma back: a piece without address belongs to the name after it."""
    merged: list[Pieces] = []
    waiting: Pieces | None = None
    for pieces in every:
        is_name = not pieces.angles and not pieces.comments and "@" not in "".join(pieces.phrase)
        if is_name and not pieces.is_empty():
            waiting = _joined(waiting, pieces) if waiting else pieces
        elif waiting is not None and pieces.angles:
            merged.append(_joined(waiting, pieces))
            waiting = None
        else:
            merged += [waiting, pieces] if waiting else [pieces]
            waiting = None
    return [*merged, waiting] if waiting else merged


def _joined(first: Pieces, second: Pieces) -> Pieces:
    return Pieces([*first.phrase, ",", *second.phrase], first.comments + second.comments, second.angles)
