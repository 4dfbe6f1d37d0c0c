"""Character sets as they are really declared: rightly, wrongly, not at all. The Japanese must be exact."""

import pytest

from desk.mail.reading.charsets import decode
from desk.mail.reading.codecs import codec_of, every_codec
from desk.mail.reading.read import read
from tests.mail.reading.building import cp50221, mail

LETTER = "お世話になっております。\n個人情報の開示を請求します。\n"
NAMES = ("開示請求", "山田太郎", "東京都千代田区霞が関１の１", "はい", "日本語ノ件名")
CODECS = {"utf-8": "utf-8", "shift_jis": "cp932", "euc-jp": "euc_jp", "iso-2022-jp": "iso2022_jp"}
LABELS = (None, "us-ascii", "iso-8859-1", "windows-1252", "utf-8", "shift_jis", "euc-jp", "iso-2022-jp", "x-nonsense")


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("real", CODECS)
@pytest.mark.parametrize("words", [LETTER, *NAMES])
def test_it_reads_japanese_under_any_label(words: str, real: str, label: str | None) -> None:
    assert decode(words.encode(CODECS[real]), label).text == words


@pytest.mark.parametrize(
    ("raw", "label", "words"),
    [
        (cp50221("①㈱髙橋－￣№℡"), "iso-2022-jp", "①㈱髙橋－￣№℡"),
        (cp50221("山﨑～Ⅳ㍻"), "iso-2022-jp", "山﨑～Ⅳ㍻"),
        (cp50221("①㈱"), None, "①㈱"),
        (cp50221("①㈱"), "us-ascii", "①㈱"),
        (b"\x1b(I6@6E\x1b(B end", "iso-2022-jp", "ｶﾀｶﾅ end"),
        (b"\x0e6@6E\x0f end", "iso-2022-jp", "ｶﾀｶﾅ end"),
        (cp50221("①") + b"\xb6\xc0\xb6\xc5", "iso-2022-jp", "①ｶﾀｶﾅ"),
        (b"\x1b$@F|K\\\x1b(J8l", "iso-2022-jp", "日本8l"),
        (b"\x1b$BF|K\\\n\x1b$B8l-!\x1b(B", "iso-2022-jp", "日本\n語①"),
        (b"\x1b$(D\x30\x21\x1b(B", "iso-2022-jp-1", "丂"),
        ("10時〜12時".encode("iso2022_jp"), "iso-2022-jp", "10時〜12時"),
        ("10時～12時".encode("cp932"), "Shift_JIS", "10時～12時"),
        ("①㈱髙橋ﾀﾛｳ".encode("cp932"), "Shift_JIS", "①㈱髙橋ﾀﾛｳ"),
        ("①㈱髙橋".encode("cp932"), None, "①㈱髙橋"),
        (b"\xad\xa1\xad\xea\xfc\xe2\xb6\xb6", "euc-jp", "①㈱髙橋"),
        (b"\x8f\xf4\xfb\xb6\xb6", "eucJP-ms", "髙橋"),
        (b"\x8e\xd4\x8e\xcf", "euc-jp", "ﾔﾏ"),
        ("ﾔﾏﾀﾞ ﾀﾛｳ".encode("cp932"), None, "ﾔﾏﾀﾞ ﾀﾛｳ"),
        ("日本語カナ".encode("gb18030"), "gb2312", "日本語カナ"),
        ("한국어".encode("cp949"), "ks_c_5601-1987", "한국어"),
        ("똠방각하".encode("cp949"), "euc-kr", "똠방각하"),
        ("中文測試".encode("big5"), "big5", "中文測試"),
        ("简体中文".encode("gbk"), "gb2312", "简体中文"),
        ("Привет".encode("koi8-r"), "koi8-r", "Привет"),
        ("Привет".encode("cp1251"), "windows-1251", "Привет"),
        ("日本".encode("utf-7"), "unicode-1-1-utf-7", "日本"),
        ("日本".encode("utf-16"), "utf-16", "日本"),
        ("abc日本".encode("utf-16-le"), "utf-16", "abc日本"),
        ("abc日本".encode("utf-16-be"), "utf-16", "abc日本"),
        ("日本".encode("utf-16"), None, "日本"),
        ("\ufeff日本".encode(), "utf-8", "日本"),
        ("“smart” – €".encode("cp1252"), "iso-8859-1", "“smart” – €"),
        ("ışğ".encode("cp1254"), "iso-8859-9", "ışğ"),
        ("שלום".encode("iso8859_8"), "iso-8859-8-i", "שלום"),
        ("café".encode("latin-1"), "ansi_x3.4-1968", "café"),
        ("Grüße ÄÖÜ".encode("latin-1"), "iso-8859-1", "Grüße ÄÖÜ"),
        ("ÀÉÈÙ ÇA ÉTÉ".encode("latin-1"), "iso-8859-1", "ÀÉÈÙ ÇA ÉTÉ"),
        ("naïve café".encode("latin-1"), "utf-8", "naïve café"),
        ("éa è".encode("latin-1"), None, "éa è"),
        ("あいう".encode() + b"\xff", "utf-8", "あいう\ufffd"),
        ("日本語の本文".encode()[:-1], "utf-8", "日本語の本\ufffd"),
        ("it’s what we don’t know".encode("cp1252"), None, "it’s what we don’t know"),
        ("it’s what we don’t know".encode("cp1252"), "iso-8859-1", "it’s what we don’t know"),
        ("“Hello—world”".encode("cp1252"), "windows-1252", "“Hello—world”"),
        ("INFORMAÇÃO E SOLICITAÇÃO".encode("latin-1"), "iso-8859-1", "INFORMAÇÃO E SOLICITAÇÃO"),
        ("INFORMAÇÃO".encode("latin-1"), None, "INFORMAÇÃO"),
        ("Yamada 山田".encode("cp932"), None, "Yamada 山田"),
        ("件名ABC".encode("cp932"), "iso-8859-1", "件名ABC"),
        (b"plain", "x-user-defined", "plain"),
        ("山田".encode("cp932"), "Shift_JIS (comment)", "山田"),
        (b"a\x00b", None, "ab"),
    ],
)  # fmt: skip
def test_it_reads(raw: bytes, label: str | None, words: str) -> None:
    assert decode(raw, label).text == words


@pytest.mark.parametrize(
    ("raw", "label", "problem"),
    [
        (b"plain", None, None),
        ("日本".encode(), None, None),
        ("日本".encode(), "utf-8", None),
        ("日本です".encode("cp932"), None, "charset-guessed"),
        (b"caf\xe9", None, "charset-guessed"),
        (b"plain", "iso-2022-jp", None),
        ("日本".encode("cp932"), "x-sjis", None),
        ("日本".encode(), "iso-2022-jp", "charset-wrong"),
        ("日本".encode("iso2022_jp"), "us-ascii", "charset-wrong"),
        ("日本".encode(), "x-nonsense", "charset-unknown"),
        (b"\xe3\x81\x82\xff", "utf-8", "charset-broken"),
    ],
)
def test_it_says_what_was_wrong_with_the_label(raw: bytes, label: str | None, problem: str | None) -> None:
    assert decode(raw, label).problem == problem


@pytest.mark.parametrize(
    "name", ["hex", "base64", "zlib", "rot13", "idna", "punycode", "unicode_escape", "undefined", "mbcs"]
)
def test_it_keeps_python_s_other_codecs_from_strangers(name: str) -> None:
    assert codec_of(name) is None


def test_it_knows_only_codecs_that_exist() -> None:
    assert all("a".encode("ascii").decode(codec, "replace") is not None for codec in every_codec())


@pytest.mark.parametrize("encoding", ["cp932", "euc_jp", "iso2022_jp", "utf-8"])
def test_it_reads_an_undeclared_body(encoding: str) -> None:
    assert read(mail("From: a@example.jp", LETTER.encode(encoding))).text == LETTER.strip()


def test_it_reads_html_by_its_own_declaration() -> None:
    raw = '<html><head><meta charset="Shift_JIS"></head><body>山田</body></html>'.encode("cp932")
    assert read(mail("Content-Type: text/html", raw)).text == "山田"
