"""Transfer encodings, true and false, whole and damaged."""

import binascii
from base64 import b64encode, encodebytes

import pytest

from desk.mail.reading.read import read
from tests.mail.reading.building import mail, multipart, text

WORDS = "お世話になっております。\n開示を請求します。"
B64 = encodebytes(WORDS.encode()).decode()


def uu(content: bytes, name: str = "a.bin", *, end: str = "end\n") -> bytes:
    """Return a file as uuencode writes it."""
    lines = b"".join(binascii.b2a_uu(content[at : at + 45], backtick=True) for at in range(0, len(content), 45))
    return f"begin 644 {name}\n".encode() + lines + b"`\n" + end.encode()


@pytest.mark.parametrize(
    ("encoding", "body", "words"),
    [
        ("base64", B64, WORDS),
        ("BASE64", B64, WORDS),
        ("base-64", B64, WORDS),
        ("base64 (comment)", B64, WORDS),
        ("base64;", B64, WORDS),
        ('"base64"', B64, WORDS),
        ("base64", B64.replace("\n", ""), WORDS),
        ("base64", B64.replace("\n", "\n\n"), WORDS),
        ("base64", B64.rstrip().rstrip("="), WORDS),
        ("base64", B64[:20] + "!*\x00" + B64[20:], WORDS),
        ("base64", " " + B64, WORDS),
        ("base64", B64 + "\n", WORDS),
        ("base64", b64encode(b"one ").decode() + b64encode(b"two").decode(), "one two"),
        ("base64", b64encode(b"one").decode() + b64encode(b"1 two").decode(), "one1 two"),
        ("base64", b64encode(b"four").decode() + "\n" + b64encode(b" two").decode(), "four two"),
        ("base64", f"{B64}_____________\nThe list's footer, http://example.jp\n", f"{WORDS}\n_____________\nThe list's footer, http://example.jp"),
        ("base64", "These are plain words, not digits.\nSo is this.", "These are plain words, not digits.\nSo is this."),
        ("base64", "日本語の平文です。", "日本語の平文です。"),
        ("base64", "Hello", "Hello"),
        ("base64", "test", "test"),
        ("base64", "", ""),
        ("quoted-printable", "caf=C3=A9 =\n=E3=81=82", "café あ"),
        ("quoted-printable", "caf=c3=a9", "café"),
        ("quoted printable", "caf=C3=A9", "café"),
        ("quoted-printable", "soft = \nbreak", "soft break"),
        ("quoted-printable", "trailing   \nspace", "trailing\nspace"),
        ("quoted-printable", "1+1=2 and =ZZ", "1+1=2 and =ZZ"),
        ("quoted-printable", "あ raw 8-bit =E3=81=84", "あ raw 8-bit い"),
        ("quoted-printable", "ends with =", "ends with"),
        ("quoted-printable", "http://example.jp/?a=3Db", "http://example.jp/?a=b"),
        ("7bit", "あ", "あ"),
        ("8-bit", "あ", "あ"),
        ("binary", "あ", "あ"),
        ("x-nonsense", "あ", "あ"),
        ("", "あ", "あ"),
        ("x-uuencode", uu(WORDS.encode()), WORDS),
        ("x-uuencode", "no block", "no block"),
    ],
)  # fmt: skip
def test_it_reads_a_text(encoding: str, body: str | bytes, words: str) -> None:
    raw = mail(f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: {encoding}", body)
    assert read(raw).text == words


@pytest.mark.parametrize("fault", [b"", b"\x00", b"!", b"\r\n\r\n", b" "])
def test_it_measures_a_damaged_file(fault: bytes) -> None:
    digits = encodebytes(bytes(range(256)) * 4)
    head = "Content-Type: image/png; name=p.png\nContent-Transfer-Encoding: base64"
    parsed = read(multipart(mail(head, digits[:100] + fault + digits[100:])))
    assert parsed.attachments[0].size == 1024


def test_it_takes_uuencoded_files_out_of_the_text() -> None:
    body = b"before\n" + uu(b"\x00\x01\x02" * 50, "写真.jpg") + b"after\n" + uu(b"x", "b.txt")
    parsed = read(mail("Content-Type: text/plain; charset=utf-8", body))
    assert parsed.text == "before\n\nafter"
    assert [(part.name, part.size) for part in parsed.attachments] == [("写真.jpg", 150), ("b.txt", 1)]


@pytest.mark.parametrize(
    "words",
    [
        "begin 644 of the story\nand it goes on\nend",
        "begin 644 a.txt\nM short\nend",
        "begin 644 a.txt\n",
        "begin the day",
    ],
)
def test_it_leaves_words_alone_that_only_begin_so(words: str) -> None:
    parsed = read(mail("Subject: x", words))
    assert (parsed.text, parsed.attachments) == (words.strip(), ())


def test_it_says_that_the_encoding_was_wrong() -> None:
    raw = mail("Content-Transfer-Encoding: base64", "Plain words, obviously.")
    assert read(raw).problems == ("transfer-wrong",)


def test_it_reads_a_multipart_that_is_encoded_against_the_rules() -> None:
    inner = b"--b\r\n\r\none\r\n--b--\r\n"
    raw = mail("Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64", encodebytes(inner))
    assert read(raw).text == "one"
    plain = mail("Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64", inner)
    assert read(plain).text == "one"


def test_it_reads_one_text_of_each_encoding() -> None:
    parts = (text("one"), mail("Content-Transfer-Encoding: quoted-printable", "tw=6F"))
    assert read(multipart(*parts)).text == "one\n\ntwo"
