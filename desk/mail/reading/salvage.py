"""The little that is needed of a mail that could not be read: who wrote, about what, what it answers, whether a machine sent it."""

import re

from desk.mail.reading.parsed import Address, ParsedMail
from desk.mail.reading.signs import MACHINES, keyword
from desk.mail.reading.words import decode_words, raw_text

HEAD = 64 * 1024
LONGEST = 2_000
NEEDED = (
    "subject",
    "from",
    "message-id",
    "in-reply-to",
    "references",
    "auto-submitted",
    "precedence",
    "list-id",
    "return-path",
)
FIELD = rb"(?im)^%s[ \t]*:([^\r\n]{0,2000}(?:\r?\n[ \t][^\r\n]{0,2000}){0,20})"
FIELDS = {name: re.compile(FIELD % name.encode()) for name in NEEDED}
ADDRESS = re.compile(r"[^\s<>\"(),;:]{1,200}@[^\s<>\"(),;:]{1,250}")
ID = re.compile(r"<[^<>\s]{1,500}>")
NAME = re.compile(rb"(?m)^([A-Za-z0-9-]{1,60})[ \t]*:")


def read_headers_only(raw: bytes) -> ParsedMail:
    """Return what stands in the header, by bounded patterns over the first 64 KiB; never raises.

    Problem `unparsable` is always noted. No text is read: the original is kept.
    """
    head = raw[:HEAD]
    end = re.search(rb"\r?\n\r?\n", head)
    if end:
        head = head[: end.start()]
    sender = _sender(_value(head, "from"))
    found = ID.search(_value(head, "message-id"))
    names = {name.decode().lower() for name in NAME.findall(head)}
    return ParsedMail(
        subject=decode_words(_value(head, "subject"))[:LONGEST].strip(),
        sender=sender,
        senders=(sender,) if sender else (),
        message_id=found[0] if found else None,
        in_reply_to=tuple(ID.findall(_value(head, "in-reply-to"))),
        references=tuple(ID.findall(_value(head, "references"))),
        auto_submitted=keyword(_value(head, "auto-submitted")),
        precedence=keyword(_value(head, "precedence")),
        list_id=_value(head, "list-id"),
        return_path="" if _value(head, "return-path") == "<>" else None,
        signs=tuple(name for name in MACHINES if name in names),
        problems=("unparsable",),
    )


def _value(head: bytes, name: str) -> str:
    found = FIELDS[name].search(head)
    return raw_text(found[1].replace(b"\r", b"").replace(b"\n", b""))[:LONGEST].strip() if found else ""


def _sender(text: str) -> Address | None:
    """Return who wrote: the last address in the text, because names may hold another."""
    found = ADDRESS.findall(text)
    if not found:
        return Address(decode_words(text)[:200], "") if text else None
    name = decode_words(text.replace(found[-1], "", 1)).strip(" \"'<>()")
    return Address(name[:200], found[-1])
