"""What a person sees of their own case: where it stands by the link alone; what was said, with the code."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from desk.attachments.files import FileInfo, case_file_key, file_info
from desk.attachments.models import MOST_FETCHES, Attachment, FileState
from desk.db import db
from desk.events.kinds import BY_PERSON, EventKind
from desk.events.models import Event
from desk.law.waits import WaitReason
from desk.tickets.content import ADDITION_KEY, Said
from desk.tickets.masking import mask_numbers
from desk.tickets.models import Direction, Message, Ticket, Wait
from desk.tickets.states import ENDED, State, stage
from desk.vault.seal import unseal

DONE = 4
"""All of the four steps are behind."""

REPLIES = (EventKind.ANSWERED, EventKind.NOTIFIED)
TURNS = (*REPLIES, *BY_PERSON, EventKind.WAIT_STARTED, EventKind.RESUMED, EventKind.REOPENED)
"""What puts the person or the desk to work next; the last of them says whose word stands."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a case stands: nothing in it says what the case is about."""

    ref: str
    state: State
    step: int
    """Index of the present step of four; 4 when all are done."""
    is_open: bool
    received_at: datetime
    reply_by: date | None
    reply_by_at: datetime | None
    is_answered: bool
    """The desk has answered at least once."""
    has_reply: bool
    """The desk has answered and nothing has come after it: there is something to read."""
    due_on: date | None
    waiting_for: WaitReason | None
    wait_until: date | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class SharedFile:
    """A file of the conversation."""

    info: FileInfo
    is_released: bool
    """Whether the person may download it."""
    until: date | None = None
    """The last day on which they may."""
    is_over: bool = False
    """It was handed over, and can be fetched no longer."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """One message of the conversation, opened and its numbers masked."""

    by_person: bool
    at: datetime
    text: str
    files: tuple[SharedFile, ...]


def standing(ticket: Ticket) -> Standing:
    """Return where a case stands."""
    state = State(ticket.state)
    has_reply = ticket.is_open and _last_turn(ticket.id) in REPLIES
    waits_until = db.session.scalar(
        select(Wait.due_on).where(Wait.ticket_id == ticket.id, Wait.ended_at.is_(None)).order_by(Wait.id.desc())
    )
    return Standing(
        ref=ticket.ref,
        state=state,
        step=_step(state, has_reply=has_reply),
        is_open=ticket.is_open,
        received_at=ticket.received_at,
        reply_by=ticket.reply_by,
        reply_by_at=ticket.reply_by_at,
        is_answered=ticket.answered_at is not None,
        has_reply=has_reply,
        due_on=ticket.due_on,
        waiting_for=ticket.waiting_for,
        wait_until=waits_until if ticket.waiting_for else None,
        ended_at=ticket.closed_at,
    )


def _step(state: State, *, has_reply: bool) -> int:
    if state in ENDED or state is State.NOTIFIED:
        return DONE
    return DONE - 1 if has_reply else stage(state) - 1


def _last_turn(ticket_id: int) -> str | None:
    turns = select(Event.kind).where(Event.ticket_id == ticket_id, Event.kind.in_(TURNS))
    return db.session.scalar(turns.order_by(Event.at.desc(), Event.id.desc()).limit(1))


def may_fetch(row: Attachment, today: date) -> bool:
    """Tell whether a file is handed over, its last day (JST) has not passed, and it was not fetched too often."""
    is_late = row.released_until is not None and row.released_until < today
    return row.is_released and not is_late and row.fetched < MOST_FETCHES


def conversation(ticket_id: int, case_key: bytes, today: date) -> list[Spoken]:
    """Return what was said between the person and the desk, oldest first. Raises `desk.vault.seal.Unreadable`."""
    files: dict[int | None, list[SharedFile]] = {}
    for row in db.session.scalars(
        select(Attachment)
        .where(Attachment.ticket_id == ticket_id, Attachment.state == FileState.STORED)
        .order_by(Attachment.id)
    ):
        info = file_info(row, case_file_key(row, case_key))
        may = may_fetch(row, today)
        is_over = not may and (row.is_released or row.released_until is not None)
        files.setdefault(row.message_id, []).append(SharedFile(info, may, row.released_until, is_over))
    messages = db.session.scalars(
        select(Message)
        .where(Message.ticket_id == ticket_id, Message.direction.in_([Direction.IN, Direction.OUT]))
        .order_by(Message.created_at, Message.id)
    )
    return [
        Spoken(
            by_person=message.direction == Direction.IN,
            at=message.created_at,
            text=mask_numbers(Said.unseal(_key_of(message, case_key), message.sealed).text),
            files=tuple(files.get(message.id, ())),
        )
        for message in messages
    ]


def find_released(ticket_id: int, file_id: int, today: date) -> Attachment | None:
    """Return a file that the person may download, or None."""
    found = db.session.scalar(
        select(Attachment).where(
            Attachment.id == file_id,
            Attachment.ticket_id == ticket_id,
            Attachment.is_released,
            Attachment.state == FileState.STORED,
        )
    )
    return found if found is not None and may_fetch(found, today) else None


def _key_of(message: Message, case_key: bytes) -> bytes:
    return unseal(case_key, message.case_wrapped, ADDITION_KEY) if message.case_wrapped else case_key
