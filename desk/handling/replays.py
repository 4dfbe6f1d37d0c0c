"""The same call twice is one: an API answer kept for a day, readable only with the key that came with the call."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select

from desk.db import db, new_id
from desk.tickets.links import Replay
from desk.vault.seal import derive, mac, seal_json, unseal_json

LIFE = timedelta(hours=24)
LABEL = "replay"


class OtherBody(Exception):
    """The key was used before, with another body."""


@dataclass(frozen=True, slots=True)
class ReplayKey:
    """What an Idempotency-Key and the door's secret derive to; neither alone opens or finds anything."""

    found_by: bytes
    sealed_under: bytes

    @classmethod
    def from_header(cls, text: str, door_secret: str) -> "ReplayKey":
        """Derive both keys from the header's text."""
        root = derive(f"{text}\0{door_secret}", "replay")
        return cls(found_by=derive(root, "replay-row"), sealed_under=derive(root, "replay-body"))


def find_answer(key: ReplayKey, body: bytes, now: datetime) -> Any:
    """Return the answer that the first call with this key got, or None. Raises `OtherBody`."""
    row = db.session.scalar(select(Replay).where(Replay.key_hash == key.found_by, Replay.created_at > now - LIFE))
    if row is None:
        return None
    if row.body_hash != body_print(key, body):
        raise OtherBody
    return unseal_json(key.sealed_under, row.sealed, LABEL)


def keep_answer(key: ReplayKey, body: bytes, answer: Any, ticket_id: int, now: datetime) -> None:
    """Keep an answer in the current transaction. Of two at once, one fails with `IntegrityError`."""
    db.session.execute(delete(Replay).where(Replay.key_hash == key.found_by, Replay.created_at <= now - LIFE))
    values = {
        "id": new_id(),
        "key_hash": key.found_by,
        "body_hash": body_print(key, body),
        "ticket_id": ticket_id,
        "sealed": seal_json(key.sealed_under, answer, LABEL),
        "created_at": now,
        "purpose": "requests",
    }
    db.session.execute(insert(Replay), [values])


def body_print(key: ReplayKey, body: bytes) -> bytes:
    """Return a fingerprint of a body that says nothing to who does not hold the key."""
    return mac(key.sealed_under, "body", body.hex())
