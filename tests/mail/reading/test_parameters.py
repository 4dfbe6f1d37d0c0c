"""File names and other parameters, by RFC 2231 and as mailers really write them."""

from base64 import b64encode
from urllib.parse import quote

import pytest

from desk.mail.reading.names import clean_name
from desk.mail.reading.parameters import split_value
from desk.mail.reading.read import read
from tests.mail.reading.building import attachment, encoded_word, mail, multipart, text

NAME = "開示請求書（山田太郎）.pdf"


def rfc2231(name: str, charset: str = "utf-8") -> str:
    """Return the percent-encoded bytes of a name."""
    return quote(name.encode(charset), safe="")


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("attachment; filename=plain.pdf", "plain.pdf"),
        ('attachment; filename="two words.pdf"', "two words.pdf"),
        ("attachment; filename=my file (1).pdf; size=3", "my file (1).pdf"),
        ("attachment; filename='quoted.pdf'", "quoted.pdf"),
        ('attachment; filename="a;b=c.pdf"', "a;b=c.pdf"),
        ('attachment; filename="un\\"escaped.pdf"', 'un"escaped.pdf'),
        ('attachment; filename="unclosed.pdf', "unclosed.pdf"),
        ("attachment filename=no-semicolon.pdf", "no-semicolon.pdf"),
        ("attachment; filename = spaced.pdf", "spaced.pdf"),
        ("ATTACHMENT; FILENAME=CAPS.PDF", "CAPS.PDF"),
        (f"attachment; filename*=utf-8''{rfc2231(NAME)}", NAME),
        (f"attachment; filename*=UTF-8'ja'{rfc2231(NAME)}", NAME),
        (f"attachment; filename*=iso-2022-jp''{rfc2231(NAME, 'iso-2022-jp')}", NAME),
        (f"attachment; filename*=Shift_JIS''{rfc2231(NAME, 'cp932')}", NAME),
        (f"attachment; filename*=\"utf-8''{rfc2231(NAME)}\"", NAME),
        (f"attachment; filename*={rfc2231(NAME)}", NAME),
        (f"attachment; filename=x.pdf; filename*=utf-8''{rfc2231(NAME)}", NAME),
        (f"attachment; filename*=utf-8''{rfc2231(NAME)}; filename=x.pdf", NAME),
        (f"attachment; filename*0*=utf-8''{rfc2231(NAME)[:20]}; filename*1*={rfc2231(NAME)[20:]}", NAME),
        (f"attachment; filename*1*={rfc2231(NAME)[21:]}; filename*0*=utf-8''{rfc2231(NAME)[:21]}", NAME),
        ('attachment; filename*0=long-; filename*1="name.pdf"', "long-name.pdf"),
        (f"attachment; filename*0*=utf-8''{rfc2231('開示')}; filename*1=.pdf", "開示.pdf"),
        (f'attachment; filename="{encoded_word(NAME)}"', NAME),
        (f"attachment; filename={encoded_word(NAME)}", NAME),
        (f'attachment; filename="{encoded_word("開示")}\r\n {encoded_word("請求書.pdf")}"', "開示請求書.pdf"),
        (f'attachment; filename*0="{encoded_word(NAME)[:20]}"; filename*1="{encoded_word(NAME)[20:]}"', NAME),
        (f'attachment; filename="{rfc2231(NAME)}"', NAME),
        (f'attachment; filename="{NAME}"', NAME),
        (f"attachment; filename={NAME}", NAME),
        ('attachment; filename="100%.pdf"', "100%.pdf"),
        ('attachment; filename="C:\\Users\\taro\\x.pdf"', "x.pdf"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ('attachment; filename="gpj\u202efdp.exe"', "gpjfdp.exe"),
        ('attachment; filename="a\u200b.pdf"', "a.pdf"),
        ("attachment; filename*=utf-8''a%0D%0Ab%00.pdf", "a b.pdf"),
        ("attachment", "attachment-1.pdf"),
        ('attachment; filename=""', "attachment-1.pdf"),
        ('attachment; filename="..."', "attachment-1.pdf"),
    ],
)
def test_it_names_the_attachment(written: str, name: str) -> None:
    parsed = read(multipart(text("hello"), attachment(b"x", written)))
    assert [part.name for part in parsed.attachments] == [name]
    assert parsed.text == "hello"


@pytest.mark.parametrize("encoding", ["utf-8", "cp932", "euc_jp", "iso2022_jp"])
def test_it_reads_a_raw_name(encoding: str) -> None:
    part = mail(b'Content-Type: application/pdf; name="' + NAME.encode(encoding) + b'"', b"x")
    assert [one.name for one in read(multipart(text("hello"), part)).attachments] == [NAME]


def test_it_prefers_the_file_name_to_the_name_of_the_type() -> None:
    part = attachment(b"x", "attachment; filename=right.pdf", "application/pdf; name=wrong.pdf")
    assert read(multipart(text("hello"), part)).attachments[0].name == "right.pdf"


def test_it_reads_a_windows_name() -> None:
    word = b64encode(b"\x1b$B-!|b\x1b(B.pdf").decode()
    part = attachment(b"x", f'attachment; filename="=?ISO-2022-JP?B?{word}?="')
    assert read(multipart(text("hello"), part)).attachments[0].name == "①髙.pdf"


@pytest.mark.parametrize(
    ("written", "value", "params"),
    [
        ('text/plain; charset="utf-8"', "text/plain", {"charset": "utf-8"}),
        ("text/plain; charset=utf-8;", "text/plain", {"charset": "utf-8"}),
        ("text/plain charset=utf-8", "text/plain", {"charset": "utf-8"}),
        ("TEXT/Plain ; Charset = UTF-8", "text/plain", {"charset": "UTF-8"}),
        ("text/plain; charset='utf-8'", "text/plain", {"charset": "utf-8"}),
        ('multipart/mixed; boundary="a;b=c"', "multipart/mixed", {"boundary": "a;b=c"}),
        ("multipart/mixed; boundary=----=_Next:1", "multipart/mixed", {"boundary": "----=_Next:1"}),
        ("text/plain; name=a.txt filename=b.txt", "text/plain", {"name": "a.txt", "filename": "b.txt"}),
        ("text/plain (comment); charset=utf-8", "text/plain", {"charset": "utf-8"}),
        (";;;=;x", "", {}),
    ],
)
def test_it_splits(written: str, value: str, params: dict[str, str]) -> None:
    assert split_value(written) == (value, params)


def test_it_shortens_a_name_and_keeps_its_ending() -> None:
    name = clean_name("あ" * 500 + ".pdf")
    assert len(name) == 200
    assert name.endswith(".pdf")
