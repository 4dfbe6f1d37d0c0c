"""Sealed tickets for the tests of the index, made with real keys and nothing else."""

from datetime import UTC, datetime

from sqlalchemy import insert

from desk.db import db, new_id
from desk.tickets.content import Contact, Said, Summary, subject_of
from desk.tickets.models import Channel, Direction, Message, Party, PartyRole, Population, Ticket
from desk.tickets.references import new_reference
from desk.tickets.states import State
from desk.transaction import transaction
from desk.vault.keys import Purpose, keys_of, vault

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


def add_ticket(person: Contact, text: str, *, details: dict[str, str] | None = None) -> int:
    """Add a ticket that waits for the index, and return its id."""
    ticket_id = new_id()
    with transaction():
        rows = [vault().make(purpose, ticket_id) for purpose in (Purpose.CASE, Purpose.DESK)]
        case_key = rows[0][1]
        db.session.execute(
            insert(Ticket),
            [
                {
                    "id": ticket_id, "ref": new_reference(), "kind": "K40", "regime": "jp-appi", "law_version": "1",
                    "calendar_version": "1", "population": Population.USER, "language": "ja", "channel": Channel.FORM,
                    "state": State.RECEIVED, "is_escalated": False, "received_at": NOW, "received_on": NOW.date(),
                    "ack_by": NOW, "queue_rank": 2, "queue_on": NOW.date(), "needs_index": True, "version": 1,
                    "summary": Summary(person.name, subject_of(text)).seal(case_key),
                }
            ],
        )  # fmt: skip
        db.session.add_all(row for row, _ in rows)
        db.session.add(
            Party(id=new_id(), ticket_id=ticket_id, role=PartyRole.PERSON, sealed=person.seal(case_key), has_email=True)
        )
        db.session.add(_message(ticket_id, Direction.IN, Said(text, details or {}).seal(case_key)))
    return ticket_id


def add_text(ticket_id: int, text: str, direction: Direction = Direction.IN) -> None:
    """Add a message or a note to a ticket, in the current transaction, without marking it."""
    key = keys_of(ticket_id)[Purpose.DESK if direction is Direction.NOTE else Purpose.CASE]
    db.session.add(_message(ticket_id, direction, Said(text).seal(key)))


def _message(ticket_id: int, direction: Direction, sealed: bytes) -> Message:
    return Message(
        id=new_id(), ticket_id=ticket_id, direction=direction, channel=Channel.FORM, sealed=sealed, created_at=NOW
    )
