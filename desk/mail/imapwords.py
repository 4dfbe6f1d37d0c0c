"""What an IMAP server answers to FETCH, read without trusting it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

BEGINS = re.compile(rb"\d+ \(")
UID = re.compile(rb"\bUID (\d{1,10})\b")
SIZE = re.compile(rb"\bRFC822\.SIZE (\d{1,19})\b")
INTERNALDATE = re.compile(rb'\bINTERNALDATE "([^"]{1,40})"')
BODY = re.compile(rb'\bBODY\[\](?:<\d+>)? (?:\{\d+\}|"((?:[^"\\]|\\.)*)"|(NIL))', re.IGNORECASE | re.DOTALL)

Answer = Sequence[bytes | tuple[bytes, bytes] | None]
"""As `imaplib` gives it: a literal comes with the words before it as a pair."""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of one mail's bytes, with what the server says about the mail."""

    body: bytes
    size: int
    """What the server believes the whole mail to have, in bytes; 0 when it does not say."""
    received_at: datetime | None


def read_part(answer: Answer, uid: int) -> Part | None:
    """Return what an answer holds of the mail `uid`; None when that mail is not in it.

    Servers may send news about other mails in the same answer, and what belongs to a mail before or after its bytes.
    """
    for words, literal in _responses(answer):
        found = UID.search(words)
        body = BODY.search(words)
        if found is None or int(found[1]) != uid or body is None:
            continue
        text = literal if literal is not None else re.sub(rb"\\(.)", rb"\1", body[1] or b"", flags=re.DOTALL)
        size = SIZE.search(words)
        return Part(text, int(size[1]) if size else 0, read_internal_date(words))
    return None


def read_internal_dates(answer: Answer) -> Iterator[datetime]:
    """Yield the arrival of each mail that an answer tells of."""
    for words, _literal in _responses(answer):
        if (found := read_internal_date(words)) is not None:
            yield found


def read_internal_date(words: bytes) -> datetime | None:
    """Return the arrival that the words of one mail name; None when there is none that can be read."""
    found = INTERNALDATE.search(words)
    if found is None:
        return None
    try:
        return datetime.strptime(found[1].decode("ascii").strip(), "%d-%b-%Y %H:%M:%S %z")
    except ValueError:
        return None


def _responses(answer: Answer) -> Iterator[tuple[bytes, bytes | None]]:
    """Yield the words of each response and its literal, if it has one."""
    words, literal = b"", None
    for item in answer:
        text, bytes_of = (item[0], item[1]) if isinstance(item, tuple) else (item or b"", None)
        if BEGINS.match(text) and words:
            yield words, literal
            words, literal = b"", None
        words += text if not words else b" " + text
        literal = bytes_of if bytes_of is not None else literal
    if words:
        yield words, literal
