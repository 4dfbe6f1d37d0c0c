"""The header of a mail or of a part: raw bytes cut into fields, whatever stands between them."""

import re
from dataclasses import dataclass

from desk.mail.reading.words import decode_words, one_line, raw_text

FIELD = re.compile(rb"([!-9;-~]{1,256})[ \t]*:")
KNOWN = re.compile(
    rb"(?i)(from|to|cc|bcc|subject|date|sender|reply-to|return-path|received|message-id|in-reply-to|references|"
    rb"mime-version|delivered-to|content-[a-z-]+|x-[a-z0-9-]+|dkim-signature|authentication-results|list-[a-z]+|"
    rb"auto-submitted|precedence|resent-[a-z-]+|user-agent|errors-to|organization|importance|thread-[a-z]+)[ \t]*:"
)
"""Names that make sense after a line that is no field; others could be words of a text."""
SEPARATORS = (b"From ", b">From ")
"""Of a mailbox file, left in the mail."""
GAP = re.compile(rb"[\r\n \t]{0,200}+")
CONTINUED = re.compile(rb"[ \t]+[^\s]")
MOST_BYTES = 2 * 1024 * 1024
MOST_FIELDS = 5_000
LONGEST_FIELD = 256 * 1024


@dataclass(frozen=True, slots=True)
class Field:
    """One header field; its value is raw, unfolded only when read."""

    name: str
    """Lower case."""
    raw: bytes

    @property
    def text(self) -> str:
        """The unfolded value as text, with encoded words as they stand."""
        return one_line(raw_text(unfold(self.raw))).strip()


@dataclass(frozen=True, slots=True)
class Headers:
    """The fields of one header in their order."""

    fields: tuple[Field, ...] = ()

    def all(self, name: str) -> list[Field]:
        """Return every field of this lower-case name, first first."""
        return [field for field in self.fields if field.name == name]

    def get(self, name: str) -> str:
        """Return the first field's value with encoded words as they stand, or an empty text."""
        return next((field.text for field in self.fields if field.name == name), "")

    def decoded(self, name: str) -> str:
        """Return the first field's value, decoded, as one line, or an empty text."""
        return decode_words(self.get(name)).strip()

    def first_filled(self, name: str) -> str:
        """Return the first value that is not blank, encoded words as they stand, or an empty text."""
        return next((text for field in self.all(name) if (text := field.text)), "")


def unfold(raw: bytes) -> bytes:
    """Join the lines of a folded value: each line end goes, the white space after it stays (RFC 5322 section 2.2.3)."""
    return raw.replace(b"\r", b"").replace(b"\n", b"") if b"\n" in raw or b"\r" in raw else raw


def split_headers(buffer: bytes, start: int, end: int) -> tuple[Headers, int, list[str]]:
    """Return the fields, where the body starts, and what was wrong; lines end in LF or CRLF.

    A line that is no field ends the header (its text must not be lost) unless a well-known field follows it.
    """
    scan = _Scan(buffer, end)
    at, limit = start, min(end, start + MOST_BYTES)
    while at < limit and len(scan.names) < MOST_FIELDS:
        after = _line_end(buffer, at, end)
        line = buffer[at:after].rstrip(b"\r\n")
        if not line.strip(b" \t") and not (line and scan.goes_on(after)):
            return scan.headers(), after, scan.problems
        if not scan.take(line, after):
            return scan.headers(), at, scan.problems
        at = after
    if at < end:
        scan.problems.append("header-size")
    return scan.headers(), at, scan.problems


class _Scan:
    """The fields of one header while its lines are read."""

    def __init__(self, buffer: bytes, end: int) -> None:
        self.buffer = buffer
        self.end = end
        self.names: list[str] = []
        self.values: list[list[bytes]] = []
        self.problems: list[str] = []

    def take(self, line: bytes, after: int) -> bool:
        """Add a line; return False if it belongs to the body."""
        if line[:1] in (b" ", b"\t") and self.names:
            self.values[-1] += [line] if line.strip() else []
        elif found := FIELD.match(line):
            self.names.append(found[1].decode("ascii").lower())
            self.values.append([line[found.end() :]])
        elif line.startswith(SEPARATORS) or KNOWN.match(self.buffer, after, self.end):
            self.problems.append("header-line")
        else:
            self.problems.append("header-end")
            return False
        return True

    def goes_on(self, after: int) -> bool:
        """Tell whether after a line of mere white space the header continues: obsolete folding, or a relay's work."""
        if not self.names:
            return False
        following = self.buffer[after : min(after + 300, self.end)]
        return KNOWN.match(following) is not None or CONTINUED.match(following) is not None

    def headers(self) -> Headers:
        """Return the fields read so far."""
        joined = (b"\n".join(value)[:LONGEST_FIELD] for value in self.values)
        return Headers(tuple(Field(name, raw) for name, raw in zip(self.names, joined, strict=True)))


def resume(headers: Headers, buffer: bytes, at: int, end: int) -> tuple[Headers, int] | None:
    """Go on after an empty line that cut a header in two: it had neither sender nor subject, and both or a type follow."""
    if not headers.fields or headers.all("from") or headers.all("subject"):
        return None
    gap = GAP.match(buffer, at, end)
    at = gap.end() if gap else at
    if not KNOWN.match(buffer, at, end):
        return None
    more, body, _ = split_headers(buffer, at, end)
    if not (more.all("from") and more.all("subject")):
        return None
    return Headers(headers.fields + more.fields), body


def _line_end(buffer: bytes, at: int, end: int) -> int:
    found = buffer.find(b"\n", at, end)
    return found + 1 if found >= 0 else end
