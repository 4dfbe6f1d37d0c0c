"""The journal of what reaches the desk: every mail sealed and committed before anything of it is read."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from desk.attachments.storage import BlobWriter, read_blob
from desk.db import after_commit, db, insert_rows, new_id
from desk.mail.models import Door, InboxMail, InboxState, Outcome
from desk.vault.keys import DataKey, Purpose, vault
from desk.vault.seal import StreamSealer, seal, seal_json, unseal, unseal_json, unseal_stream

RAW, ENVELOPE = "inbox-raw", "inbox-envelope"
"""Labels that bind sealed bytes to their place."""

IN_ROW = 256 * 1024
"""A mail up to this size (bytes) stands in its row; a larger one is sealed into the storage while it is read."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a mailbox a mail stands."""

    account: str
    folder: str
    uidvalidity: int
    uid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """How a mail came in, told by whoever handed it over."""

    door: Door
    received_at: datetime
    """When the mail server had it."""
    sender: str | None = None
    """The envelope's sender; empty for a report, None when nobody knows."""
    recipients: tuple[str, ...] = field(default=())
    tls: str | None = None
    place: Place | None = None


class Kept:
    """A mail's bytes, sealed as they come: small ones in memory, the rest in a blob that no row names yet."""

    def __init__(self) -> None:
        self.row, self.key = vault().make(Purpose.INBOX, None)
        self.size, self.sealed, self.blob = 0, None, None
        self._hash, self._head, self._sealer = hashlib.sha256(), bytearray(), None
        self._writer: BlobWriter | None = None

    sealed: bytes | None
    blob: str | None
    _sealer: StreamSealer | None

    def write(self, plain: bytes) -> None:
        """Take more of the mail. Raises `OSError` when the disk is full."""
        self.size += len(plain)
        self._hash.update(plain)
        if self._sealer is None:
            self._head += plain
            if len(self._head) <= IN_ROW:
                return
            self._sealer, self._writer = StreamSealer(self.key, RAW), BlobWriter()
            plain, self._head = bytes(self._head), bytearray()
        assert self._writer is not None  # noqa: S101 - made with the sealer
        self._writer.write(self._sealer.update(plain))

    def finish(self) -> None:
        """End the mail; its bytes are on the disk, or in `sealed`. Raises `OSError`."""
        if self._sealer is None or self._writer is None:
            self.sealed = seal(self.key, bytes(self._head), RAW)
            return
        self._writer.write(self._sealer.finalize())
        self.blob = self._writer.commit()

    def discard(self) -> None:
        """Remove what was written; after `finish`, the sweep of orphans does it."""
        if self._writer is not None and self.blob is None:
            self._writer.abort()

    @property
    def raw_hash(self) -> bytes:
        """Return the SHA-256 of what came so far."""
        return self._hash.digest()


def keep(chunks: Iterable[bytes]) -> Kept:
    """Seal a mail's bytes, whatever their number; no row names them yet. Raises `OSError`; then nothing is left."""
    kept = Kept()
    try:
        for chunk in chunks:
            kept.write(chunk)
        kept.finish()
    except BaseException:
        kept.discard()
        raise
    return kept


def journal(kept: Kept, receipt: Receipt, at: datetime, *, refused: str | None = None) -> int:
    """Add a mail to the inbox in the current transaction and return its row's id.

    With `refused` (a short code) it is kept and goes no further. A place in a mailbox that was read before raises
    `IntegrityError` at the flush: `find_place` knows it.
    """
    mail_id, place = new_id(), receipt.place
    insert_rows(DataKey, [_key_values(kept)])
    values: dict[str, Any] = {
        "id": mail_id,
        "door": receipt.door,
        "account": place.account if place else None,
        "folder": place.folder if place else None,
        "uidvalidity": place.uidvalidity if place else None,
        "uid": place.uid if place else None,
        "key_id": kept.row.id,
        "sealed": kept.sealed,
        "blob": kept.blob,
        "envelope": seal_hop(kept.key, Hop(receipt.sender, receipt.recipients)),
        "tls": receipt.tls,
        "size": kept.size,
        "raw_hash": kept.raw_hash,
        "received_at": receipt.received_at,
        "journaled_at": at,
        "state": InboxState.DONE if refused else InboxState.JOURNALED,
        "outcome": Outcome.REFUSED if refused else None,
        "reason": refused,
        "spam": 0,
        "problems": "",
    }
    insert_rows(InboxMail, [values])
    if not refused:
        after_commit("ingest", mail_id)
    return mail_id


def find_place(place: Place) -> int | None:
    """Return the row of the mail that was read from a place in a mailbox, or None."""
    return db.session.scalar(
        select(InboxMail.id).where(
            InboxMail.account == place.account,
            InboxMail.folder == place.folder,
            InboxMail.uidvalidity == place.uidvalidity,
            InboxMail.uid == place.uid,
        )
    )


def known_uids(place: Place, uids: Iterable[int]) -> set[int]:
    """Return those of `uids` that were read before from the folder of `place`."""
    rows = select(InboxMail.uid).where(
        InboxMail.account == place.account,
        InboxMail.folder == place.folder,
        InboxMail.uidvalidity == place.uidvalidity,
        InboxMail.uid.in_(list(uids)),
    )
    return {uid for uid in db.session.scalars(rows) if uid is not None}


@dataclass(frozen=True, slots=True)
class Hop:
    """The envelope of the last hop."""

    sender: str | None
    recipients: tuple[str, ...]


def open_key(mail: InboxMail) -> bytes:
    """Open a mail's own key. Raises `desk.vault.seal.Unreadable`."""
    return vault().open(db.session.get_one(DataKey, mail.key_id))


def seal_hop(key: bytes, hop: Hop) -> bytes:
    """Return the envelope of the last hop sealed under the mail's own key."""
    return seal_json(key, {"from": hop.sender, "to": hop.recipients}, ENVELOPE)


def hop_of(mail: InboxMail, key: bytes) -> Hop:
    """Return a mail's envelope. Raises `desk.vault.seal.Unreadable`."""
    found = unseal_json(key, mail.envelope, ENVELOPE)
    return Hop(found["from"], tuple(found["to"]))


def raw_chunks(mail: InboxMail, key: bytes) -> Iterator[bytes]:
    """Yield a mail's bytes as received. Raises `desk.vault.seal.Unreadable`, `desk.attachments.storage.Missing`."""
    if mail.blob is not None:
        yield from unseal_stream(key, read_blob(mail.blob), RAW)
    elif mail.sealed is not None:
        yield unseal(key, mail.sealed, RAW)


def _key_values(kept: Kept) -> dict[str, Any]:
    row = kept.row
    return {"id": row.id, "ticket_id": None, "purpose": row.purpose, "sealed": row.sealed, "kek": row.kek}
