"""A letter as the very bytes that go over the wire: one recipient, one text, headers that nobody else writes."""

import re
from base64 import encodebytes
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from desk.mail.addresses import BadHeader, header_text, mailbox
from desk.mail.letters import Letter

MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,240}>")
"""A Message-ID that may be written into a header: visible ASCII between two brackets, no space, no bracket."""

BOUNDARY = "=_two_forms_of_one_letter"
"""What parts the forms of a letter: no line of base64 begins with a hyphen, so that it never stands in one."""


@dataclass(frozen=True, slots=True)
class Thread:
    """Where a mail stands in a conversation, for the person's mail reader and for their answer."""

    reply_to: str | None = None
    """The address that answers to this very mail go to."""
    answers: str | None = None
    """The Message-ID of the mail that it answers."""
    before: tuple[str, ...] = ()
    """The Message-IDs of the conversation before that, oldest first."""


NO_THREAD = Thread()


def build(
    letter: Letter,
    *,
    message_id: str,
    to: str,
    to_name: str | None,
    sender: str,
    at: datetime,
    auto: str,
    thread: Thread = NO_THREAD,
) -> bytes:
    """Return the MIME bytes of a letter, every line ended by CRLF and at most 76 columns wide where text was encoded.

    `auto` is the value of Auto-Submitted (RFC 3834 section 5). The text is base64 of UTF-8, so that no relay touches
    it and no line of it can be taken for the end of the mail. Raises `BadHeader`, `BadAddress`.
    """
    content, body = _content(letter)
    headers = (
        f"From: {mailbox(letter.from_name, sender, len('From: '))}",
        f"To: {mailbox(to_name, to, len('To: '))}",
        f"Subject: {header_text(letter.subject, len('Subject: '))}",
        f"Date: {format_datetime(at)}",
        f"Message-ID: {message_id}",
        "MIME-Version: 1.0",
        *content,
        f"Content-Language: {letter.language}",
        f"Auto-Submitted: {auto}",
        "X-Auto-Response-Suppress: All",
        *_thread_headers(thread, letter),
    )
    return "\r\n".join((*headers, "", "")).encode("ascii") + body


def _thread_headers(thread: Thread, letter: Letter) -> list[str]:
    headers = []
    if thread.reply_to:
        headers.append(f"Reply-To: {mailbox(letter.from_name, thread.reply_to, len('Reply-To: '))}")
    if thread.answers:
        headers.append(f"In-Reply-To:{_ids([thread.answers])}")
    if chain := [*thread.before, *([thread.answers] if thread.answers else [])]:
        headers.append(f"References:{_ids(chain)}")
    return headers


def _ids(ids: list[str]) -> str:
    """Write Message-IDs, each on a line of its own: one may be as long as a line is wide. Raises `BadHeader`."""
    if not all(MESSAGE_ID.fullmatch(one) for one in ids):
        raise BadHeader("not a Message-ID")
    return "".join(f"\r\n {one}" for one in ids)


def _content(letter: Letter) -> tuple[tuple[str, ...], bytes]:
    """Return the headers of the content, and the content; of two forms of one text the plain one stands first."""
    plain = _body(letter.text)
    if letter.html is None:
        return _kind("plain"), plain
    parts = "".join(
        "\r\n".join((f"--{BOUNDARY}", *_kind(kind), "", body.decode("ascii")))
        for kind, body in (("plain", plain), ("html", _body(letter.html)))
    )
    whole = f"{parts}--{BOUNDARY}--\r\n".encode("ascii")
    return (f'Content-Type: multipart/alternative; boundary="{BOUNDARY}"',), whole


def _kind(kind: str) -> tuple[str, ...]:
    return f"Content-Type: text/{kind}; charset=utf-8", "Content-Transfer-Encoding: base64"


def _body(text: str) -> bytes:
    if "\x00" in text:
        raise BadHeader("a NUL in a letter")
    lines = "\r\n".join(text.splitlines()) + "\r\n"
    try:
        return encodebytes(lines.encode()).replace(b"\n", b"\r\n")
    except UnicodeEncodeError as error:
        raise BadHeader("half a character in a letter") from error
