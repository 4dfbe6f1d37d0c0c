"""A mail that reached the desk, opened: its row, its key, and what was read of it."""

import hashlib
from dataclasses import dataclass

from sqlalchemy import delete, select

from desk.db import db
from desk.mail.journal import Hop, hop_of, open_key, seal_hop
from desk.mail.mime import MESSAGE_ID, Thread
from desk.mail.models import InboxMail, OutboxMail
from desk.mail.reading.parsed import ParsedMail
from desk.vault.keys import DataKey, Purpose, vault
from desk.vault.seal import seal_json, unseal_json

MOST_REFERENCES = 10
PARSED = "inbox-parsed"
"""Label that binds what was read of a mail to its row."""


@dataclass(frozen=True, slots=True)
class Received:
    """One mail, read."""

    id: int
    key: bytes
    hop: Hop
    parsed: ParsedMail
    raw_hash: bytes
    body_hash: bytes
    """SHA-256 of everything after the headers, which servers on the way do not touch."""

    @property
    def sender(self) -> str | None:
        """Return the bare address of whoever wrote it."""
        return self.parsed.sender.address if self.parsed.sender else None

    @property
    def identity(self) -> bytes:
        """Return the keyed fingerprint of the mail itself, however often and through which mailbox it arrives.

        A mail without a Message-ID is itself only when every byte is the same.
        """
        read = self.parsed
        if not read.message_id:
            return vault().fingerprint("mail", self.raw_hash.hex())
        date = read.date.isoformat() if read.date else ""
        parts = (read.message_id, self.sender or "", date, read.subject, self.body_hash.hex())
        return vault().fingerprint("mail", "\0".join(parts))

    @property
    def message_print(self) -> bytes | None:
        """Return the keyed fingerprint of the Message-ID alone; None without one."""
        return vault().fingerprint("message-id", self.parsed.message_id) if self.parsed.message_id else None


def body_hash_of(raw: bytes) -> bytes:
    """Return the SHA-256 of what follows the first empty line of a mail's bytes."""
    ends = [at + len(mark) for mark in (b"\r\n\r\n", b"\n\n") if (at := raw.find(mark)) >= 0]
    return hashlib.sha256(memoryview(raw)[min(ends, default=0) :]).digest()


def seal_parsed(key: bytes, parsed: ParsedMail) -> bytes:
    """Seal what was read of a mail under the mail's own key."""
    return seal_json(key, parsed.as_json(), PARSED)


def parsed_of(mail: InboxMail, key: bytes) -> ParsedMail | None:
    """Return what was read of a mail; None before it was read. Raises `desk.vault.seal.Unreadable`."""
    return ParsedMail.from_json(unseal_json(key, mail.parsed, PARSED)) if mail.parsed else None


def open_received(mail: InboxMail) -> tuple[bytes, Hop]:
    """Return a mail's key and envelope. Raises `desk.vault.seal.Unreadable`."""
    key = open_key(mail)
    return key, hop_of(mail, key)


def forget_raw(mail: InboxMail) -> str | None:
    """Destroy a mail's bytes as received; what was read of it stays, under a new key. Return the blob to be removed, if any.

    The old key goes in the current transaction: no copy of the bytes, wherever it lies, opens any more.
    """
    if mail.key_id is None or (mail.sealed is None and mail.blob is None):
        return None
    key, old_id, blob = open_key(mail), mail.key_id, mail.blob
    hop, parsed = hop_of(mail, key), parsed_of(mail, key)
    row, new = vault().make(Purpose.INBOX, None)
    db.session.add(row)
    db.session.flush()
    mail.key_id, mail.sealed, mail.blob = row.id, None, None
    mail.envelope = seal_hop(new, hop)
    mail.parsed = seal_parsed(new, parsed) if parsed is not None else None
    db.session.flush()
    db.session.execute(delete(DataKey).where(DataKey.id == old_id))
    return blob


def thread_of(read: ParsedMail) -> Thread:
    """Return where an answer to a mail stands; nowhere when its Message-ID is none that may be written again."""
    if not MESSAGE_ID.fullmatch(read.message_id or ""):
        return Thread()
    before = tuple(one for one in read.references if MESSAGE_ID.fullmatch(one))
    return Thread(answers=read.message_id, before=before[-MOST_REFERENCES:])


def next_thread(ticket_id: int) -> Thread:
    """Return where the ticket's next mail stands: it answers the person's newest mail.

    Without one it stands beneath the desk's own first mail. Raises `desk.vault.seal.Unreadable`.
    """
    newest = db.session.scalar(
        select(InboxMail)
        .where(InboxMail.ticket_id == ticket_id, InboxMail.message_id.is_not(None))
        .order_by(InboxMail.id.desc())
        .limit(1)
    )
    read = parsed_of(newest, open_key(newest)) if newest is not None and newest.key_id is not None else None
    if read is not None and (thread := thread_of(read)).answers:
        return thread
    first = db.session.scalar(
        select(OutboxMail.message_id).where(OutboxMail.ticket_id == ticket_id).order_by(OutboxMail.id).limit(1)
    )
    return Thread(before=(first,) if first else ())
