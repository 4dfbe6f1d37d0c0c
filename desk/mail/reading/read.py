"""Bytes of a mail to a `ParsedMail`: the one entry that other code uses within a process."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from desk.mail.reading.bare import bare_address
from desk.mail.reading.files import File, listed, parts_of
from desk.mail.reading.headers import Headers
from desk.mail.reading.mailboxes import parse_addresses
from desk.mail.reading.parsed import Address, Nested, ParsedMail
from desk.mail.reading.report import read_report
from desk.mail.reading.signs import read_signs
from desk.mail.reading.structure import Reading, joined_html, joined_text, read_texts
from desk.mail.reading.tree import MESSAGES, Node, Parser, skip_preface

ID = re.compile(r"<([^<>]{1,500})>")
BARE_ID = re.compile(r"[^\s<>,;\"]{1,250}@[^\s<>,;\"]{1,250}")
MOST_IDS = 200
MOST_FIELDS = 20
"""Fields of one name that are read; a mail may have one of most (RFC 5322 section 3.6)."""
LONGEST = 50_000
"""Characters of an address header: a thousand mailboxes."""
MOST_LINES = 100
TO_HERE = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to", "apparently-to")


@dataclass(slots=True)
class Mail:
    """A mail that was read, its files still at hand."""

    parsed: ParsedMail
    files: list[File]


def read(raw: bytes) -> ParsedMail:
    """Return all that is read in a mail. Any bytes give a result; see `Reader` for the limits of time and memory."""
    return open_mail(raw).parsed


def open_mail(raw: bytes) -> Mail:
    """Read a mail and keep its files at hand."""
    parser = Parser()
    buffer = lines_of(raw)
    root = parser.parse(buffer, skip_preface(buffer, 0, len(buffer)), len(buffer))
    reading = Reading()
    texts = read_texts(root, reading)
    text, html = joined_text(texts), joined_html(texts)
    files = listed(reading.files, html or "")
    parsed = _parsed(root.headers, text, html, files, (*parser.problems, *reading.problems), root)
    return Mail(parsed, files)


def lines_of(raw: bytes) -> bytes:
    """Return the bytes with line feeds, where a mail ends its lines with carriage returns alone or doubles them."""
    head = raw[:65536]
    if b"\n" not in head and b"\r" in head:
        return raw.replace(b"\r", b"\n")
    return raw.replace(b"\r\r\n", b"\r\n") if b"\r\r\n" in head else raw


def _parsed(
    headers: Headers, text: str, html: str | None, files: list[File], problems: tuple[str, ...], root: Node
) -> ParsedMail:
    senders = _addresses(headers, "from") or _addresses(headers, "sender")
    subject = headers.decoded("subject")
    return ParsedMail(
        subject=subject,
        sender=next((one for one in senders if one.address), senders[0] if senders else None),
        senders=senders,
        reply_to=_addresses(headers, "reply-to"),
        to=_addresses(headers, "to"),
        cc=_addresses(headers, "cc"),
        delivered_to=tuple(dict.fromkeys(_delivered_to(headers))),
        message_id=next(iter(_ids(headers, "message-id")), None),
        in_reply_to=_ids(headers, "in-reply-to"),
        references=_ids(headers, "references"),
        date=_date(headers.get("date")),
        text=text,
        html=html,
        attachments=parts_of(files),
        nested=tuple(_nested(number, file.node) for number, file in enumerate(files) if _is_mail(file)),
        report=read_report(root, subject, text, senders),
        problems=tuple(dict.fromkeys(problems)),
        return_path=_return_path(headers),
        content_language=headers.decoded("content-language"),
        authentication_results=tuple(field.text for field in headers.all("authentication-results")[:MOST_LINES]),
        received=tuple(field.text for field in headers.all("received")[:MOST_LINES]),
        **read_signs(headers, subject),
    )


def _addresses(headers: Headers, name: str) -> tuple[Address, ...]:
    fields = [field.text for field in headers.all(name)[:MOST_FIELDS]]
    return tuple(address for text in fields for address in parse_addresses(text[:LONGEST]))


def _delivered_to(headers: Headers) -> list[str]:
    fields = [field.text[:LONGEST] for name in TO_HERE for field in headers.all(name)[:MOST_FIELDS]]
    return [one.address for text in fields for one in parse_addresses(text) if one.address]


def _return_path(headers: Headers) -> str | None:
    found = headers.get("return-path")
    if not found:
        return None
    return bare_address(found)


def _ids(headers: Headers, name: str) -> tuple[str, ...]:
    """Return Message-IDs in brackets, spaces within removed; without brackets, what looks like one."""
    text = " ".join(field.text for field in headers.all(name)[:MOST_FIELDS])[:100_000]
    found = [re.sub(r"\s+", "", one) for one in ID.findall(text)] or BARE_ID.findall(text)
    if not found and name == "message-id" and text.strip("<> "):
        found = [re.sub(r"\s+", "", text.strip("<> "))[:500]]
    return tuple(f"<{one}>" for one in dict.fromkeys(found) if one)[:MOST_IDS]


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(re.sub(r"\s*\([^()]*\)", "", text)[:200])
        found.utcoffset()
    except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _is_mail(file: File) -> bool:
    return file.node is not None and file.node.type in MESSAGES and bool(file.node.children)


def _nested(number: int, node: Node | None) -> Nested:
    headers = node.children[0].headers if node else Headers()
    senders = _addresses(headers, "from")
    return Nested(
        number=number,
        subject=headers.decoded("subject"),
        sender=senders[0] if senders else None,
        message_id=next(iter(_ids(headers, "message-id")), None),
        date=_date(headers.get("date")),
    )
