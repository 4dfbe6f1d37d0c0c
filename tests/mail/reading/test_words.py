"""Encoded words, whole and broken, and raw headers."""

from base64 import b64encode

import pytest

from desk.mail.reading.read import read
from desk.mail.reading.words import decode_words
from tests.mail.reading.building import cp50221, encoded_word, mail

LONG = "個人情報の開示等の請求について（お問い合わせ番号の件）"


def cut_word(words: str, at: int, charset: str = "utf-8") -> str:
    """Return two adjacent encoded words, cut after so many bytes."""
    raw = words.encode(charset)
    pieces = (b64encode(raw[:at]).decode(), b64encode(raw[at:]).decode())
    return "\r\n ".join(f"=?{charset}?B?{piece}?=" for piece in pieces)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (encoded_word("山田"), "山田"),
        (f"{encoded_word('山')} {encoded_word('田')}", "山田"),
        (f"{encoded_word('山')}\r\n\t{encoded_word('田', 'iso-2022-jp')}", "山田"),
        (f"Re: {encoded_word('件名')} (1)", "Re: 件名 (1)"),
        (cut_word(LONG, 10), LONG),
        (cut_word(LONG, 10, "iso-2022-jp"), LONG),
        (cut_word(LONG, 11, "shift_jis"), LONG),
        ("=?utf-8?B?4?= =?utf-8?B?4GC44GE?=", "あい"),
        ("=?UTF-8?B?44GC44GE=?=", "あい"),
        ("=?UTF-8?B?44GC=44GE?=", "あい"),
        ("=?utf-8?b?44GC44G?=", "あ\ufffd"),
        ("=?iso-8859-1?Q?caf=E9_au_lait?=", "café au lait"),
        ("=?iso-8859-1?q?caf=e9 au lait?=", "café au lait"),
        ("=?utf-8?Q?Where?=E3=81=82?=", "Where?あ"),
        ("=?utf-8?Q?a?=", "a"),
        ("=?utf-8?Q??=", ""),
        ("=?iso-2022-jp*ja?B?GyRCJCIbKEI=?=", "あ"),
        ("=?x-nonsense?B?44GC?=", "あ"),
        ("=?utf-8?X?44GC?=", "=?utf-8?X?44GC?="),
        ("=?utf-8?B?44GC", "=?utf-8?B?44GC"),
        ("a =?utf-8?Q?b?= =?utf-8?Q?c?= d", "a bc d"),
        ("=?us-ascii?Q?x?=Dear", "xDear"),
        ("=?ISO-2022-JP?B?GyRCJCIkJA==?= =?ISO-2022-JP?B?JCYbKEI=?=", "あいう"),
        ("=?utf-8?q?a=0d=0aX:_1?=", "a X: 1"),
        ("=?utf-8?q?a=00b?=", "ab"),
        ("1 =? 2 ?= 3", "1 =? 2 ?= 3"),
    ],
)
def test_it_decodes(written: str, words: str) -> None:
    assert decode_words(written) == words


@pytest.mark.parametrize("encoding", ["utf-8", "cp932", "euc_jp", "iso2022_jp"])
def test_it_reads_a_raw_subject(encoding: str) -> None:
    raw = mail(b"Subject: " + LONG.encode(encoding) + b"\nFrom: a@example.jp")
    assert read(raw).subject == LONG


def test_it_reads_a_windows_subject() -> None:
    word = f"=?ISO-2022-JP?B?{b64encode(cp50221('①㈱髙橋')).decode()}?="
    assert read(mail(f"Subject: {word}")).subject == "①㈱髙橋"


def test_it_reads_a_folded_subject_without_false_spaces() -> None:
    words = "\r\n ".join(encoded_word(LONG[at : at + 5]) for at in range(0, len(LONG), 5))
    assert read(f"Subject: {words}\r\n\r\n".encode()).subject == LONG


@pytest.mark.parametrize("charset", ["utf-8", "iso-2022-jp", "shift_jis"])
def test_it_reads_a_long_name_without_false_spaces(charset: str) -> None:
    name = "株式会社あいうえお個人情報保護管理責任者山田太郎"
    words = "\r\n ".join(encoded_word(name[at : at + 6], charset) for at in range(0, len(name), 6))
    sender = read(f"From: {words}\r\n <taro@example.jp>\r\n\r\n".encode()).sender
    assert sender is not None
    assert (sender.name, sender.address) == (name, "taro@example.jp")
