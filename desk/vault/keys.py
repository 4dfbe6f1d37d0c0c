"""Data keys at rest: one row a key, sealed to the desk; a row gone is a text gone."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask import Flask, current_app
from sqlalchemy import ForeignKey, LargeBinary, String, select
from sqlalchemy.orm import Mapped, mapped_column

from desk.config import Config
from desk.db import Row, db, new_id
from desk.vault.seal import Unreadable, mac, new_key, unwrap_with, wrap_for


class Purpose(StrEnum):
    """What a data key opens."""

    CASE = "case"
    """Contact data, the conversation, files: for the desk, and for the person through the link."""
    DESK = "desk"
    """Notes and the payloads of events: for the desk alone."""
    ADDITION = "addition"
    """One message that the person added through the link, with its files."""
    FILE = "file"
    TRACE = "trace"
    """Address, user agent and referrer of one submission, with a short life of its own."""
    MAIL = "mail"
    """One outgoing mail."""
    INBOX = "inbox"
    """One mail as it was received, and what was read of it."""
    CONSENT = "consent"
    """Whose consent one is."""


class DataKey(Row):
    """A data key sealed to the desk's public key. Deleting the row destroys what it opens."""

    __tablename__ = "data_key"

    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    purpose: Mapped[Purpose] = mapped_column(String(10))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    kek: Mapped[str] = mapped_column(String(16))
    """Which public key it was sealed to: the first 16 hex digits of that key's fingerprint."""


@dataclass(frozen=True, slots=True)
class Vault:
    """The keys that this process holds. The public door has no private key and no index key."""

    public_key: bytes
    private_key: bytes | None
    index_key: bytes | None

    @property
    def kek(self) -> str:
        """Name the public key, so that a row says what it was sealed to."""
        return mac(b"desk", "kek", self.public_key.hex()).hex()[:16]

    def make(self, purpose: Purpose, ticket_id: int | None) -> tuple[DataKey, bytes]:
        """Return a new key's row (for the caller to add) and the key itself (32 bytes)."""
        key = new_key()
        row = DataKey(
            id=new_id(), ticket_id=ticket_id, purpose=purpose, sealed=wrap_for(self.public_key, key), kek=self.kek
        )
        return row, key

    def open(self, row: DataKey) -> bytes:
        """Open a sealed data key. Raises `Unreadable` when this process has no private key or it is another's."""
        return self.unwrap(row.sealed)

    def unwrap(self, sealed: bytes) -> bytes:
        """Open a data key as its row holds it; raises as `open` does."""
        if self.private_key is None:
            raise Unreadable("this door holds no private key")
        return unwrap_with(self.private_key, sealed)

    def fingerprint(self, purpose: str, text: str) -> bytes:
        """Return the blind index (32 bytes) of a normalised text. Raises `Unreadable` without the index key."""
        if self.index_key is None:
            raise Unreadable("this door holds no index key")
        return mac(self.index_key, purpose, text)


def init_vault(app: Flask, config: Config) -> None:
    """Give the application the keys of its settings."""
    app.extensions["vault"] = Vault(config.public_key, config.private_key, config.index_key)


def vault() -> Vault:
    """Return the current application's keys."""
    found: Any = current_app.extensions["vault"]
    assert isinstance(found, Vault)  # noqa: S101 - tells the type checker what init_vault put there
    return found


def keys_of(ticket_id: int) -> dict[Purpose, bytes]:
    """Open the two keys of a ticket, `case` and `desk`. Raises `Unreadable`; a shredded one is absent."""
    rows = db.session.scalars(
        select(DataKey).where(DataKey.ticket_id == ticket_id, DataKey.purpose.in_([Purpose.CASE, Purpose.DESK]))
    )
    return {Purpose(row.purpose): vault().open(row) for row in rows}


__all__ = ["DataKey", "Purpose", "Unreadable", "Vault", "init_vault", "keys_of", "vault"]
