"""Posting a mail: composed and sealed now, as a row of the caller's transaction, sent later from that row."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from desk.addresses import check_address
from desk.db import after_commit, db, insert_rows, is_sqlite, new_id
from desk.mail.addresses import new_message_id
from desk.mail.letters import Letter
from desk.mail.mime import NO_THREAD, Thread, build
from desk.mail.models import MailKind, MailState, OutboxMail
from desk.mail.threads import reply_address
from desk.mail.transport import Envelope
from desk.vault.keys import DataKey, Purpose, vault
from desk.vault.seal import seal, unseal

LABEL = "mail"
REPLIES = frozenset({MailKind.ACKNOWLEDGEMENT})
"""Kinds that answer something the person sent; the rest are notices (RFC 3834 section 5)."""


@dataclass(frozen=True, slots=True)
class MailRows:
    """The values of a mail's two rows, `key` to be inserted first."""

    key: dict[str, Any]
    """For `desk.vault.keys.DataKey`."""
    mail: dict[str, Any]
    """For `desk.mail.models.OutboxMail`."""

    @property
    def mail_id(self) -> int:
        """Return the id of the outbox row, to be rung after the commit."""
        return int(self.mail["id"])


def post(
    *,
    kind: MailKind,
    letter: Letter,
    to: str,
    to_name: str | None,
    ticket_id: int | None,
    dedupe_key: str,
    at: datetime,
    hold: str | None = None,
    thread: Thread = NO_THREAD,
) -> int:
    """Put one mail to one address into the outbox, in the caller's transaction, and return its id.

    The same `dedupe_key` again adds nothing and returns the first one's id. `hold` (a short code) keeps it until
    somebody releases it; `thread` says where it stands in a conversation. Raises `desk.addresses.BadAddress` and
    `desk.mail.addresses.BadHeader`, before anything is written.
    """
    rows = compose_rows(
        kind=kind,
        letter=letter,
        to=to,
        to_name=to_name,
        ticket_id=ticket_id,
        dedupe_key=dedupe_key,
        at=at,
        hold=hold,
        thread=thread,
    )
    insert_rows(DataKey, [rows.key])
    make = sqlite.insert if is_sqlite(db.engine) else postgresql.insert
    written = make(OutboxMail).on_conflict_do_nothing().returning(OutboxMail.id)
    if db.session.connection().execute(written, rows.mail).scalar() is None:  # it was posted before
        db.session.execute(delete(DataKey).where(DataKey.id == rows.key["id"]))
        first = _find(dedupe_key)
        assert first is not None  # noqa: S101 - the conflict says so
        return first
    after_commit("deliver", rows.mail_id)
    return rows.mail_id


def compose_rows(
    *,
    kind: MailKind,
    letter: Letter,
    to: str,
    to_name: str | None,
    ticket_id: int | None,
    dedupe_key: str,
    at: datetime,
    hold: str | None = None,
    thread: Thread = NO_THREAD,
) -> MailRows:
    """Return the values of the two rows that `post` would insert, for a caller that inserts many rows in one go.

    The caller inserts `key`, then `mail`, and calls `desk.db.after_commit("deliver", rows.mail_id)`.
    Raises `desk.addresses.BadAddress` and `desk.mail.addresses.BadHeader`.
    """
    sender = check_address(_sender(letter))
    recipient = check_address(to)
    message_id = new_message_id(sender.rpartition("@")[2])
    mime = build(
        letter,
        message_id=message_id,
        to=recipient,
        to_name=to_name,
        sender=sender,
        at=at,
        auto="auto-replied" if kind in REPLIES else "auto-generated",
        thread=replace(thread, reply_to=reply_address(message_id) if ticket_id is not None else None),
    )
    row, key = vault().make(Purpose.MAIL, ticket_id)
    mail = {
        "id": new_id(),
        "ticket_id": ticket_id,
        "kind": kind,
        "dedupe_key": dedupe_key,
        "message_id": message_id,
        "key_id": row.id,
        "sealed": seal(key, pack(Envelope(sender, recipient), mime), LABEL),
        "state": MailState.HELD if hold else MailState.PENDING,
        "attempts": 0,
        "ambiguous": 0,
        "next_at": at,
        "last_code": hold,
        "created_at": at,
    }
    values = {"id": row.id, "ticket_id": ticket_id, "purpose": row.purpose, "sealed": row.sealed, "kek": row.kek}
    return MailRows(values, mail)


def pack(envelope: Envelope, mime: bytes) -> bytes:
    """Return what is sealed: sender, recipient and the frozen bytes."""
    return f"{envelope.sender}\0{envelope.recipient}\0".encode("ascii") + mime


def unpack(key: bytes, sealed: bytes) -> tuple[Envelope, bytes]:
    """Open a sealed mail. Raises `desk.vault.keys.Unreadable`."""
    sender, recipient, mime = unseal(key, sealed, LABEL).split(b"\0", 2)
    return Envelope(sender.decode("ascii"), recipient.decode("ascii")), mime


def _sender(letter: Letter) -> str:
    configured = current_app.extensions["config"].mail.sender
    if not configured:
        return letter.from_address
    return str(configured).rpartition("<")[2].rstrip("> ")


def is_posted(dedupe_key: str) -> bool:
    """Tell whether a mail was posted under this key."""
    return _find(dedupe_key) is not None


def _find(dedupe_key: str) -> int | None:
    return db.session.scalar(select(OutboxMail.id).where(OutboxMail.dedupe_key == dedupe_key))
