"""Bytes to a tree of parts: cut at boundaries without copying, within limits, for every sequence of bytes.

The standard library's parser turns all bytes into lines of text first, ends headers at one stray line and leaves the
limits to its caller; here a part is a span of the mail, so that 25 MiB are held once.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from desk.mail.reading.headers import Headers, resume, split_headers
from desk.mail.reading.parameters import split_value
from desk.mail.reading.transfer import encoding_of, undo

MESSAGES = frozenset({"message/rfc822", "message/global", "message/news"})
DEEPEST = 50
MOST_PARTS = 1_000
TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,100}/[a-z0-9!#$&^_.+-]{1,100}")
GUESS = re.compile(rb"^--([^\s-][^\r\n]{0,200}?)[ \t]*\r?\nContent-[A-Za-z-]+[ \t]*:", re.MULTILINE)
BLANK_LINES = re.compile(rb"[\r\n]*+")
LINE_END = re.compile(rb"[ \t]*(?:\r?\n|\r|\Z)")


@dataclass(slots=True)
class Node:
    """One part: a span of a buffer, what its header says of it, and the parts within."""

    buffer: bytes
    start: int
    end: int
    """The body, still encoded."""
    headers: Headers
    type: str
    params: dict[str, str]
    disposition: str
    file_params: dict[str, str]
    encoding: str
    children: list["Node"] = field(default_factory=list)
    cuts: tuple[int, int] = (0, 0)
    """Where the first delimiter starts and where the last one ends."""
    problem: str | None = None
    """What was wrong with the transfer encoding, once the content was asked for."""

    @property
    def body(self) -> bytes:
        """The bytes as sent."""
        return self.buffer[self.start : self.end]

    def content(self) -> bytes:
        """The bytes with the transfer encoding undone."""
        content, self.problem = undo(self.body, self.encoding, is_text=self.type.startswith("text/"))
        return content

    def walk_shallow(self) -> Iterator["Node"]:
        """Yield this part and all within, in the order of the mail, but nothing of a mail within it."""
        yield self
        if self.type not in MESSAGES:
            for child in self.children:
                yield from child.walk_shallow()

    def outside(self) -> list[bytes]:
        """Return what stands before the first part and after the last one, where no part should be."""
        if not self.children or self.children[0].buffer is not self.buffer:
            return []
        first, last = self.cuts
        return [self.buffer[self.start : first], self.buffer[last : self.end]]


class Parser:
    """Parses one mail; `problems` tells what was not as it should be."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.count = 0

    def parse(self, buffer: bytes, start: int, end: int, default: str = "text/plain", depth: int = 0) -> Node:
        """Return the tree of the part in a span of the buffer."""
        self.count += 1
        headers, body, wrong = split_headers(buffer, start, end)
        if depth == 0 and (more := resume(headers, buffer, body, end)) is not None:
            headers, body = more
            wrong.append("header-gap")
        self.problems += wrong
        node = _node(buffer, body, end, headers, default)
        if node.type.startswith("multipart/") or (depth == 0 and self._lost_its_type(node)):
            self._open(node, depth)
        elif node.type in MESSAGES:
            self._open_message(node, depth)
        return node

    def _lost_its_type(self, node: Node) -> bool:
        """Tell whether a mail without Content-Type is a multipart all the same; then name it one."""
        if node.headers.all("content-type"):
            return False
        found = GUESS.search(node.buffer, node.start, node.end)
        if found is None or node.buffer.find(b"\n--" + found[1] + b"--", found.end(), node.end) < 0:
            return False
        node.type = "multipart/mixed"
        return True

    def _open(self, node: Node, depth: int) -> None:
        """Find the parts of a multipart; without any it becomes the text that it is."""
        if depth >= DEEPEST or self.count >= MOST_PARTS:
            self.problems.append("too-deep" if depth >= DEEPEST else "too-many-parts")
            node.type = "application/octet-stream"
            return
        spans = self._spans(node)
        if not spans:
            self.problems.append("no-parts")
            node.type = "text/plain"
            if node.cuts[0] > node.start:  # the marks of an end stood there, but none of a beginning
                node.end = _before(node.buffer, node.cuts[0], node.start)
            return
        inner = "message/rfc822" if node.type == "multipart/digest" else "text/plain"
        for start, end in spans:
            if self.count >= MOST_PARTS:
                self.problems.append("too-many-parts")
                break
            node.children.append(self.parse(node.buffer, start, end, inner, depth + 1))

    def _spans(self, node: Node) -> list[tuple[int, int]]:
        declared = node.params.get("boundary", "").rstrip()
        for boundary in _spellings(declared):
            spans = self._cut(node, boundary)
            if spans:
                return spans
        if node.encoding:  # forbidden, and done (RFC 2045 section 6.4)
            node.buffer, node.encoding = node.content(), ""
            node.start, node.end = 0, len(node.buffer)
            return self._spans(node)
        found = GUESS.search(node.buffer, node.start, node.end)
        if found is None:
            return []
        self.problems.append("boundary")
        return self._cut(node, found[1])

    def _cut(self, node: Node, boundary: bytes) -> list[tuple[int, int]]:
        """Return the spans between delimiter lines; the line end before one belongs to it (RFC 2046 section 5.1.1)."""
        spans: list[tuple[int, int]] = []
        begun = first = -1
        last = node.end
        for start, after, closes in islice(delimiters(node.buffer, node.start, node.end, boundary), MOST_PARTS * 10):
            if begun >= 0:
                spans.append((begun, _before(node.buffer, start, begun)))
            first, last = (first if first >= 0 else start), after
            begun = -1 if closes else after
            if len(spans) > MOST_PARTS:
                break
        node.cuts = (max(first, 0), last)
        if begun >= 0:
            self.problems.append("unclosed")
            if begun < node.end or not spans:
                spans.append((begun, node.end))
        return spans

    def _open_message(self, node: Node, depth: int) -> None:
        if depth >= DEEPEST or self.count >= MOST_PARTS:
            self.problems.append("too-deep" if depth >= DEEPEST else "too-many-parts")
            return
        if node.encoding:
            node.buffer, node.encoding = node.content(), ""
            node.start, node.end = 0, len(node.buffer)
        start = skip_preface(node.buffer, node.start, node.end)
        node.children.append(self.parse(node.buffer, start, node.end, "text/plain", depth + 1))


def _spellings(declared: str) -> list[bytes]:
    """Return the boundary as bytes in the encodings that raw 8-bit headers come in."""
    if not declared:
        return []
    spelled = [declared.encode("utf-8", "replace")]
    if not declared.isascii():
        spelled += [declared.encode("cp1252", "replace"), declared.encode("cp932", "replace")]
    return spelled


def delimiters(buffer: bytes, start: int, end: int, boundary: bytes) -> Iterator[tuple[int, int, bool]]:
    """Yield (start of the line, start of the next line, whether it closes) of each delimiter line."""
    mark = b"--" + boundary
    at = start
    while (found := buffer.find(mark, at, end)) >= 0:
        at = found + len(mark)
        if found > start and buffer[found - 1] not in b"\r\n":
            continue
        closes = buffer[at : at + 2] == b"--"
        line_end = LINE_END.match(buffer, at + 2 * closes, end)
        if line_end is None and closes:  # text straight after the closing marks is an epilogue
            after = buffer.find(b"\n", at, end)
            yield found, after + 1 if after >= 0 else end, True
        elif line_end is not None:
            at = line_end.end()
            yield found, at, closes


def _before(buffer: bytes, at: int, least: int) -> int:
    if at > least and buffer[at - 1] == 10:
        at -= 1
    return at - 1 if at > least and buffer[at - 1] == 13 else at


def skip_preface(buffer: bytes, start: int, end: int) -> int:
    """Return where the header starts: after blank lines and a byte order mark that somebody put before it."""
    if buffer.startswith(b"\xef\xbb\xbf", start):
        start += 3
    found = BLANK_LINES.match(buffer, start, end)
    return found.end() if found else start


def _node(buffer: bytes, start: int, end: int, headers: Headers, default: str) -> Node:
    media_type, params = split_value(headers.first_filled("content-type"))
    disposition, file_params = split_value(headers.first_filled("content-disposition"))
    return Node(
        buffer=buffer,
        start=start,
        end=end,
        headers=headers,
        type=_media_type(media_type, default),
        params=params,
        disposition=disposition,
        file_params=file_params,
        encoding=encoding_of(headers.get("content-transfer-encoding")),
    )


def _media_type(written: str, default: str) -> str:
    """Return a well-formed type; `text` alone and nonsense are read as plain text (RFC 2045 section 5.2)."""
    plain = written.replace(" ", "")
    if TYPE.fullmatch(plain):
        return plain
    if not plain:
        return default
    if plain in ("multipart", "multipart/"):
        return "multipart/mixed"
    return "text/plain" if plain.partition("/")[0] in ("text", "") or "/" not in plain else "application/octet-stream"
