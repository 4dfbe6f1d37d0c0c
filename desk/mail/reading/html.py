"""HTML of strangers: as text to read, and as harmless HTML to show."""

import re
from collections.abc import Iterator
from html import escape, unescape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MOST_CHARACTERS = 2_000_000
"""HTML beyond this is read by the plain stripper; lxml and the table layout cost too much for what a mail can say."""
DEEPEST = 200
"""Levels of nesting that inscriptis, which recurses, is given."""
MOST_TABLE = 4_000_000
"""Rows times the longest cell: the layout pads every row to its widest cell."""
HIDDEN = ("style", "script", "title", "head", "template")
UNSHOWN = re.compile(rf"(?i)<(?:!--|({'|'.join(HIDDEN)})\b)")
CLOSERS = {"": re.compile("-->")} | {name: re.compile(rf"(?i)</{name}\s*>") for name in HIDDEN}
TAG = re.compile(r"<[^<>]*>?")
LINE_TAG = re.compile(r"(?i)</?(?:p|div|br|tr|li|ul|ol|table|h[1-6]|blockquote|pre|hr|section|article|address|dt|dd)\b")
WIDE = "\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff\uff01-\uff60"
WIDE_BREAK = re.compile(rf"(?<=[{WIDE}])[ \t]*+\r?\n[ \t]*+(?=[{WIDE}])")
MANY_LINES = re.compile(r"\n{3,}")
MOST_SAFE = 500_000
"""nh3 takes a second for 20,000 nested elements; a page of this length takes it a tenth of that."""
SHOWN = frozenset({
    "a", "abbr", "address", "article", "b", "bdi", "blockquote", "br", "caption", "center", "cite", "code",
    "col", "colgroup", "dd", "del", "dfn", "div", "dl", "dt", "em", "font", "h1", "h2", "h3", "h4", "h5", "h6",
    "hr", "i", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "rp", "rt", "ruby", "s", "samp", "section",
    "small", "span", "strike", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr",
    "tt", "u", "ul", "var", "wbr",
})  # fmt: skip
ATTRIBUTES = {
    "a": {"href"},
    "td": {"colspan", "rowspan", "align", "valign"},
    "th": {"colspan", "rowspan", "align", "valign", "scope"},
    "ol": {"start", "type"},
    "*": {"lang", "dir"},
}
HREF = re.compile(r"(?i)^\s*(?:https?|mailto|tel):")


def to_text(html: str) -> str:
    """Return what a reader would see: hidden parts dropped, the address of a link after its words. Never raises.

    Layout is inscriptis'; HTML that is too long, too deep or refused by lxml is stripped of its tags instead.
    """
    if len(html) <= MOST_CHARACTERS:
        laid_out = _laid_out(html)
        if laid_out is not None:
            return _tidy(laid_out)
    return _tidy(strip_tags(html))


def as_html(text: str) -> str:
    """Return plain text as HTML that keeps its lines."""
    return f"<pre>{escape(text)}</pre>"


def _laid_out(html: str) -> str | None:
    from inscriptis.css_profiles import CSS_PROFILES
    from inscriptis.html_engine import Inscriptis
    from inscriptis.model.config import ParserConfig
    from lxml.etree import LxmlError
    from lxml.html import document_fromstring

    if _nests_too_deep(html):
        return None
    try:
        tree = document_fromstring(_unbroken(_without_declaration(html)))
        if _is_costly(tree):
            return None
        _write_links(tree)
        return str(Inscriptis(tree, ParserConfig(css=CSS_PROFILES["strict"].copy())).get_text())
    except (LxmlError, ValueError, RecursionError, LookupError, TypeError, AttributeError, AssertionError):
        return None  # what inscriptis raises on odd tables and styles


def _without_declaration(html: str) -> str:
    """Drop an XML declaration: lxml refuses text that names an encoding."""
    plain = html.replace("\x00", "").lstrip("\ufeff \r\n\t")
    if plain[:5].lower() == "<?xml":
        end = plain.find(">")
        return plain[end + 1 :] if end >= 0 else plain[5:]
    return plain


def _unbroken(html: str) -> str:
    """Join lines broken between two wide characters, where Japanese has no space (CSS Text 3, segment breaks)."""
    return html if "<pre" in html or "white-space" in html else WIDE_BREAK.sub("", html)


def _nests_too_deep(html: str) -> bool:
    """Tell whether the tags could nest deeper than libxml2 keeps (256) or inscriptis recurses; rough and quick."""
    depth = deepest = 0
    for found in OPEN_OR_CLOSE.finditer(html):
        depth = max(0, depth - 1) if found[1] else depth + 1
        deepest = max(deepest, depth)
        if deepest > DEEPEST:
            return True
    return False


OPEN_OR_CLOSE = re.compile(
    r"<(/?)(?!(?i:br|img|hr|meta|link|input|col|area|base|wbr|embed|p|li|td|tr|th|o:p|dt|dd|option)\b)[a-zA-Z]"
)


def _is_costly(tree: "HtmlElement") -> bool:
    rows = longest = depth = 0
    for event, element in _events(tree):
        depth += 1 if event == "start" else -1
        if depth > DEEPEST + 50:
            return True
        if event == "start":
            rows += element.tag in ("tr", "li")
            longest = max(longest, len(element.text or ""), len(element.tail or ""))
    return rows * longest > MOST_TABLE


def _events(tree: "HtmlElement") -> "Iterator[tuple[str, HtmlElement]]":
    from lxml.etree import iterwalk

    return iterwalk(tree, events=("start", "end"))  # type: ignore[no-any-return]


def _write_links(tree: "HtmlElement") -> None:
    """Put a link's address behind its words, where the words are not the address already."""
    for anchor in tree.iter("a"):
        href = (anchor.get("href") or "").strip()
        if not HREF.match(href) or len(href) > 2_000:
            continue
        bare = href.removeprefix("mailto:").removeprefix("tel:")
        words = "".join(anchor.itertext())[:5_000].strip()
        if (
            not words
            or bare.rstrip("/") in words
            or words.rstrip("/") in (bare, re.sub(r"^https?://", "", bare).rstrip("/"))
        ):
            continue
        anchor.tail = f" <{bare}>{anchor.tail or ''}"


def strip_tags(html: str) -> str:
    """Return the text between the tags, in linear time for any input; scripts, styles and comments go."""
    kept: list[str] = []
    unclosed: set[str] = set()
    at = 0
    while (found := UNSHOWN.search(html, at)) is not None:
        kept.append(html[at : found.start()])
        at = _end_of(html, (found[1] or "").lower(), found.end(), unclosed)
    kept.append(html[at:])
    return unescape(TAG.sub(_tag_text, "".join(kept)))


def _end_of(html: str, name: str, at: int, unclosed: set[str]) -> int:
    """Return where a comment or hidden element ends; what never ends is shown rather than lost, and not sought again."""
    if name in unclosed:
        return at
    found = CLOSERS[name].search(html, at)
    if found is None:
        unclosed.add(name)
        return at
    return found.end()


def _tag_text(found: re.Match[str]) -> str:
    return "\n" if LINE_TAG.match(found[0]) else ("" if re.match(r"</?[a-zA-Z!?]", found[0]) else found[0])


def _tidy(text: str) -> str:
    lines = (line.rstrip() for line in text.replace("\xa0", " ").replace("\r", "").split("\n"))
    return MANY_LINES.sub("\n\n", "\n".join(lines)).strip("\n")


def safe_html(html: str) -> str:
    """Return HTML to show in a sandboxed frame: no script, style, form, picture or anything that loads.

    Links keep their words and `http`, `https`, `mailto` addresses. Beyond the limit of length the plain text is shown.
    """
    import nh3

    if len(html) > MOST_SAFE or _nests_too_deep(html):
        return as_html(to_text(html))
    return nh3.clean(
        html,
        tags=SHOWN,
        clean_content_tags={
            "script",
            "style",
            "title",
            "head",
            "template",
            "noscript",
            "textarea",
            "select",
            "svg",
            "math",
        },
        attributes=ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )
