"""Transfer encodings undone, also where the label is wrong or the content damaged."""

import binascii
import re

from desk.mail.reading.uu import decode_uu
from desk.mail.reading.words import loose_base64

NAMES = {
    "base64": "base64",
    "base-64": "base64",
    "b": "base64",
    "x-base64": "base64",
    "quoted-printable": "qp",
    "quotedprintable": "qp",
    "quoted printable": "qp",
    "quoted-printible": "qp",
    "qp": "qp",
    "q": "qp",
    "x-uuencode": "uu",
    "uuencode": "uu",
    "x-uue": "uu",
    "uue": "uu",
}
CLEAN = re.compile(rb"[A-Za-z0-9+/\r\n]*+=*+\s*+")
DIGITS = re.compile(rb"[A-Za-z0-9+/]*={0,2}")
TRAILING = re.compile(rb"(?<![ \t])[ \t]++(?=\r*+\n)|(?<![ \t])[ \t]++\Z")
WORD = re.compile(rb"[A-Za-z]?[a-z]{1,20}")
"""All in small letters: words are written so, digits hardly ever."""
CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def encoding_of(label: str) -> str:
    """Return `base64`, `qp`, `uu`, or an empty text for all that leaves bytes as they are."""
    plain = re.sub(r"\([^()]*\)", "", label).strip(" \t;\"'.,").lower()
    return NAMES.get(plain) or NAMES.get(plain.partition(";")[0].partition(" ")[0].strip(), "")


def undo(body: bytes, encoding: str, *, is_text: bool) -> tuple[bytes, str | None]:
    """Return the content and, if the label was wrong or bytes were damaged, `transfer-wrong` or `transfer-broken`."""
    if encoding == "base64":
        return _base64_text(body) if is_text else _base64(body)
    if encoding == "qp":
        return _quoted_printable(body), None
    if encoding == "uu":
        content = decode_uu(body)
        return (content, None) if content is not None else (body, "transfer-wrong")
    return body, None


def _base64(body: bytes) -> tuple[bytes, str | None]:
    if CLEAN.fullmatch(body):
        try:
            return binascii.a2b_base64(body), None
        except binascii.Error:
            pass
    content = loose_base64(body)
    return content, "transfer-broken"


def _base64_text(body: bytes) -> tuple[bytes, str | None]:
    """Decode a text; a list's footer after the digits is kept as text, a whole that is no base64 stays as it is."""
    if CLEAN.fullmatch(body):
        content, problem = _base64(body)
        return (body, "transfer-wrong") if _was_plain(body, content) else (content, problem)
    digits, rest = _leading_digits(body)
    if not _looks_plain(rest):
        return loose_base64(body), "transfer-broken"
    content, _ = _base64(digits)
    if not digits.strip() or _was_plain(digits, content):
        return body, "transfer-wrong"
    return content + b"\n" + rest, "transfer-broken"


def _leading_digits(body: bytes) -> tuple[bytes, bytes]:
    """Return the lines of digits at the start, and what follows the first line that has another sign."""
    at = 0
    while at < len(body):
        end = body.find(b"\n", at)
        after = end + 1 if end >= 0 else len(body)
        line = body[at:after].strip()
        if line and not DIGITS.fullmatch(line):
            break
        at = after
        if line.endswith(b"="):
            break
    return body[:at], body[at:]


def _looks_plain(rest: bytes) -> bool:
    """Tell whether the rest is words between spaces rather than digits with junk among them."""
    lines = [line.strip() for line in rest[:4000].splitlines() if line.strip()]
    return sum(b" " in line or not re.match(rb"[A-Za-z0-9+/=]{8}", line) for line in lines) * 2 > len(lines)


def _was_plain(body: bytes, content: bytes) -> bool:
    """Tell whether digits that decode to no text were plain words: too few for a group, or nothing but controls."""
    digits = body.strip().replace(b"\r", b"").replace(b"\n", b"").rstrip(b"=")
    if not digits or len(digits) > 4000:
        return False
    if b"=" not in body and (len(digits) % 4 == 1 or WORD.fullmatch(digits)):
        return True
    return len(digits) < 60 and CONTROLS.search(content) is not None and b"=" not in body


def _quoted_printable(body: bytes) -> bytes:
    if b" \n" in body or b" \r" in body or b"\t\n" in body or b"\t\r" in body or body[-1:] in b" \t":
        body = TRAILING.sub(b"", body)  # added on the way (RFC 2045 section 6.7 rule 3)
    if b"=\r\r" in body:
        body = body.replace(b"=\r\r\n", b"=\r\n")
    return binascii.a2b_qp(body)
