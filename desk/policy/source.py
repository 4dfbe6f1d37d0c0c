"""A policy as a company hands it over, Markdown, HTML or plain text in whatever encoding, as one list of lines with their depth."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from desk.policy.lines import Kind, Line

MOST_BYTES = 1024 * 1024
"""No policy is longer; the longest known ones have a tenth of this."""
SIGNATURES = (b"%PDF", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"{\\rtf")
CHARSETS = ("cp932", "euc_jis_2004")
IS_HTML = re.compile(
    r"<(?:!doctype\s+html|html|body|main|article|section|div|p|h[1-6]|ol|ul|table)\b[^>]*>", re.IGNORECASE
)
MARK = re.compile(
    r"\s*(?:(?P<bullet>[・●○■□◆◇▪–—*-])\s*"
    r"|[(（]?(?P<number>[0-9０-９]{1,2})[)）.．、]\s*(?![0-9０-９])"
    r"|(?P<circled>[①-⑳])\s*)(?=\S)"
)
"""What begins an item that was typed by hand."""


ARTICLE = re.compile(r"\s*第\s*[\d一二三四五六七八九十]+\s*[条章]")
"""A line that begins an article."""


class BadPolicy(Exception):
    """These bytes are no policy; `code` is `empty`, `too-large`, `not-text` or `not-a-policy`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Source:
    """A text as it was read."""

    charset: str
    is_html: bool
    lines: tuple[Line, ...]
    has_same_numbers: bool
    """Every item is numbered 1, and only what shows the text counts them."""
    left_out: tuple[str, ...]
    """Names of elements of a page whose content no reader sees, or which stand around the policy."""


def read_source(content: bytes) -> Source:
    """Return the lines of a policy. Raises `BadPolicy` for what is empty, too large or no text."""
    from desk.policy.markup import read_markup

    if len(content) > MOST_BYTES:
        raise BadPolicy("too-large")
    text, charset = decode(content)
    is_html = len(IS_HTML.findall(text[:20_000])) >= (1 if text.lstrip()[:1] == "<" else 5)
    found, left_out = read_markup(text, is_html=is_html)
    lines = tuple(_joined(found))
    if not lines:
        raise BadPolicy("empty")
    numbers = [] if is_html else re.findall(r"(?m)^\s*(\d{1,3})[.)]\s", text)
    has_same_numbers = len(numbers) >= 3 and set(numbers) == {"1"}
    return Source(charset, is_html, lines, has_same_numbers, tuple(dict.fromkeys(left_out)))


def decode(content: bytes) -> tuple[str, str]:
    """Return the text and the name of its encoding. Raises `BadPolicy`."""
    if not content.strip(b"\0 \t\r\n"):
        raise BadPolicy("empty")
    if content.startswith(SIGNATURES):
        raise BadPolicy("not-text")
    for mark, charset in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            return _checked(content, charset)
    for charset in ("iso2022_jp_3",) if b"\x1b$" in content else ("utf-8",):
        try:
            return _checked(content, charset)
        except UnicodeDecodeError:
            pass
    found = []
    for charset in CHARSETS:
        try:
            found.append(_checked(content, charset))
        except UnicodeDecodeError:
            continue
    if not found:
        raise BadPolicy("not-text")
    return max(found, key=lambda one: sum("ぁ" <= char <= "ん" for char in one[0]))


def _checked(content: bytes, charset: str) -> tuple[str, str]:
    text = content.decode(charset)
    odd = sum(unicodedata.category(char) == "Cc" and char not in "\t\r\n\f\v" for char in text)
    if odd > len(text) // 1000:
        raise BadPolicy("not-text")
    clean = "".join(char for char in text if unicodedata.category(char) != "Cc" or char in "\t\n\r")
    return clean.replace("\r\n", "\n").replace("\r", "\n"), charset


def folded(text: str) -> str:
    """Return a text as patterns are compared with it: NFKC, runs of space as one."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip()


def _joined(lines: Iterable[Line]) -> Iterator[Line]:
    """Turn the items that were typed by hand into items; another sort of mark among them begins a list within the list."""
    sorts: list[str] = []
    for line in lines:
        found = MARK.match(line.text) if line.kind is Kind.TEXT and not line.is_bold else None
        if found is None:
            if line.kind is not Kind.TEXT or line.is_bold or ARTICLE.match(line.text):
                sorts = []
            yield line
            continue
        sort = re.sub(r"\w|\s", "", found[0]) if found["number"] else "circled" if found["circled"] else "bullet"
        sorts = sorts[: sorts.index(sort) + 1] if sort in sorts else [*sorts, sort]
        number = unicodedata.normalize("NFKC", found["number"] or found["circled"] or "")
        mark = str(int(number)) if number else "・"
        yield Line(Kind.ITEM, line.depth + len(sorts), line.text[found.end() :], mark)
