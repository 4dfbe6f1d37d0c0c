"""ISO-2022-JP as it is really sent: with NEC's and IBM's characters and half-width kana (code page 50221)."""

import re
from functools import lru_cache

ESCAPE = re.compile(rb"\x1b(?:\(([BJIH])|\$(?:\(?([@BDOPQ])))|\x1b&@")
LOOKS_JIS = re.compile(rb"\x1b(?:\$[@B]|\$\([BDOPQ@]|\(I)")
"""An escape that only a Japanese text has; `ESC ( B` alone proves nothing."""
RUN = re.compile(rb"[\x21-\x7e]{2}|[\xa1-\xfe]{2}|[^\x21-\x7e\xa1-\xfe]|.", re.DOTALL)

SHIFT_OUT, SHIFT_IN = 0x0E, 0x0F
UNKNOWN = "\ufffd"


def looks_jis(raw: bytes) -> bool:
    """Tell whether the bytes hold an escape to Japanese characters."""
    return b"\x1b" in raw and LOOKS_JIS.search(raw) is not None


def decode_jis(raw: bytes) -> tuple[str, bool]:
    """Return the text and whether every byte had a meaning.

    What Python's own table knows is read by it (RFC 1468: `〜` is U+301C). A text that it refuses was made by
    Windows: then all of it is read by code page 932's table, `～` (U+FF5E) and `①㈱髙` included.
    """
    for codec in ("iso2022_jp", "iso2022_jp_2", "iso2022_jp_3") if SHIFT_OUT not in raw else ():
        try:
            # JIS X 0201's overline is what ASCII writes as a tilde: addresses of pages have it, nothing else does.
            return raw.decode(codec).replace("\u203e", "~"), True
        except UnicodeDecodeError:
            continue
    text = "".join(_walk(raw))
    return text, UNKNOWN not in text


def _walk(raw: bytes) -> list[str]:
    """Return the pieces between escapes, each read by the character set that the last escape chose."""
    pieces: list[str] = []
    charset, at = "B", 0
    for found in ESCAPE.finditer(raw):
        pieces += _lines(raw[at : found.start()], charset)
        charset, at = _chosen(found, charset), found.end()
    return [*pieces, *_lines(raw[at:], charset)]


def _chosen(found: re.Match[bytes], before: str) -> str:
    if found[1]:
        return found[1].decode("ascii")
    return f"${found[2].decode('ascii')}" if found[2] else before


def _lines(raw: bytes, charset: str) -> list[str]:
    """Read one run; a line end falls back to ASCII (RFC 1468), which a lost escape makes needful."""
    head, end, tail = raw.partition(b"\n")
    first = _READERS.get(charset, _pairs)(head)
    return [first, "\n", _single(tail)] if end else [first]


def _single(raw: bytes) -> str:
    """Read ASCII, with half-width kana between shift-out and shift-in or as bytes above A0 (JIS X 0201)."""
    if raw.isascii() and b"\x0e" not in raw:
        return raw.decode("ascii").replace("\x0f", "").replace("\x1b", UNKNOWN)
    out, shifted = [], False
    for byte in raw:
        if byte in (SHIFT_OUT, SHIFT_IN):
            shifted = byte == SHIFT_OUT
        else:
            out.append(_kana_of(byte) if shifted or byte >= 0x80 else chr(byte))
    return "".join(out)


def _kana(raw: bytes) -> str:
    return "".join(_kana_of(byte) for byte in raw)


def _kana_of(byte: int) -> str:
    """Return the half-width kana of a 7-bit or 8-bit code."""
    code = byte & 0x7F
    if 0x21 <= code <= 0x5F:
        return chr(0xFF40 + code)
    return chr(byte) if byte < 0x80 else UNKNOWN


def _pairs(raw: bytes) -> str:
    """Read two bytes a character; single controls and spaces stand for themselves."""
    return "".join(_pair(found[0]) for found in RUN.finditer(raw))


@lru_cache(maxsize=16_384)
def _pair(two: bytes) -> str:
    if len(two) == 1:
        return two.decode("ascii") if two <= b"\x20" else UNKNOWN
    return jis_pair(two[0] & 0x7F, two[1] & 0x7F)


def jis_pair(row: int, cell: int) -> str:
    """Return the character of one JIS X 0208 code (both bytes 21 to 7E) by way of code page 932.

    The arithmetic is that of JIS X 0208 annex 1; rows 13 and 89 to 92 are NEC's.
    """
    lead = (row + 1) // 2 + (0x70 if row < 0x5F else 0xB0)
    trail = cell + 0x7E if row % 2 == 0 else cell + 0x1F + (cell >= 0x60)
    try:
        return bytes((lead, trail)).decode("cp932")
    except UnicodeDecodeError:
        return UNKNOWN


def _supplement(raw: bytes) -> str:
    """Read JIS X 0212, which Python knows as the third plane of EUC-JP."""
    return "".join(_supplement_pair(found[0]) for found in RUN.finditer(raw))


def _supplement_pair(two: bytes) -> str:
    if len(two) == 1:
        return _pair(two)
    try:
        return bytes((0x8F, two[0] | 0x80, two[1] | 0x80)).decode("euc_jp")
    except UnicodeDecodeError:
        return ibm_pair(two[0] & 0x7F, two[1] & 0x7F)


def ibm_pair(row: int, cell: int) -> str:
    """Return IBM's character that eucJP-ms keeps at the end of rows 83 and 84 of the supplementary plane."""
    position = (row - 0x73) * 94 + (cell - 0x73)
    return IBM_PLANE[position] if 0 <= position < len(IBM_PLANE) else UNKNOWN


def _ibm_plane() -> str:
    """Return small and large Roman numerals, five signs, then those of IBM's kanji that JIS X 0212 lacks."""
    codes = (bytes((lead, trail)) for lead in (0xFA, 0xFB, 0xFC) for trail in range(0x40, 0xFD) if trail != 0x7F)
    kanji = "".join(code.decode("cp932", "ignore") for code in codes if code > b"\xfa\x5b")[:360]
    return "ⅰⅱⅲⅳⅴⅵⅶⅷⅸⅹⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ＇＂㈱№℡" + "".join(char for char in kanji if not _is_supplementary(char))


def _is_supplementary(char: str) -> bool:
    try:
        char.encode("euc_jp")
    except UnicodeEncodeError:
        return False
    return True


IBM_PLANE = _ibm_plane()
_READERS = {"B": _single, "J": _single, "H": _single, "I": _kana, "$D": _supplement}
