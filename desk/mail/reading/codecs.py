"""Names of character sets as mails spell them, and the Python codec that reads each."""

import re
from encodings.aliases import aliases as _python_names
from functools import lru_cache

_OWN = {
    # What browsers and mailers mean by a name: the superset that Windows really wrote (WHATWG Encoding, section 4.2).
    "ascii": "ascii",
    "latin_1": "cp1252",
    "iso_8859_1": "cp1252",
    "iso8859_1": "cp1252",
    "iso_8859_9": "cp1254",
    "iso8859_9": "cp1254",
    "latin5": "cp1254",
    "iso_8859_11": "cp874",
    "iso8859_11": "cp874",
    "tis_620": "cp874",
    "windows_874": "cp874",
    "cp874": "cp874",
    "iso_8859_8_i": "iso8859_8",
    "iso_8859_8_e": "iso8859_8",
    "iso_8859_6_i": "iso8859_6",
    "iso_8859_6_e": "iso8859_6",
    "shift_jis": "cp932",
    "shiftjis": "cp932",
    "sjis": "cp932",
    "shift_jis_2004": "shift_jis_2004",
    "ms_kanji": "cp932",
    "mskanji": "cp932",
    "windows_31j": "cp932",
    "ms932": "cp932",
    "ms_932": "cp932",
    "cswindows31j": "cp932",
    "sjis_win": "cp932",
    "shift_jisx0213": "shift_jis_2004",
    "eucjp": "euc_jp",
    "euc_jp": "euc_jp",
    "ujis": "euc_jp",
    "eucjp_ms": "euc_jp",
    "eucjp_win": "euc_jp",
    "eucjpms": "euc_jp",
    "cp51932": "euc_jp",
    "cp20932": "euc_jp",
    "jis": "iso2022_jp",
    "iso2022jp": "iso2022_jp",
    "iso_2022_jp": "iso2022_jp",
    "iso2022_jp": "iso2022_jp",
    "iso_2022_jp_1": "iso2022_jp",
    "iso_2022_jp_2": "iso2022_jp",
    "iso_2022_jp_3": "iso2022_jp",
    "iso_2022_jp_ext": "iso2022_jp",
    "iso_2022_jp_ms": "iso2022_jp",
    "iso_2022_jp_2004": "iso2022_jp",
    "cp50220": "iso2022_jp",
    "cp50221": "iso2022_jp",
    "cp50222": "iso2022_jp",
    "windows_50221": "iso2022_jp",
    "ks_c_5601_1987": "cp949",
    "ks_c_5601_1989": "cp949",
    "ks_c_5601": "cp949",
    "ksc_5601": "cp949",
    "ksc5601": "cp949",
    "ksc5601_1987": "cp949",
    "iso_ir_149": "cp949",
    "euc_kr": "cp949",
    "euckr": "cp949",
    "cseuckr": "cp949",
    "uhc": "cp949",
    "windows_949": "cp949",
    "gb2312": "gb18030",
    "gb_2312": "gb18030",
    "gb_2312_80": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
    "gb18030_2000": "gb18030",
    "cp936": "gb18030",
    "windows_936": "gb18030",
    "ms936": "gb18030",
    "euc_cn": "gb18030",
    "euccn": "gb18030",
    "hz_gb_2312": "hz",
    "big5": "big5hkscs",
    "big5_hkscs": "big5hkscs",
    "cp950": "cp950",
    "windows_950": "cp950",
    "big5_eten": "cp950",
    "unicode_1_1_utf_7": "utf_7",
    "unicode_2_0_utf_7": "utf_7",
    "utf7": "utf_7",
    "unicode_1_1_utf_8": "utf_8",
    "unicode_2_0_utf_8": "utf_8",
    "utf_8": "utf_8",
    "utf8": "utf_8",
    "utf_8_sig": "utf_8",
    "utf8mb4": "utf_8",
    "utf_8n": "utf_8",
    "cesu_8": "utf_8",
    "unicode": "utf_16",
    "ucs_2": "utf_16",
    "iso_10646_ucs_2": "utf_16",
    "utf16": "utf_16",
    "utf_16": "utf_16",
    "macintosh": "mac_roman",
    "mac": "mac_roman",
    "koi8_u": "koi8_u",
    "koi8_ru": "koi8_u",
    "koi8_t": "koi8_t",
    "dos_862": "cp862",
    "8859_1": "cp1252",
    "iso_88591": "cp1252",
    "iso88591": "cp1252",
    "cp1006": "cp1006",
    "cp720": "cp720",
    "cp737": "cp737",
    "cp856": "cp856",
}
_ALSO = frozenset({"cp1252", "koi8_r", "iso8859_15", "utf_7", "cp932", "iso2022_kr"})
_NO_TEXT = frozenset(
    {
        "base64_codec",
        "bz2_codec",
        "hex_codec",
        "mbcs",
        "oem",
        "quopri_codec",
        "rot_13",
        "uu_codec",
        "zlib_codec",
    }
)
"""Python's codecs from bytes to bytes, and those of one operating system."""


@lru_cache(maxsize=256)
def codec_of(name: str) -> str | None:
    """Return the Python codec for a character set's name, None for a name that says nothing.

    Only known names reach the codec registry: it imports modules by name, and bytes-to-bytes codecs are among them.
    """
    word = re.split(r"[\s;,(]", name[:60].strip(" \"'"))[0]  # a comment may follow
    plain = re.sub(r"[^a-z0-9]+", "_", word.lower()).strip("_")
    for tried in (plain, plain.removeprefix("x_"), plain.removeprefix("cs"), re.sub(r"_(19|20)\d\d$", "", plain)):
        found = _find(tried)
        if found:
            return found
    return None


def every_codec() -> frozenset[str]:
    """Return every codec that a name can lead to."""
    return frozenset(codec for codec in _CODECS | set(_OWN.values()) if not codec.startswith(("koi8_t", "cp65001")))


def _find(plain: str) -> str | None:
    if plain in _OWN:
        return _OWN[plain]
    squeezed = re.sub(r"^(windows|cp|ibm|dos)_?(?=\d)", "cp", plain).replace("iso_8859", "iso8859")
    codec = _python_names.get(plain) or _python_names.get(squeezed)
    if codec is None and squeezed in _CODECS:
        codec = squeezed
    if codec is None or codec in _NO_TEXT:
        return None
    return _OWN.get(codec, codec)


_CODECS = (frozenset(_python_names.values()) | _ALSO) - _NO_TEXT
