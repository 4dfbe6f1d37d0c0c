"""The articles of a policy: its lines, divided where the company divided them, each article with the number a reader sees."""

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from desk.policy.lines import Kind, Line
from desk.policy.source import BadPolicy, folded

LONGEST_HEADING = 60
NUMBERED = re.compile(
    r"\s*(?:第\s*(?P<article>\d{1,3}|[一二三四五六七八九十]{1,4})\s*[条章項]"
    r"|(?P<plain>\d{1,2})\s*[.．、)）:：](?!\d)|[(（](?P<inside>\d{1,2})[)）]|(?P<circled>[①-⑳])|Article\s+(?P<en>\d{1,2})[.:]?)\s*",
    re.IGNORECASE,
)
"""A number before a heading."""
SUPPLEMENT = re.compile(r"^[<〈【(（\[]?\s*(?:附則|付則|supplementary provisions?)", re.IGNORECASE)
ENDS = ("。", ".", "、", ",", "ます", "です")
WORDS = re.compile(r"個人情報|プライバシー|個人データ|利用目的|personal (?:information|data)|privacy", re.IGNORECASE)
DIGITS = {char: number for number, char in enumerate("一二三四五六七八九", 1)}


@dataclass(frozen=True, slots=True)
class Article:
    """One article."""

    number: str
    """As a reader sees it."""
    heading: str
    lines: tuple[Line, ...]

    @property
    def text(self) -> str:
        """Return its words, a line each."""
        return "\n".join(line.text for line in self.lines)


@dataclass(frozen=True, slots=True)
class Document:
    """A policy, divided."""

    title: str
    preamble: tuple[Line, ...]
    articles: tuple[Article, ...]
    supplement: tuple[Line, ...]
    """The supplementary provision (附則) and whatever follows the last article."""
    is_numbered_when_shown: bool = False
    """The company numbered every item 1: the numbers are those of whoever shows the text."""

    def about_cookies(self) -> list[Article]:
        """Return the articles on cookies, else those that mention them."""
        about = [article for article in self.articles if _names_cookies(article.heading)]
        return about or [one for one in self.articles if any(_names_cookies(line.text) for line in one.lines)]


def divide(lines: Sequence[Line]) -> Document:
    """Divide a policy into its articles. Raises `BadPolicy` when there are none, or no word of a policy in them."""
    if not any(WORDS.search(folded(line.text)) for line in lines):
        raise BadPolicy("not-a-policy")
    starts = _list_starts(lines) or _heading_starts(lines) or _typed_starts(lines)
    if not starts:
        raise BadPolicy("not-a-policy")
    end = next((at for at in range(starts[-1] + 1, len(lines)) if _ends_articles(lines, at, starts[-1])), len(lines))
    starts = [at for at in starts if at < end]
    bounds = [*starts, end]
    articles = tuple(
        _article(lines[at:until], order) for order, (at, until) in enumerate(itertools.pairwise(bounds), 1)
    )
    title, preamble = _opening(lines[: starts[0]])
    return Document(title, preamble, articles, tuple(lines[end:]))


def _list_starts(lines: Sequence[Line]) -> list[int]:
    """Return where articles begin that are the items of the outermost numbered list."""
    outer = min((line.depth for line in lines if line.kind is Kind.ITEM), default=0)
    items = [
        at for at, line in enumerate(lines) if line.kind is Kind.ITEM and line.depth == outer and line.mark != "・"
    ]
    headed = [at for at in items if _is_heading(lines[at].text)]
    if len(headed) < 2 or len(headed) < len(items) * 0.8 or [lines[at].mark for at in headed][:1] != ["1"]:
        return []
    inside = headed[-1] - headed[0] + 1
    has_content = sum(at + 1 < len(lines) and at + 1 not in items for at in headed)
    headings = sum(line.kind is Kind.HEADING for line in lines[headed[0] :])
    marks = [int(lines[at].mark) for at in headed if lines[at].mark.isdigit()]
    runs_on = all(one < other for one, other in itertools.pairwise(marks))
    return (
        headed if runs_on and has_content > len(headed) / 2 and inside > headings * 2 and headings < len(headed) else []
    )


def _heading_starts(lines: Sequence[Line]) -> list[int]:
    """Return where articles begin that have headings: at the level that is used most, but for the title's."""
    levels = Counter(
        line.depth for line in lines if line.kind is Kind.HEADING and not SUPPLEMENT.match(folded(line.text))
    )
    several = [level for level, count in levels.items() if count >= 2]
    if not several:
        return []
    numbered = Counter(line.depth for line in lines if line.kind is Kind.HEADING and NUMBERED.match(folded(line.text)))
    level = max(several, key=lambda one: (numbered[one] >= 2, -one))
    return [
        at
        for at, line in enumerate(lines)
        if line.kind is Kind.HEADING and line.depth == level and not SUPPLEMENT.match(folded(line.text))
    ]


def _is_article(line: Line) -> bool:
    return re.match(r"第\s*[0-9一二三四五六七八九十]+\s*条", folded(line.text)) is not None


def _is_numbered(line: Line) -> bool:
    return line.kind is Kind.ITEM and line.mark.isdigit() and _is_heading(line.text)


def _is_bold(line: Line) -> bool:
    return line.kind is Kind.TEXT and line.is_bold and _is_heading(line.text)


def _is_marked(line: Line) -> bool:
    return line.kind is Kind.TEXT and re.match(r"[■◆●【]", line.text) is not None and _is_heading(line.text)


def _typed_starts(lines: Sequence[Line]) -> list[int]:
    """Return where articles begin that were typed by hand: by 第n条, or a numbered, bold or marked line that is no sentence."""
    for begins in (_is_article, _is_numbered, _is_bold, _is_marked):
        found = [at for at, line in enumerate(lines) if begins(line) and not SUPPLEMENT.match(folded(line.text))]
        if len(found) >= 2:
            return found
    return []


def _is_heading(text: str) -> bool:
    return len(text) <= LONGEST_HEADING and not folded(text).rstrip(")）").endswith(ENDS)


def _ends_articles(lines: Sequence[Line], at: int, last: int) -> bool:
    line = lines[at]
    if SUPPLEMENT.match(folded(line.text)):
        return True
    begun = lines[last]
    if begun.kind is Kind.HEADING:
        return line.kind is Kind.HEADING and line.depth <= begun.depth
    return line.kind is Kind.HEADING or (
        begun.kind is Kind.ITEM and line.kind is Kind.TEXT and line.depth < begun.depth
    )


def _article(lines: Sequence[Line], order: int) -> Article:
    first, *rest = lines
    text = first.text
    found = NUMBERED.match(text)
    heading = text[found.end() :] if found else text
    if found and found["article"] and (inside := re.fullmatch(r"[(（【「](.+?)[)）】」]\s*(.*)", heading)):
        heading, after = inside[1], inside[2]
        rest = [Line(Kind.TEXT, first.depth, after), *rest] if after else rest
    number = _number_of(found) if found else first.mark if first.mark.isdigit() else str(order)
    return Article(number, heading.strip("■◆●【】 ") or text, tuple(rest))


def _number_of(found: re.Match[str]) -> str:
    written = folded(next(text for text in found.groups() if text))
    if written.isdecimal():
        return str(int(written))
    tens, has_ten, ones = written.rpartition("十")
    return str((DIGITS.get(tens, 1) if has_ten else 0) * 10 + DIGITS.get(ones, 0))


def _opening(lines: Sequence[Line]) -> tuple[str, tuple[Line, ...]]:
    """Return the title and the preamble."""
    for at, line in enumerate(lines):
        if line.kind is Kind.HEADING or (at == 0 and _is_heading(line.text)):
            return line.text, tuple(lines[:at]) + tuple(lines[at + 1 :])
    return "", tuple(lines)


def _names_cookies(text: str) -> bool:
    return any(word in folded(text).casefold() for word in ("cookie", "クッキー"))
