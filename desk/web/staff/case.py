"""One ticket opened for reading: who, what was said, which files, what happened, by when, what is missing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Row as Found
from sqlalchemy import bindparam, select

from desk.accounts.staff import list_colleagues
from desk.attachments.files import FileInfo, file_info
from desk.attachments.models import Attachment, FileState
from desk.db import Id, read_rows
from desk.events.trail import TimelineEntry, timeline
from desk.handling.clockwork import find_clock
from desk.handling.consents import BadEmail, mark_of
from desk.handling.laws import law_of
from desk.law.deadlines import Clock
from desk.law.regimes import Identity, Kind, Regime
from desk.mail.models import InboxMail
from desk.mail.reading.quotes import Chunk, fold
from desk.tickets.content import Contact, Origin, Said, correspondent
from desk.tickets.identity import IdentityDocument
from desk.tickets.masking import mask_numbers, mask_said
from desk.tickets.models import Channel, Direction, Message, Party, PartyRole, Ticket, Trace
from desk.tickets.states import State
from desk.vault.keys import DataKey, Purpose, Unreadable, vault

_TICKET = bindparam("ticket_id", type_=Id)
KEYS = (
    select(DataKey.id, DataKey.purpose, DataKey.sealed)
    .where(DataKey.ticket_id == _TICKET, DataKey.purpose.not_in([Purpose.MAIL, Purpose.INBOX]))
    .order_by(DataKey.id)
)
PARTIES = select(Party.role, Party.sealed, Party.bounced_at).where(Party.ticket_id == _TICKET).order_by(Party.id)
MESSAGES = (
    select(Message.__table__, InboxMail.id.label("mail_id"))
    .outerjoin(InboxMail, InboxMail.message_id == Message.id)
    .where(Message.ticket_id == _TICKET)
    .order_by(Message.created_at, Message.id)
)
FILES = (
    select(Attachment.__table__, IdentityDocument.id.label("document_id"))
    .outerjoin(IdentityDocument, IdentityDocument.file_id == Attachment.id)
    .where(Attachment.ticket_id == _TICKET, Attachment.state == FileState.STORED)
    .order_by(Attachment.id)
)
TRACES = select(Trace.key_id, Trace.sealed, Trace.erase_on).where(Trace.ticket_id == _TICKET)


@dataclass(frozen=True, slots=True)
class FileOf:
    """A file of a message."""

    info: FileInfo
    is_released: bool
    until: date | None = None
    """The last day on which the person may fetch it."""
    fetched: int = 0
    """How often they have."""
    document_id: int | None = None
    """Where the file is an identity document: it is looked at on a page of its own."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """One message or note, opened and its numbers masked."""

    id: int
    direction: Direction
    channel: Channel
    at: datetime
    staff_id: int | None
    text: str | None
    """None when its key is gone."""
    details: dict[str, str]
    files: list[FileOf]
    is_masked: bool
    """Whether there is a number that is not shown in full."""
    is_plain: bool
    """Whether its numbers are shown in full, which the trail has noted."""
    mail_id: int | None = None
    """Of a message by mail: the mail as it came."""

    @property
    def chunks(self) -> tuple[Chunk, ...]:
        """Return the text, of a mail with the quotations of older ones apart."""
        text = self.text or ""
        return fold(text) if self.mail_id else (Chunk(text, is_quoted=False),)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that the case needs, and whether it has it."""

    text: str
    done: bool
    by: date | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """Everything that the ticket page shows."""

    ticket: Ticket
    regime: Regime
    kind: Kind
    clock: Clock | None
    """None where the events make no sense to the law: the stored dates stand, and staff are alerted."""
    parties: dict[PartyRole, Contact]
    bounced_at: datetime | None
    """When a mail to the person's address came back."""
    conversation: list[Spoken]
    entries: list[TimelineEntry]
    origin: Origin | None
    erase_on: date | None
    staff: dict[int, str]
    """Names by id."""

    @property
    def seen(self) -> int:
        """Return the newest event that is more than a look."""
        return max((entry.event_id for entry in self.entries if not entry.is_look), default=0)

    @property
    def addressee(self) -> Contact | None:
        """Return who the desk writes to."""
        person = self.parties.get(PartyRole.PERSON)
        return correspondent(person, self.parties.get(PartyRole.AGENT)) if person else None

    def steps(self, *, is_confirmed: bool, is_approved: bool) -> list[Step]:
        """List what the case needs before it can end: identity and a decision only where its kind asks for them."""
        ticket = self.ticket
        identity = [Step(_("本人確認を終える"), is_confirmed)] if self.kind.needs_identity is Identity.FULL else []
        decision = [Step(_("判断の承認を受ける"), is_approved)] if self.kind.is_decided else []
        return [
            Step(_("種別を確かめる"), ticket.state not in {State.RECEIVED, State.ACKED}),
            Step(_("担当者を決める"), ticket.assignee_id is not None),
            Step(_("最初の回答を送る"), ticket.answered_at is not None, ticket.reply_by),
            *identity,
            *decision,
            Step(_("結果を通知して終了する"), ticket.closed_at is not None, ticket.due_on),
        ]


def marks_of(case: Case) -> frozenset[bytes]:
    """Return the fingerprints under which the consents of a case's person stand."""
    person = case.parties.get(PartyRole.PERSON)
    if person is None or not person.email:
        return frozenset()
    try:
        return frozenset({mark_of(person.email)})
    except BadEmail:
        return frozenset()


def open_case(ticket: Ticket, plain_id: int | None = None) -> Case:
    """Open a ticket with the desk's key. What was shredded is absent.

    Numbers are masked but in the message `plain_id`, whose showing the caller has recorded.
    """
    keys = _Keys(ticket.id)
    regime = law_of(ticket)
    origin, erase_on = _origin(ticket.id, keys)
    parties, bounced_at = _parties(ticket.id, keys)
    entries = timeline(ticket.id, keys.of(Purpose.DESK))
    return Case(
        ticket=ticket,
        regime=regime,
        kind=regime.kind(ticket.kind),
        clock=find_clock(ticket, entries),
        parties=parties,
        bounced_at=bounced_at,
        conversation=_conversation(ticket.id, keys, plain_id),
        entries=[_masked(entry) for entry in entries],
        origin=origin,
        erase_on=erase_on,
        staff={person.id: person.name for person in list_colleagues()},
    )


class _Keys:
    """The ticket's data keys, read at once and opened when asked for."""

    def __init__(self, ticket_id: int) -> None:
        rows = read_rows(KEYS, ticket_id=ticket_id)
        self._sealed = {row.id: row.sealed for row in rows}
        self._ids = {Purpose(row.purpose): row.id for row in reversed(rows)}
        self._open: dict[int, bytes] = {}

    def by_id(self, key_id: int | None) -> bytes | None:
        """Open a key by its number; None when it is gone."""
        if key_id is None or key_id not in self._sealed:
            return None
        if key_id not in self._open:
            self._open[key_id] = vault().unwrap(self._sealed[key_id])
        return self._open[key_id]

    def of(self, purpose: Purpose) -> bytes | None:
        """Open the key of a purpose; None when it is gone."""
        return self.by_id(self._ids.get(purpose))


def _parties(ticket_id: int, keys: _Keys) -> tuple[dict[PartyRole, Contact], datetime | None]:
    """Return who the parties are, and when mail to one of them came back last."""
    key = keys.of(Purpose.CASE)
    if key is None:
        return {}, None
    rows = read_rows(PARTIES, ticket_id=ticket_id)
    bounced = max((row.bounced_at for row in rows if row.bounced_at), default=None)
    return {PartyRole(row.role): Contact.unseal(key, row.sealed) for row in rows}, bounced


def _conversation(ticket_id: int, keys: _Keys, plain_id: int | None) -> list[Spoken]:
    files = _files(ticket_id, keys)
    case_key, desk_key = keys.of(Purpose.CASE), keys.of(Purpose.DESK)
    spoken = []
    for row in read_rows(MESSAGES, ticket_id=ticket_id):
        key = desk_key if row.direction == Direction.NOTE else case_key
        if row.key_id is not None:
            key = keys.by_id(row.key_id)
        said = Said.unseal(key, row.sealed) if key is not None else None
        spoken.append(_spoken(row, said, files.get(row.id, ()), plain=row.id == plain_id))
    return spoken


def _spoken(row: Found[Any], said: Said | None, files: Sequence[FileOf], *, plain: bool) -> Spoken:
    shown = said if said is None or plain else mask_said(said)
    return Spoken(
        id=row.id,
        direction=Direction(row.direction),
        channel=Channel(row.channel),
        at=row.created_at,
        staff_id=row.staff_id,
        text=shown.text if shown else None,
        details=shown.details if shown else {},
        files=list(files),
        is_masked=shown != said,
        is_plain=plain and said is not None,
        mail_id=row.mail_id,
    )


def _masked(entry: TimelineEntry) -> TimelineEntry:
    return replace(entry, payload={name: mask_numbers(text) for name, text in entry.payload.items()})


def _files(ticket_id: int, keys: _Keys) -> dict[int, list[FileOf]]:
    found: dict[int, list[FileOf]] = {}
    for row in read_rows(FILES, ticket_id=ticket_id):
        key = keys.by_id(row.key_id)
        if key is not None and row.message_id is not None:
            found.setdefault(row.message_id, []).append(
                FileOf(file_info(row, key), row.is_released, row.released_until, row.fetched, row.document_id)
            )
    return found


def _origin(ticket_id: int, keys: _Keys) -> tuple[Origin | None, date | None]:
    row = next(iter(read_rows(TRACES, ticket_id=ticket_id)), None)
    key = keys.by_id(row.key_id) if row is not None else None
    if row is None or key is None:
        return None, None
    try:
        return Origin.unseal(key, row.sealed), row.erase_on
    except Unreadable:
        return None, None
