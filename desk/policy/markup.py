"""Reading a page or Markdown line by line. Loaded when a policy is read: what it stands on takes six megabytes."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import count, repeat

from lxml import etree, html
from markdown_it import MarkdownIt

from desk.policy.lines import Kind, Line

MOST_DEPTH = 60
"""Deeper than this the text is kept, and its structure no longer."""
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


def read_markup(text: str, *, is_html: bool) -> tuple[list[Line], list[str]]:
    """Return the lines of a page, or of Markdown, and the names of the elements whose content was left out."""
    page = text if is_html else MarkdownIt("commonmark", {"html": False}).enable("table").render(_plain(text))
    walk = _Walk(keeps_breaks=not is_html)
    return list(walk.lines(page)), walk.left_out


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
