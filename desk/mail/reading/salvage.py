"""The little that a ticket must show of a mail that could not be read: who wrote, about what, and its Message-ID."""

import re

from desk.mail.reading.parsed import Address, ParsedMail
from desk.mail.reading.words import decode_words, raw_text

HEAD = 64 * 1024
LONGEST = 2_000
FIELD = rb"(?im)^%s[ \t]*:([^\r\n]{0,2000}(?:\r?\n[ \t][^\r\n]{0,2000}){0,20})"
FIELDS = {name: re.compile(FIELD % name.encode()) for name in ("subject", "from", "message-id")}
ADDRESS = re.compile(r"[^\s<>\"(),;:]{1,200}@[^\s<>\"(),;:]{1,250}")
ID = re.compile(r"<[^<>\s]{1,500}>")


def read_headers_only(raw: bytes) -> ParsedMail:
    """Return subject, sender and Message-ID by bounded patterns over the first 64 KiB; never raises.

    Problem `unparsable` is always noted. No text is read: the original is kept.
    """
    head = raw[:HEAD]
    end = re.search(rb"\r?\n\r?\n", head)
    if end:
        head = head[: end.start()]
    sender = _sender(_value(head, "from"))
    found = ID.search(_value(head, "message-id"))
    return ParsedMail(
        subject=decode_words(_value(head, "subject"))[:LONGEST].strip(),
        sender=sender,
        senders=(sender,) if sender else (),
        message_id=found[0] if found else None,
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
