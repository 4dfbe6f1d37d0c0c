"""Mailboxes and Message-IDs of outgoing mail, and header text in the one form that every mail reader decodes."""

import re
import secrets
from base64 import b64encode

from desk.addresses import check_address

BROKEN = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")
"""What may not stand in a header: line ends of every sort, control characters, halves of a character."""
PLAIN = re.compile(r"[\x20-\x7e]*")
PHRASE = re.compile(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]*")
"""A display name that needs no quoting (RFC 5322 section 3.2.3)."""

WORD_OVERHEAD = len("=?utf-8?b??=")
LINE = 76
"""The longest line that may hold an encoded word (RFC 2047 section 2)."""


class BadHeader(ValueError):
    """The text cannot stand in a header: it holds a line end, a control character or half a character."""


def mailbox_of(address: str) -> str:
    """Return the mailbox that an address most likely reaches: lower case, without a `+tag`. For counting only."""
    local, _, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0] or local}@{domain}"


def new_message_id(domain: str) -> str:
    """Return a Message-ID of 128 random bits under `domain`, the desk's own; it is looked up in the outbox.

    No key and no host name are in it.
    """
    return f"<ob.{secrets.token_hex(16)}@{domain}>"


def header_text(text: str, used: int) -> str:
    """Write unstructured header text after `used` columns of the line: plain ASCII as it is, else encoded words.

    Raises `BadHeader`. Lines stay within 76 columns when encoded; a character is never cut in two (RFC 2047 section 5).
    """
    if BROKEN.search(text):
        raise BadHeader("a line end or control character in a header")
    if PLAIN.fullmatch(text) and "=?" not in text and used + len(text) <= LINE and text == text.strip():
        return text
    return _encoded_words(text, used)


def mailbox(name: str | None, address: str, used: int) -> str:
    """Write `name <address>` after `used` columns of the line. Raises `BadHeader`, `BadAddress`."""
    bare = check_address(address)
    if not name:
        return bare
    if BROKEN.search(name):
        raise BadHeader("a line end or control character in a name")
    plain = PHRASE.fullmatch(name) and "=?" not in name and name == name.strip()
    text = name if plain and used + len(name) <= LINE else _encoded_words(name, used)
    last = len(text) - text.rfind("\n") - 1 + (used if "\n" not in text else 0)
    fold = "\r\n " if last + len(bare) + 3 > LINE else " "
    return f"{text}{fold}<{bare}>"


def _encoded_words(text: str, used: int) -> str:
    words, piece = [], b""
    room = _room(used)
    for character in text:
        encoded = character.encode()
        if len(piece) + len(encoded) > room:
            words.append(piece)
            piece, room = b"", _room(1)
        piece += encoded
    words.append(piece)
    return "\r\n ".join(f"=?utf-8?b?{b64encode(word).decode('ascii')}?=" for word in words if word)


def _room(used: int) -> int:
    """Return how many bytes an encoded word that starts after `used` columns can hold."""
    return max((LINE - WORD_OVERHEAD - used) // 4 * 3, 4)
