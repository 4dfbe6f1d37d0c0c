"""A letter as the very bytes that go over the wire: one recipient, one text, headers that nobody else writes."""

from base64 import encodebytes
from datetime import datetime
from email.utils import format_datetime

from desk.mail.addresses import BadHeader, header_text, mailbox
from desk.mail.letters import Letter


def build(
    letter: Letter, *, message_id: str, to: str, to_name: str | None, sender: str, at: datetime, auto: str
) -> bytes:
    """Return the MIME bytes of a letter, every line ended by CRLF and at most 76 columns wide where text was encoded.

    `auto` is the value of Auto-Submitted (RFC 3834 section 5). The text is base64 of UTF-8, so that no relay touches
    it and no line of it can be taken for the end of the mail. Raises `BadHeader`, `BadAddress`.
    """
    headers = (
        f"From: {mailbox(letter.from_name, sender, len('From: '))}",
        f"To: {mailbox(to_name, to, len('To: '))}",
        f"Subject: {header_text(letter.subject, len('Subject: '))}",
        f"Date: {format_datetime(at)}",
        f"Message-ID: {message_id}",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: base64",
        f"Content-Language: {letter.language}",
        f"Auto-Submitted: {auto}",
        "X-Auto-Response-Suppress: All",
    )
    return "\r\n".join((*headers, "", "")).encode("ascii") + _body(letter.text)


def _body(text: str) -> bytes:
    if "\x00" in text:
        raise BadHeader("a NUL in a letter")
    lines = "\r\n".join(text.splitlines()) + "\r\n"
    try:
        return encodebytes(lines.encode()).replace(b"\n", b"\r\n")
    except UnicodeEncodeError as error:
        raise BadHeader("half a character in a letter") from error
