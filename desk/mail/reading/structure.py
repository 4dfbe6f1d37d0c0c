"""A tree of parts made into what a person reads: one text, one HTML, a list of files."""

import re
from dataclasses import dataclass, field

from desk.mail.reading import calendar, tnef, uu
from desk.mail.reading.charsets import decode
from desk.mail.reading.files import File, declared_name, file_of, is_tnef_part, uu_file
from desk.mail.reading.flowed import unflow
from desk.mail.reading.html import as_html, to_text
from desk.mail.reading.names import clean_name
from desk.mail.reading.tree import MESSAGES, Node, Parser

MOST_TEXT = 4 * 1024 * 1024
"""Bytes of text that are decoded; the original keeps the rest."""
HTML = frozenset({"text/html", "application/xhtml+xml", "text/x-amp-html", "text/watch-html"})
NOT_WORDS = frozenset({
    "text/calendar", "text/x-vcard", "text/vcard", "text/directory", "text/x-vcalendar", "text/css", "text/csv",
    "text/xml", "text/rtf", "text/rfc822-headers", "text/javascript", "text/x-patch", "text/x-diff",
})  # fmt: skip
META = re.compile(rb"(?i)<meta[^>]{0,200}charset\s{0,5}=\s{0,5}[\"']?([A-Za-z0-9_.:-]{2,40})")
ENRICHED = re.compile(r"(?i)<(<)|<param>[^<]*</param>|</?[a-z-]{1,60}>")


@dataclass(slots=True)
class Text:
    """One inline text of the mail, and the HTML that it stands for or stands beside."""

    text: str
    is_html: bool = False
    source: str = ""


@dataclass(slots=True)
class Reading:
    """Collects texts and files while the tree is walked."""

    files: list[File] = field(default_factory=list)
    spare: list[Text] = field(default_factory=list)
    """Texts of Outlook's containers, for a mail that has no other."""
    problems: list[str] = field(default_factory=list)
    spent: int = 0
    """Bytes of text decoded so far."""

    def texts(self, node: Node) -> list[Text]:
        """Return the inline texts below a part, and note its files."""
        if node.type == "multipart/alternative":
            return _best([self.texts(child) for child in node.children])
        if node.type.startswith("multipart/"):
            return _without_twins([text for child in node.children for text in self.texts(child)])
        if _is_words(node) and node.disposition != "attachment" and not declared_name(node):
            return self.inline(node)
        self.files.append(file_of(node))
        if _is_words(node) and node.disposition == "inline":  # a file, and wanted in the text
            return self.inline(node)
        if is_tnef_part(node):
            self._open_tnef(node)
        return []

    def inline(self, node: Node) -> list[Text]:
        """Return the text of one part, its uuencoded files taken out and noted."""
        raw = self._raw(node)
        charset = node.params.get("charset")
        if node.type in HTML:
            text = self.decoded(raw, charset or _meta_charset(raw))
            return [Text(to_text(text), True, text)]
        raw, files = uu.split_text(raw)
        self.files += [uu_file(name, content) for name, content in files]
        return [Text(_plain(self.decoded(raw, charset), node))]

    def decoded(self, raw: bytes, charset: str | None) -> str:
        """Return the text, and note what was wrong with its label."""
        found = decode(raw, charset)
        self.note(found.problem)
        return found.text

    def note(self, problem: str | None) -> None:
        """Remember the code of a problem."""
        if problem:
            self.problems.append(problem)

    def _raw(self, node: Node) -> bytes:
        raw = node.content()
        self.note(node.problem)
        left = max(0, MOST_TEXT - self.spent)
        if len(raw) > left:
            self.note("text-cut")
            raw = raw[: max(raw.rfind(b"\n", 0, left), 0) or left]  # whole characters
        self.spent += len(raw)
        return raw

    def _open_tnef(self, node: Node) -> None:
        found = tnef.read_tnef(node.content())
        if found is None:
            self.note("tnef")
            return
        self.files += [
            File(clean_name(name), "application/octet-stream", False, None, content=content)
            for name, content in found.files
        ]
        if found.text.strip():
            self.spare.append(Text(found.text, False, found.html))
        elif found.html:
            self.spare.append(Text(to_text(found.html), True, found.html))


def read_texts(root: Node, reading: Reading) -> list[Text]:
    """Return the texts of a mail, or of the next best within when it says nothing itself."""
    texts = reading.texts(root)
    if _says_something(texts):
        return texts
    return next((found for found in _fallbacks(root, reading) if _says_something(found)), texts)


def _fallbacks(root: Node, reading: Reading) -> "list[list[Text]]":
    """Return what may stand in for a missing text: a named text, Outlook's, a mail within, an invitation, a preamble."""
    nodes = list(root.walk_shallow())
    named = [node for node in nodes if _is_words(node) and not node.disposition and declared_name(node)]
    if named:
        return [[text for node in named for text in reading.inline(node)]]
    if reading.spare:
        return [reading.spare]
    within = next((node.children[0] for node in nodes if node.type in MESSAGES and node.children), None)
    if within is not None:
        return [read_texts(within, Reading(spent=reading.spent))]
    fragment = next((node for node in nodes if node.type == "message/partial"), None)
    if fragment is not None:
        return [read_texts(Parser().parse(fragment.buffer, fragment.start, fragment.end), Reading())]
    invitation = next((node for node in nodes if node.type == "text/calendar"), None)
    if invitation is not None:
        text = reading.decoded(invitation.content()[:MOST_TEXT], invitation.params.get("charset") or "utf-8")
        return [[Text(calendar.summarise(text))]]
    return [[Text(_plain(reading.decoded(outside[:MOST_TEXT], None), root))] for outside in root.outside()]


def _says_something(texts: list[Text]) -> bool:
    return any(text.text.strip() for text in texts)


def _is_words(node: Node) -> bool:
    return node.type in HTML or (node.type.startswith("text/") and node.type not in NOT_WORDS)


def _best(alternatives: list[list[Text]]) -> list[Text]:
    """Choose among alternatives: plain words if any say something, the last HTML beside them."""
    html = next((texts for texts in reversed(alternatives) if any(text.is_html for text in texts)), [])
    for texts in alternatives:
        if texts is not html and any(text.text.strip() and not text.is_html for text in texts):
            source = "".join(text.source or as_html(text.text) for text in html)
            return [Text(texts[0].text, False, source), *texts[1:]]
    return html or next((texts for texts in alternatives if _says_something(texts)), [])


def _without_twins(texts: list[Text]) -> list[Text]:
    """Drop an HTML that says what a plain text beside it says: some mailers forget to call them alternatives."""
    if not any(text.is_html for text in texts):
        return texts
    plain = {_squeezed(text): text for text in texts if not text.is_html and text.text.strip()}
    kept: list[Text] = []
    for text in texts:
        twin = plain.get(_squeezed(text)) if text.is_html else None
        if twin is None:
            kept.append(text)
        else:
            twin.source = twin.source or text.source
    return kept


def _squeezed(text: Text) -> str:
    return "".join(text.text.split())


def _plain(text: str, node: Node) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    if node.type in ("text/enriched", "text/richtext"):
        return ENRICHED.sub(lambda tag: tag[1] or "", lines)
    if node.params.get("format", "").lower().startswith("flowed"):
        return unflow(lines, delsp=node.params.get("delsp", "").lower().startswith("yes"))
    return lines


def _meta_charset(raw: bytes) -> str | None:
    found = META.search(raw[:4096])
    return found[1].decode("ascii") if found else None


def joined_text(texts: list[Text]) -> str:
    """Return the texts one after another, an empty line between them."""
    return "\n\n".join(stripped for text in texts if (stripped := text.text.strip("\n").rstrip()))


def joined_html(texts: list[Text]) -> str | None:
    """Return the HTML of a mail that has any, plain texts between as they stand; None for a mail without."""
    if not any(text.source for text in texts):
        return None
    return "\n".join(text.source or as_html(text.text) for text in texts)
