"""A policy as a company hands it over, Markdown, HTML or plain text in whatever encoding, as one list of lines with their depth."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import count, repeat

from lxml import etree, html
from markdown_it import MarkdownIt

MOST_BYTES = 1024 * 1024
"""No policy is longer; the longest known ones have a tenth of this."""
MOST_DEPTH = 60
"""Deeper than this the text is kept, and its structure no longer."""
SIGNATURES = (b"%PDF", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"{\\rtf")
CHARSETS = ("cp932", "euc_jis_2004")
BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "center",
        "dd",
        "details",
        "dialog",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "header",
        "hgroup",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
        "body",
        "html",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
    ]
)
SILENT = frozenset(
    {"script", "style", "template", "noscript", "iframe", "object", "embed", "svg", "canvas", "head", "form"}
)
"""Elements whose content is nothing a reader of the policy sees."""
AROUND = frozenset({"nav", "header", "footer", "aside"})
"""What stands around the policy on a company's site."""
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


class Kind(StrEnum):
    """What a line is."""

    HEADING = "heading"
    ITEM = "item"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a policy."""

    kind: Kind
    depth: int
    """Of a heading its level, 1 to 6; of all others how many lists it stands in."""
    text: str
    mark: str = ""
    """Of an item the number that a reader sees, or `・`."""
    is_bold: bool = False


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
    if len(content) > MOST_BYTES:
        raise BadPolicy("too-large")
    text, charset = decode(content)
    is_html = len(IS_HTML.findall(text[:20_000])) >= (1 if text.lstrip()[:1] == "<" else 5)
    page = text if is_html else MarkdownIt("commonmark", {"html": False}).enable("table").render(_plain(text))
    walk = _Walk(keeps_breaks=not is_html)
    lines = tuple(_joined(walk.lines(page)))
    if not lines:
        raise BadPolicy("empty")
    numbers = [] if is_html else re.findall(r"(?m)^\s*(\d{1,3})[.)]\s", text)
    has_same_numbers = len(numbers) >= 3 and set(numbers) == {"1"}
    return Source(charset, is_html, lines, has_same_numbers, tuple(dict.fromkeys(walk.left_out)))


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


def _plain(text: str) -> str:
    """Keep what Markdown would take for a block of code or a rule below: companies indent and underline by hand."""
    return re.sub(r"(?m)^[ \t]*(?:=|-|―|─|＝|ー){3,}[ \t]*$", "", text.replace("\u3000", " ").expandtabs(4))


class _Walk:
    """Walks a page once and gives its lines in order."""

    def __init__(self, *, keeps_breaks: bool) -> None:
        self.keeps_breaks = keeps_breaks
        self.left_out: list[str] = []
        self._words: list[tuple[str, bool]] = []

    def lines(self, page: str) -> Iterator[Line]:
        """Yield the lines of a page."""
        try:
            tree = html.document_fromstring(page.encode(), parser=html.HTMLParser(encoding="utf-8"))
        except etree.ParserError:
            return
        yield from self._inside(_main_of(tree, self.left_out), 0, 0)
        yield from self._flush(0)

    def _inside(self, element: html.HtmlElement, depth: int, nested: int) -> Iterator[Line]:
        self._say(element.text, element)
        marks = _marks(element)
        for child in element:
            if child.tag in SILENT:
                self.left_out.append(child.tag)
            elif nested >= MOST_DEPTH:
                self._say(" ".join(child.itertext()), child)
            elif child.tag in BLOCKS:
                yield from self._flush(depth)
                yield from self._block(child, depth, nested + 1, marks)
            elif isinstance(child.tag, str):
                yield from self._inside(child, depth, nested + 1)
            self._say(child.tail, element)

    def _block(self, element: html.HtmlElement, depth: int, nested: int, marks: Iterator[str]) -> Iterator[Line]:
        if element.tag == "li":
            yield from self._item(element, depth + 1, nested, next(marks))
        elif element.tag == "tr":
            yield from _row(element, depth + 1)
        elif element.tag != "br":
            yield from self._inside(element, depth, nested)
            is_heading = re.fullmatch("h[1-6]", element.tag) is not None
            for line in self._flush(depth):
                yield replace(line, kind=Kind.HEADING, depth=int(element.tag[1]), mark="") if is_heading else line

    def _item(self, element: html.HtmlElement, depth: int, nested: int, mark: str) -> Iterator[Line]:
        first = True
        for line in self._inside(element, depth, nested):
            yield replace(line, kind=Kind.ITEM, mark=mark) if first and line.kind is Kind.TEXT else line
            first = False
        for line in self._flush(depth):
            yield replace(line, kind=Kind.ITEM, mark=mark) if first else line
            first = False

    def _say(self, words: str | None, element: html.HtmlElement) -> None:
        if words:
            bold = any(above.tag in {"strong", "b", "dt"} for above in (element, *element.iterancestors()))
            self._words.append((words, bold))

    def _flush(self, depth: int) -> Iterator[Line]:
        """Yield what was said since the last break as lines."""
        said, self._words = self._words, []
        rows: list[list[tuple[str, bool]]] = [[]]
        for words, bold in said:
            pieces = words.split("\n") if self.keeps_breaks else [words]
            for number, piece in enumerate(pieces):
                if number:
                    rows.append([])
                rows[-1].append((piece, bold))
        for row in rows:
            text = " ".join("".join(words for words, _bold in row).split())
            if text:
                yield Line(Kind.TEXT, depth, text, is_bold=all(bold for words, bold in row if words.strip()))


def _main_of(tree: html.HtmlElement, left_out: list[str]) -> html.HtmlElement:
    """Return the part of a page that holds the policy; what stands around it goes."""
    for around in [element for element in tree.iter(*AROUND) if element.getparent() is not None]:
        if len("".join(around.itertext())) < len("".join(tree.itertext())) / 2:
            left_out.append(around.tag)
            around.drop_tree()
    places = list(tree.iter("main")) or list(tree.iter("article"))
    return places[0] if len(places) == 1 else tree


def _marks(element: html.HtmlElement) -> Iterator[str]:
    """Yield the marks that a reader sees before the items of a list."""
    if element.tag != "ol":
        return repeat("・")
    start = element.get("start", "1")
    return map(str, count(int(start) if re.fullmatch("[0-9]{1,4}", start) else 1))


def _row(element: html.HtmlElement, depth: int) -> Iterator[Line]:
    """Yield a row of a table as one item."""
    cells = [child for child in element if child.tag in {"td", "th"}]
    texts = [" ".join("".join(cell.itertext()).split()) for cell in cells]
    if any(texts):
        yield Line(Kind.ITEM, depth, " | ".join(texts), "・", all(cell.tag == "th" for cell in cells))


def _joined(lines: Iterator[Line]) -> Iterator[Line]:
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
