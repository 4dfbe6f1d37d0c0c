"""The first look at whole mails: bytes in, what a person reads out."""

import json

from desk.mail.reading.parsed import Address, ParsedMail
from desk.mail.reading.read import read
from desk.mail.reading.reader import Reader


def mail(headers: str, body: bytes = b"") -> bytes:
    """Return a mail with these header lines."""
    return headers.encode() + b"\r\n\r\n" + body


def test_it_reads_a_plain_mail() -> None:
    parsed = read(mail("From: Taro <t@example.jp>\r\nSubject: hello", b"body\r\n"))
    assert (parsed.subject, parsed.sender, parsed.text) == ("hello", Address("Taro", "t@example.jp"), "body")


def test_it_survives_the_journey_between_processes() -> None:
    parsed = read(mail("From: a@example.jp\r\nDate: Wed, 25 Nov 2026 10:00:00 +0900", "あ\U0001f600".encode()))
    assert ParsedMail.from_json(json.loads(json.dumps(parsed.as_json()))) == parsed


def test_it_reads_the_same_in_the_child() -> None:
    raw = mail("From: a@example.jp\r\nContent-Type: application/pdf; name=x.pdf", b"content")
    with Reader() as reader:
        parsed = reader.read(raw)
        assert parsed == read(raw)
        assert b"".join(reader.attachment(parsed.attachments[0].number)) == b"content"
