"""Files of a ticket: parked with a form, taken over when it is sent, opened for who may."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row as Found
from sqlalchemy import bindparam, delete, insert, select

from desk.attachments.kinds import SNIFF_BYTES, sniff, sniffed
from desk.attachments.models import Attachment, FileState
from desk.attachments.names import clean_name
from desk.attachments.storage import BlobWriter, read_blob
from desk.db import db, new_id
from desk.vault.keys import DataKey, Purpose, vault
from desk.vault.seal import (
    StreamSealer,
    derive,
    new_key,
    seal,
    seal_json,
    token_hash,
    unseal,
    unseal_json,
    unseal_stream,
    wrap_for,
)

MOST_FILES = 5
MOST_BYTES = 10 * 1024 * 1024
CONTENT, META, KEY = "file", "file-meta", "file-key"
"""Labels that bind sealed bytes to their place."""


class TooLarge(Exception):
    """A file is larger than allowed; a form's may have 10 MiB."""


class TooMany(Exception):
    """A form already has five files."""


@dataclass(frozen=True, slots=True)
class FileInfo:
    """What a file is, opened."""

    id: int
    name: str
    media_type: str
    size: int
    """Bytes."""
    sha256: str


class IncomingFile:
    """A file while it is uploaded: sealed as it arrives, judged by its first bytes when it is whole."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._most = most
        self._key = new_key()
        self._sealer = StreamSealer(self._key, CONTENT)
        self._writer = BlobWriter()
        self._hash = hashlib.sha256()
        self._head = b""
        self.size = 0

    def write(self, plain: bytes) -> int:
        """Take more of the file. Raises `TooLarge` past the most allowed, `OSError` when the disk is full."""
        self.size += len(plain)
        if self.size > self._most:
            self.discard()
            raise TooLarge
        if len(self._head) < SNIFF_BYTES:
            self._head += plain[: SNIFF_BYTES - len(self._head)]
        self._hash.update(plain)
        self._writer.write(self._sealer.update(plain))
        return len(plain)

    def discard(self) -> None:
        """Remove what was written; after `park`, do nothing."""
        self._writer.abort()

    def park(self, name: str, draft_token: str, at: datetime) -> Attachment:
        """Finish the file and add its row to the current transaction, its key wrapped under the form's token.

        Raises `desk.attachments.kinds.NotAllowed` for content that the desk does not take; then nothing is left.
        """
        try:
            sealed = self.finish(name, sniff(self._head, clean_name(name)))
        except BaseException:
            self.discard()
            raise
        wrapped = seal(_draft_key(draft_token), self._key, KEY)
        row = Attachment(draft_hash=draft_hash(draft_token), draft_wrapped=wrapped, **sealed.columns(at))
        db.session.add(row)
        return row

    def finish(self, name: str, media_type: str | None = None) -> "SealedFile":
        """Finish the file; no row names it yet. Without a type its content is looked at, and anything is taken.

        Raises `OSError` when the disk is full.
        """
        plain_name = clean_name(name)
        self._writer.write(self._sealer.finalize())
        meta = {
            "name": plain_name,
            "type": media_type or sniffed(self._head, plain_name),
            "sha256": self._hash.hexdigest(),
        }
        return SealedFile(self._key, seal_json(self._key, meta, META), self._writer.commit(), self.size)


@dataclass(frozen=True, slots=True)
class SealedFile:
    """A whole file on the disk, its key still in hand."""

    key: bytes = field(repr=False)
    meta: bytes
    blob: str
    size: int

    def columns(self, at: datetime) -> dict[str, Any]:
        """Return the columns of its row, before it belongs to anything."""
        return {
            "id": new_id(),
            "sealed": self.meta,
            "blob": self.blob,
            "size": self.size,
            "state": FileState.PARKED,
            "created_at": at,
        }


def add_file(file: SealedFile, ticket_id: int, message_id: int, case_key: bytes, at: datetime) -> None:
    """Add a file that came with a mail to its message."""
    row = Attachment(**file.columns(at))
    adopt(row, file.key, ticket_id, message_id, case_key)
    db.session.add(row)


def draft_hash(token: str) -> bytes:
    """Return by which hash the files parked with a form are found."""
    return token_hash(f"draft:{token}")


def _draft_key(token: str) -> bytes:
    return derive(token, "draft")


PARKED = (Attachment.draft_hash == bindparam("draft"), Attachment.state == FileState.PARKED)
ANY_PARKED = select(Attachment.id).where(*PARKED).limit(1)
ALL_PARKED = select(Attachment).where(*PARKED).order_by(Attachment.id)


def list_parked(token: str) -> list[Attachment]:
    """Return the files parked with a form, oldest first."""
    draft = {"draft": draft_hash(token)}
    if db.session.connection().execute(ANY_PARKED, draft).first() is None:
        return []  # most forms bring none
    return list(db.session.scalars(ALL_PARKED, draft))


def parked_info(row: Attachment, token: str) -> FileInfo:
    """Return what a parked file is. Raises `desk.vault.seal.Unreadable`."""
    return _info(row, unseal(_draft_key(token), row.draft_wrapped or b"", KEY))


def take_over(row: Attachment, token: str, ticket_id: int, message_id: int, case_key: bytes) -> None:
    """Make a file parked under a form's token part of a message; see `adopt`."""
    adopt(row, unseal(_draft_key(token), row.draft_wrapped or b"", KEY), ticket_id, message_id, case_key)


def adopt(row: Attachment, file_key: bytes, ticket_id: int, message_id: int, case_key: bytes) -> None:
    """Give a file to a message: its key sealed to the desk and wrapped for the case, so that staff and link open it."""
    keys = vault()
    values: dict[str, Any] = {
        "id": new_id(),
        "ticket_id": ticket_id,
        "purpose": Purpose.FILE,
        "sealed": wrap_for(keys.public_key, file_key),
        "kek": keys.kek,
    }
    db.session.execute(insert(DataKey), [values])  # before the row that points to it
    row.ticket_id, row.message_id, row.key_id = ticket_id, message_id, values["id"]
    row.case_wrapped = seal(case_key, file_key, KEY)
    row.draft_hash = row.draft_wrapped = None
    row.state = FileState.STORED


def remove_parked(row: Attachment) -> str | None:
    """Forget a parked file in the current transaction; return the blob, to be removed when that is committed.

    None where the file was sent meanwhile by another press of the same form: then it stays.
    """
    gone = db.session.execute(
        delete(Attachment)
        .where(Attachment.id == row.id, Attachment.state == FileState.PARKED)
        .returning(Attachment.blob)
        .execution_options(synchronize_session="fetch")
    )
    return gone.scalar_one_or_none()


def erase_file(row: Attachment) -> str:
    """Destroy a stored file's key in the current transaction; return the blob, to be removed when that is committed.

    The row stays and names no blob any more, so that the sweep of orphans removes what a crash leaves.
    """
    key_id, blob = row.key_id, row.blob
    row.key_id = row.case_wrapped = None
    row.state, row.is_released, row.blob = FileState.ERASED, False, f"erased-{row.id}"
    db.session.flush()
    db.session.execute(delete(DataKey).where(DataKey.id == key_id))
    return blob


def staff_file_key(row: Attachment) -> bytes:
    """Open a stored file's key for the desk. Raises `desk.vault.seal.Unreadable`."""
    key_row = db.session.get_one(DataKey, row.key_id)
    return vault().open(key_row)


def case_file_key(row: Attachment, case_key: bytes) -> bytes:
    """Open a stored file's key for the person's link. Raises `desk.vault.seal.Unreadable`."""
    return unseal(case_key, row.case_wrapped or b"", KEY)


def file_info(row: Attachment | Found[Any], file_key: bytes) -> FileInfo:
    """Return what a file is, its key given. Raises `desk.vault.seal.Unreadable`."""
    return _info(row, file_key)


def read_file(row: Attachment, file_key: bytes) -> Iterator[bytes]:
    """Yield a file's bytes. Raises `desk.vault.seal.Unreadable` or `desk.attachments.storage.Missing`."""
    return unseal_stream(file_key, read_blob(row.blob), CONTENT)


def _info(row: Attachment | Found[Any], file_key: bytes) -> FileInfo:
    meta: dict[str, Any] = unseal_json(file_key, row.sealed, META)
    return FileInfo(id=row.id, name=meta["name"], media_type=meta["type"], size=row.size, sha256=meta["sha256"])
