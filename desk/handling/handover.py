"""Files handed to a person under link and code: until a day, a few times, stopped and given again by staff."""

from datetime import date, datetime, timedelta

from sqlalchemy import CursorResult, select, update

from desk.attachments.files import list_parked, take_over
from desk.attachments.models import MOST_FETCHES, Attachment, FileState
from desk.clock import date_of
from desk.company.settings import get_setting
from desk.db import db
from desk.events.kinds import EventKind
from desk.events.trail import Actor, record
from desk.handling.outgoing import mark_changed
from desk.tickets.errors import NotAllowed
from desk.tickets.models import Direction, Message, Ticket


def release_files(ticket_id: int, message_id: int, draft: str, case_key: bytes, now: datetime) -> None:
    """Give a message the files parked with its form, for the person to fetch."""
    for parked in list_parked(draft):
        take_over(parked, draft, ticket_id, message_id, case_key)
        parked.is_released, parked.released_until = True, _last_day(now)


def stop_files(ticket: Ticket, message_id: int, actor: Actor, now: datetime) -> None:
    """Let nobody fetch the files of a message any more. Raises `NotAllowed` when none is handed over."""
    rows = [row for row in _files_of(ticket, message_id) if row.is_released]
    if not rows:
        raise NotAllowed("nothing is handed over")
    for row in rows:
        row.is_released = False
    record(EventKind.FILES_STOPPED, actor=actor, at=now, ticket_id=ticket.id, facts={"message": message_id})
    mark_changed(ticket)


def give_files(ticket: Ticket, message_id: int, actor: Actor, now: datetime) -> None:
    """Hand the files of a message over anew, until a new day and as often as at first. Raises `NotAllowed` without any."""
    rows = _files_of(ticket, message_id)
    if not rows:
        raise NotAllowed("there are no files")
    until = _last_day(now)
    for row in rows:
        row.is_released, row.released_until, row.fetched = True, until, 0
    facts = {"message": message_id, "until": until.isoformat()}
    record(EventKind.FILES_GIVEN, actor=actor, at=now, ticket_id=ticket.id, facts=facts)
    mark_changed(ticket)


def take_fetch(file_id: int) -> bool:
    """Count that a file is fetched, and tell whether it still may be; of many at once no more than the limit may."""
    counted = db.session.execute(
        update(Attachment)
        .where(Attachment.id == file_id, Attachment.fetched < MOST_FETCHES)
        .values(fetched=Attachment.fetched + 1)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(counted, CursorResult)  # noqa: S101 - an UPDATE gives one
    return counted.rowcount == 1


def _last_day(now: datetime) -> date:
    return date_of(now) + timedelta(days=get_setting("file_days"))


def _files_of(ticket: Ticket, message_id: int) -> list[Attachment]:
    found = (
        select(Attachment)
        .join(Message, Message.id == Attachment.message_id)
        .where(
            Attachment.ticket_id == ticket.id,
            Attachment.message_id == message_id,
            Attachment.state == FileState.STORED,
            Message.direction == Direction.OUT,
        )
    )
    return list(db.session.scalars(found))
