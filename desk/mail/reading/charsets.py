"""Bytes to text in a fixed order: as declared if that holds, else by proof (UTF-8, JIS), else by what reads best."""

import codecs
import re
from dataclasses import dataclass
from functools import cached_property

from desk.mail.reading.codecs import codec_of
from desk.mail.reading.jis import decode_jis, ibm_pair, jis_pair, looks_jis
from desk.mail.reading.plausible import ENOUGH, is_japanese, score

BOMS = (
    (codecs.BOM_UTF8, "utf_8"),
    (b"\xff\xfe\x00\x00", "utf_32_le"),
    (b"\xff\xfe", "utf_16_le"),
    (b"\xfe\xff", "utf_16_be"),
)
WEAK = frozenset({"ascii", "cp1252", "iso8859_15", "cp1254"})
"""Labels that programs write without looking; each but ASCII reads any bytes, so that it proves nothing."""
MULTIBYTE = frozenset({"cp932", "euc_jp", "cp949", "gb18030", "big5hkscs", "cp950", "shift_jis_2004", "johab"})
UNFIT = re.compile("[\x00\ud800-\udfff\ufeff]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text, the codec that read it, and what was wrong with the label if anything."""

    text: str
    codec: str
    problem: str | None = None


class _Evidence:
    """What the bytes themselves say; each reading is made once, and only if it is asked for."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw

    @cached_property
    def has_escapes(self) -> bool:
        return looks_jis(self.raw)

    @cached_property
    def jis(self) -> tuple[str, bool]:
        return decode_jis(self.raw)

    @cached_property
    def utf8(self) -> str | None:
        return strict(self.raw, "utf_8")

    @cached_property
    def japanese(self) -> Decoded | None:
        """8-bit Japanese: whichever of the two readings holds and looks the more like Japanese."""
        codecs_ = ("euc_jp", "cp932")
        readings = [Decoded(text, codec) for codec in codecs_ if (text := strict(self.raw, codec)) is not None]
        fitting = [found for found in readings if is_japanese(found.text)]
        return max(fitting, key=lambda found: score(found.text), default=None)


def decode(raw: bytes, declared: str | None) -> Decoded:
    """Return the text of `raw`; never raises.

    Problems: `charset-unknown`, `charset-wrong`, `charset-broken` (bytes lost), `charset-guessed` (no label, no proof).
    The text holds no NUL, no byte order mark and no half character.
    """
    codec = codec_of(declared) if declared else "ascii"
    if raw.isascii() and b"\x1b" not in raw and b"\x0e" not in raw and codec in _LIKE_ASCII:
        return Decoded(raw.decode("ascii").replace("\x00", ""), codec or "ascii")
    evidence = _Evidence(raw)
    found = _by_mark(raw, codec) or (_as_declared(evidence, codec) if codec else None)
    found = found or _by_proof(evidence, codec if declared else None)
    problem = found.problem or _verdict(declared, codec, found.codec)
    text = UNFIT.sub("", found.text) if UNFIT.search(found.text) else found.text
    return Decoded(text, found.codec, problem)


def _verdict(declared: str | None, codec: str | None, read_by: str) -> str | None:
    if not declared:
        return "charset-guessed" if read_by in ("cp932", "euc_jp", "cp1252") else None
    if read_by == codec:
        return None
    return "charset-wrong" if codec else "charset-unknown"


def _by_mark(raw: bytes, codec: str | None) -> Decoded | None:
    """Trust a byte order mark, unless a declared double-byte text happens to begin with the same bytes."""
    for mark, marked in BOMS:
        if raw.startswith(mark) and (marked == "utf_8" or codec not in MULTIBYTE):
            text = raw[len(mark) :].decode(marked, "replace")
            return Decoded(text, codec if codec in ("utf_16", "utf_32") else marked)
    return None


def _as_declared(evidence: _Evidence, codec: str) -> Decoded | None:
    """Return the text as declared; None when that fails or when something else fits visibly better."""
    raw = evidence.raw
    if codec == "iso2022_jp":
        return _whole_jis(evidence) if raw.isascii() or evidence.has_escapes else None
    if codec in WEAK:
        return _declared_weak(evidence, codec)
    if codec == "utf_16":
        return Decoded(raw.decode(_byte_order(raw), "replace"), "utf_16")
    text = evidence.utf8 if codec == "utf_8" else strict(raw, codec)
    if text is None or (evidence.has_escapes and codec not in _STATEFUL):
        return None
    return None if codec in MULTIBYTE and _fits_better(evidence, codec, text) else Decoded(text, codec)


def _whole_jis(evidence: _Evidence) -> Decoded | None:
    text, is_whole = evidence.jis
    return Decoded(text, "iso2022_jp") if is_whole else None


def _declared_weak(evidence: _Evidence, codec: str) -> Decoded | None:
    """Take a label that proves nothing only when no proof speaks for another."""
    if codec == "ascii" or evidence.has_escapes or evidence.utf8 is not None:
        return None
    found = evidence.japanese
    if found is not None and score(found.text) >= ENOUGH:
        return None
    return Decoded(western(evidence.raw) if codec == "cp1252" else evidence.raw.decode(codec, "replace"), codec)


def _fits_better(evidence: _Evidence, codec: str, text: str) -> bool:
    """Tell whether UTF-8, or EUC under the label of Shift_JIS, reads much better than the label's own reading."""
    others = (evidence.utf8, strict(evidence.raw, "euc_jp") if codec == "cp932" else None)
    return any(other is not None and score(other) > score(text) for other in others)


def _byte_order(raw: bytes) -> str:
    """Return the order in which a UTF-16 without mark has its ASCII: RFC 2781 says big, Windows writes little."""
    return "utf_16_le" if raw[1:400:2].count(0) > raw[0:400:2].count(0) else "utf_16_be"


def _by_proof(evidence: _Evidence, declared: str | None) -> Decoded:
    """Read bytes whose label is missing, unknown or wrong."""
    raw = evidence.raw
    if evidence.has_escapes and (found := _whole_jis(evidence)) is not None:
        return found
    if evidence.utf8 is not None:
        return Decoded(evidence.utf8, "ascii" if raw.isascii() else "utf_8")
    return evidence.japanese or _damaged(evidence, declared)


def _damaged(evidence: _Evidence, declared: str | None) -> Decoded:
    """Read what nothing reads whole: by its label if that loses little, else byte by byte as Western text."""
    raw = evidence.raw
    if declared == "iso2022_jp" and (raw.isascii() or evidence.has_escapes):
        return Decoded(evidence.jis[0], declared, "charset-broken")
    for codec in dict.fromkeys((declared or "utf_8", "utf_8")):
        if codec in WEAK or codec == "iso2022_jp":
            continue
        text = raw.decode(codec, "replace")
        lost = text.count("\ufffd")
        if lost <= sum(not char.isascii() for char in text) - lost:
            return Decoded(text, codec, "charset-broken")
    return Decoded(western(raw), "cp1252", "charset-broken" if declared else None)


def strict(raw: bytes, codec: str) -> str | None:
    """Return the text if the codec gives every byte a meaning, else None.

    EUC-JP is read with NEC's and IBM's characters (code page 51932 and eucJP-ms).
    """
    try:
        return raw.decode(codec, "desk-euc" if codec == "euc_jp" else "strict")
    except (UnicodeError, LookupError, ValueError):
        return None


def western(raw: bytes) -> str:
    """Read Windows-1252, with the five codes that it leaves free as the controls of Latin-1 (WHATWG)."""
    try:
        return raw.decode("cp1252")
    except UnicodeDecodeError:
        return "".join(_WESTERN[byte] for byte in raw)


def _euc_rest(error: UnicodeError) -> tuple[str, int]:
    """Read the one character that Python's table lacks; an error handler, so that only such characters cost time.

    What is no character of the vendors' either is the error that it was.
    """
    assert isinstance(error, UnicodeDecodeError)  # noqa: S101 - registered for decoding only
    at = error.start
    lead, row, cell = (*error.object[at : at + 3], 0, 0, 0)[:3]
    if lead == 0x8F and row >= 0xA1 and cell >= 0xA1:
        char, after = ibm_pair(row & 0x7F, cell & 0x7F), at + 3
    elif 0xA1 <= lead <= 0xFE and 0xA1 <= row <= 0xFE:
        char, after = jis_pair(lead & 0x7F, row & 0x7F), at + 2
    else:
        raise error
    if char == "\ufffd":
        raise error
    return char, after


codecs.register_error("desk-euc", _euc_rest)
_WESTERN = [bytes((byte,)).decode("cp1252", "ignore") or chr(byte) for byte in range(256)]
_STATEFUL = frozenset({"iso2022_jp", "iso2022_kr", "hz", "utf_7"})
_LIKE_ASCII = frozenset(
    {None, "ascii", "utf_8", "cp932", "euc_jp", "gb18030", "cp949", "big5hkscs", "iso2022_jp"}
    | {f"cp125{n}" for n in range(9)}
)
