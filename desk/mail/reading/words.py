"""Header text: raw 8-bit bytes and encoded words (RFC 2047), whole or broken, as one clean line."""

import binascii
import re
from dataclasses import dataclass

from desk.mail.reading.charsets import decode
from desk.mail.reading.codecs import codec_of

START = re.compile(r"=\?([A-Za-z0-9_.:+\"'()\-]{0,60})(?:\*[A-Za-z0-9\-]{0,20})?\?([bBqQ])\?")
BREAKS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
JUNK = re.compile(rb"[^A-Za-z0-9+/=]+")
HEX = re.compile(r"[0-9A-Fa-f]{2}")
Q_ESCAPE = re.compile(rb"=([0-9A-Fa-f]{2})")
LONGEST = 100_000
"""Characters of one header that are decoded; what follows is cut. RFC 5322 knows no header near it."""


@dataclass(slots=True)
class Word:
    """One encoded word, its bytes not yet text."""

    charset: str
    raw: bytes
    base64: str = ""
    """The digits, when they stop in the middle of a group of four: the next word may go on with it."""

    def joined(self, other: "Word") -> "Word":
        """Return both as one."""
        if self.base64 and other.base64:  # the digits, not the bytes: a group of four lies across the gap
            return _word(self.charset, self.base64 + other.base64, "b")
        return Word(self.charset, self.raw + other.raw)


def _word(charset: str, text: str, encoding: str) -> Word:
    digits = text.strip() if encoding in "bB" else ""
    is_cut = len(digits) % 4 != 0 and not digits.endswith("=")
    return Word(charset, _word_bytes(text, encoding), digits if is_cut else "")


def raw_text(raw: bytes) -> str:
    """Return a header's bytes as text, encoded words left as they are: ASCII, else UTF-8, JIS, SJIS or EUC."""
    return decode(raw[:LONGEST], None).text


def one_line(text: str) -> str:
    """Return the text without line ends and controls: each run becomes one space."""
    return BREAKS.sub(" ", text) if BREAKS.search(text) else text


def decode_words(text: str) -> str:
    """Return the text with its encoded words decoded, as one line.

    White space between two encoded words is dropped (RFC 2047 section 6.2). Adjacent words of one character set are
    joined before they are decoded, because mailers cut characters and JIS states in two.
    """
    if "=?" not in text:
        return one_line(text)
    return one_line("".join(_texts(_tokens(text))))


def _tokens(text: str) -> list[str | Word]:
    """Split the text into plain pieces and words, without the white space between words."""
    tokens: list[str | Word] = []
    at = 0
    while (found := START.search(text, at)) is not None:
        end = _end_of_word(text, found.end(), found[2])
        if end < 0:
            break
        between = text[at : found.start()]
        if between and not (tokens and isinstance(tokens[-1], Word) and between.isspace()):
            tokens.append(between)
        tokens.append(_word(found[1].strip("\"'"), text[found.end() : end], found[2]))
        at = end + 2
    return [*tokens, text[at:]] if text[at:] else tokens


def _end_of_word(text: str, start: int, encoding: str) -> int:
    """Return where `?=` ends the word; a raw `?` before an escape (`?=E3`) is text, if an end still follows."""
    end = text.find("?=", start)
    while encoding in "qQ" and end >= 0 and HEX.match(text, end + 2):
        later = text.find("?=", end + 2)
        if later < 0 or " " in text[end + 2 : later] or "=?" in text[end + 2 : later]:
            break
        end = later
    return end


def _word_bytes(text: str, encoding: str) -> bytes:
    raw = text.encode("utf-8", "replace")
    if encoding in "bB":
        return loose_base64(raw)
    return Q_ESCAPE.sub(lambda found: bytes((int(found[1], 16),)), raw.replace(b"_", b" "))


def loose_base64(raw: bytes) -> bytes:
    """Decode base64 that has junk in it, lacks its padding or was pasted together from padded pieces."""
    pieces = [piece for piece in JUNK.sub(b"", raw).split(b"=") if piece]
    return b"".join(_unpadded(piece) for piece in pieces)


def _unpadded(piece: bytes) -> bytes:
    whole = len(piece) - (len(piece) % 4 == 1)  # a single left-over digit holds no byte
    return binascii.a2b_base64(piece[:whole] + b"=" * (-whole % 4))


def _texts(tokens: list[str | Word]) -> list[str]:
    texts: list[str] = []
    pending: Word | None = None
    for token in tokens:
        if isinstance(token, Word) and pending is not None and _joinable(pending, token):
            pending = pending.joined(token)
            continue
        if pending is not None:
            texts.append(decode(pending.raw, pending.charset).text)
        pending = token if isinstance(token, Word) else None
        if isinstance(token, str):
            texts.append(token)
    if pending is not None:
        texts.append(decode(pending.raw, pending.charset).text)
    return texts


def _joinable(first: Word, second: Word) -> bool:
    """Tell whether two words are one stretch of bytes; UTF-7 and UTF-16 begin anew in each word."""
    codec = codec_of(first.charset)
    return first.charset.lower() == second.charset.lower() and codec not in ("utf_7", "utf_16", "utf_32")
