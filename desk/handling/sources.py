"""Asking whoever looks after a place where data are kept, and writing down what they found."""

from datetime import date, datetime

from sqlalchemy import exists, select

from desk.clock import date_of
from desk.db import db, new_id
from desk.events.kinds import EventKind
from desk.events.trail import Actor, record
from desk.handling.casework import must_be_open
from desk.handling.outgoing import mark_changed
from desk.tickets.cards import cut_cards
from desk.tickets.errors import NotAllowed
from desk.tickets.models import Ticket
from desk.tickets.sources import SOURCES, Asked, SourceTask
from desk.vault.keys import Purpose, keys_of


def ask_source(ticket: Ticket, source: str, asked: Asked, due_on: date, actor: Actor, now: datetime) -> int:
    """Write down that somebody was asked to look for a person's data by a day; return the question's id.

    Raises `NotAllowed` when the ticket has ended, for an unknown source, a day that has passed, and where the same is
    asked already.
    """
    must_be_open(ticket)
    if source not in SOURCES or due_on < date_of(now):
        raise NotAllowed(f"{source} by {due_on}")
    key = keys_of(ticket.id)[Purpose.DESK]
    waiting = select(SourceTask).where(SourceTask.ticket_id == ticket.id, SourceTask.answered_at.is_(None))
    if any(
        row.source == source and Asked.unseal(key, row.sealed).of == asked.of for row in db.session.scalars(waiting)
    ):
        raise NotAllowed(f"{source} is asked already")
    asked = Asked(cut_cards(asked.of), cut_cards(asked.what))
    row = SourceTask(
        id=new_id(),
        ticket_id=ticket.id,
        source=source,
        due_on=due_on,
        asked_at=now,
        asked_by=actor.staff_id,
        sealed=asked.seal(key),
    )
    db.session.add(row)
    facts = {"source": source, "due": due_on.isoformat()}
    record(EventKind.SOURCE_ASKED, actor=actor, at=now, ticket_id=ticket.id, facts=facts)
    mark_changed(ticket)
    return row.id


def answer_source(ticket: Ticket, task_id: int, answer: str, actor: Actor, now: datetime, *, is_found: bool) -> None:
    """Write down what was found where somebody was asked to look. Raises `NotAllowed` when nobody waits for it."""
    must_be_open(ticket)
    row = db.session.get(SourceTask, task_id)
    if row is None or row.ticket_id != ticket.id or row.answered_at is not None:
        raise NotAllowed("nobody waits for this answer")
    key = keys_of(ticket.id)[Purpose.DESK]
    asked = Asked.unseal(key, row.sealed)
    row.answered_at, row.answered_by, row.is_found = now, actor.staff_id, is_found
    row.sealed = Asked(asked.of, asked.what, cut_cards(answer)).seal(key)
    facts = {"source": row.source, "found": is_found}
    record(EventKind.SOURCE_ANSWERED, actor=actor, at=now, ticket_id=ticket.id, facts=facts)
    mark_changed(ticket)


def has_open_questions(ticket_id: int) -> bool:
    """Tell whether somebody who was asked has not answered."""
    waiting = exists().where(SourceTask.ticket_id == ticket_id, SourceTask.answered_at.is_(None))
    return bool(db.session.scalar(select(waiting)))
