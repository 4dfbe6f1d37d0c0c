"""A ticket with everything that belongs to it stands or falls as one."""

import pytest
from flask.ctx import AppContext
from sqlalchemy import func, select

from desk import clock
from desk.db import db
from desk.events.models import Event
from desk.handling.intake import open_ticket
from desk.mail.models import OutboxMail
from desk.tickets.links import Link
from desk.tickets.models import Message, Party, Ticket
from desk.transaction import transaction
from desk.vault.keys import DataKey
from tests.cases import BASE_URL, open_one, submission

PARTS = (Ticket, Party, Message, Link, Event, OutboxMail, DataKey)


def count_parts() -> list[int]:
    """Count the rows of each part."""
    db.session.rollback()
    return [db.session.scalar(select(func.count()).select_from(part)) or 0 for part in PARTS]


def open_and_fail() -> float:
    """Open a ticket, and have something go wrong between the last row and the commit."""
    with transaction():
        open_ticket(submission(), clock.now(), BASE_URL)
        return 1 / 0


def test_it_leaves_nothing_when_its_transaction_fails(context: AppContext) -> None:
    before = count_parts()
    with pytest.raises(ZeroDivisionError):
        open_and_fail()
    assert count_parts() == before


def test_it_owes_one_acknowledgement_as_soon_as_it_is_there(context: AppContext) -> None:
    opened = open_one()
    owed = db.session.scalars(select(OutboxMail.kind).where(OutboxMail.ticket_id == opened.ticket_id)).all()
    assert owed == ["acknowledgement"]
