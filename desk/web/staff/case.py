"""One ticket opened for reading: who, what was said, which files, what happened, by when, what is missing."""

from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import gettext as _
from sqlalchemy import select

from desk.accounts.models import Staff
from desk.attachments.files import FileInfo, file_info
from desk.attachments.models import Attachment, FileState
from desk.db import db
from desk.events.kinds import EventKind
from desk.events.trail import TimelineEntry, timeline
from desk.handling.clockwork import clock_of
from desk.law.deadlines import Clock
from desk.law.regimes import Kind, Regime, get_regime
from desk.tickets.content import Contact, Origin, Said, correspondent
from desk.tickets.masking import mask_numbers
from desk.tickets.models import Channel, Direction, Message, Party, PartyRole, Ticket, Trace
from desk.tickets.states import State
from desk.vault.keys import DataKey, Purpose, Unreadable, vault


@dataclass(frozen=True, slots=True)
class FileOf:
    """A file of a message."""

    info: FileInfo
    is_released: bool


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
    clock: Clock
    parties: dict[PartyRole, Contact]
    conversation: list[Spoken]
    entries: list[TimelineEntry]
    origin: Origin | None
    erase_on: date | None
    staff: dict[int, str]
    """Names by id."""

    @property
    def seen(self) -> int:
        """Return the newest event that is more than a look."""
        return max((entry.event_id for entry in self.entries if entry.kind is not EventKind.VIEWED), default=0)

    @property
    def addressee(self) -> Contact | None:
        """Return who the desk writes to."""
        person = self.parties.get(PartyRole.PERSON)
        return correspondent(person, self.parties.get(PartyRole.AGENT)) if person else None

    def steps(self) -> list[Step]:
        """List what the case needs before it can end."""
        ticket = self.ticket
        return [
            Step(_("種別を確かめる"), ticket.state not in {State.RECEIVED, State.ACKED}),
            Step(_("担当者を決める"), ticket.assignee_id is not None),
            Step(_("最初の回答を送る"), ticket.answered_at is not None, ticket.reply_by),
            Step(_("結果を通知して終了する"), ticket.closed_at is not None, ticket.due_on),
        ]


def staff_names() -> dict[int, str]:
    """Return the names of all staff, the inactive included, by id."""
    return {staff_id: name for staff_id, name in db.session.execute(select(Staff.id, Staff.name))}  # noqa: C416 - rows


def open_case(ticket: Ticket) -> Case:
    """Open a ticket with the desk's key. What was shredded is absent."""
    keys = _Keys(ticket.id)
    regime = get_regime(ticket.regime)
    origin, erase_on = _origin(ticket.id, keys)
    return Case(
        ticket=ticket,
        regime=regime,
        kind=regime.kind(ticket.kind),
        clock=clock_of(ticket),
        parties=_parties(ticket.id, keys),
        conversation=_conversation(ticket.id, keys),
        entries=timeline(ticket.id, keys.of(Purpose.DESK)),
        origin=origin,
        erase_on=erase_on,
        staff=staff_names(),
    )


class _Keys:
    """The ticket's data keys, read at once and opened when asked for."""

    def __init__(self, ticket_id: int) -> None:
        rows = db.session.scalars(
            select(DataKey).where(DataKey.ticket_id == ticket_id, DataKey.purpose != Purpose.MAIL)
        )
        self.rows = {row.id: row for row in rows}

    def by_id(self, key_id: int | None) -> bytes | None:
        """Open a key by its number; None when it is gone."""
        row = self.rows.get(key_id or 0)
        return vault().open(row) if row is not None else None

    def of(self, purpose: Purpose) -> bytes | None:
        """Open the key of a purpose; None when it is gone."""
        return next((vault().open(row) for row in self.rows.values() if row.purpose == purpose), None)


def _parties(ticket_id: int, keys: _Keys) -> dict[PartyRole, Contact]:
    key = keys.of(Purpose.CASE)
    if key is None:
        return {}
    rows = db.session.scalars(select(Party).where(Party.ticket_id == ticket_id).order_by(Party.id))
    return {PartyRole(row.role): Contact.unseal(key, row.sealed) for row in rows}


def _conversation(ticket_id: int, keys: _Keys) -> list[Spoken]:
    files = _files(ticket_id, keys)
    case_key, desk_key = keys.of(Purpose.CASE), keys.of(Purpose.DESK)
    spoken = []
    for row in db.session.scalars(
        select(Message).where(Message.ticket_id == ticket_id).order_by(Message.created_at, Message.id)
    ):
        key = desk_key if row.direction == Direction.NOTE else case_key
        if row.key_id is not None:
            key = keys.by_id(row.key_id)
        said = Said.unseal(key, row.sealed) if key is not None else None
        spoken.append(
            Spoken(
                id=row.id,
                direction=Direction(row.direction),
                channel=Channel(row.channel),
                at=row.created_at,
                staff_id=row.staff_id,
                text=mask_numbers(said.text) if said else None,
                details={name: mask_numbers(text) for name, text in said.details.items()} if said else {},
                files=files.get(row.id, []),
            )
        )
    return spoken


def _files(ticket_id: int, keys: _Keys) -> dict[int, list[FileOf]]:
    found: dict[int, list[FileOf]] = {}
    for row in db.session.scalars(
        select(Attachment)
        .where(Attachment.ticket_id == ticket_id, Attachment.state == FileState.STORED)
        .order_by(Attachment.id)
    ):
        key = keys.by_id(row.key_id)
        if key is not None and row.message_id is not None:
            found.setdefault(row.message_id, []).append(FileOf(file_info(row, key), row.is_released))
    return found


def _origin(ticket_id: int, keys: _Keys) -> tuple[Origin | None, date | None]:
    row = db.session.scalar(select(Trace).where(Trace.ticket_id == ticket_id))
    key = keys.by_id(row.key_id) if row is not None else None
    if row is None or key is None:
        return None, None
    try:
        return Origin.unseal(key, row.sealed), row.erase_on
    except Unreadable:
        return None, None
