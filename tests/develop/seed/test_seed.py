"""Seeding on both databases: tickets that open, are found, have a credible course, and stand beside what was there."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, text, update

from desk import clock
from desk.db import db, is_sqlite
from desk.develop.seed.command import seed as command
from desk.develop.seed.run import seed_tickets
from desk.events.kinds import KINDS, EventKind
from desk.events.models import Event
from desk.handling.clockwork import clock_of
from desk.jobs import index
from desk.mail.models import OutboxMail
from desk.search.find import find
from desk.search.models import Identifier
from desk.search.plaintext import open_words
from desk.tickets.models import Message, Ticket, Wait
from desk.tickets.states import ENDED
from desk.transaction import transaction

TICKETS = 120


@pytest.fixture
def seeded(context: object) -> list[Ticket]:
    """A desk with invented tickets, oldest first."""
    seed_tickets(TICKETS, seed=7)
    return list(db.session.scalars(select(Ticket).order_by(Ticket.id)))


def test_it_makes_tickets_that_are_found_by_words_and_people(seeded: list[Ticket]) -> None:
    assert len(seeded) == TICKETS
    assert len(find("領収書", limit=100).ticket_ids) == TICKETS // 10
    assert len(find("珊瑚礁", limit=100).ticket_ids) == 5
    contact = open_words([seeded[0].id])[seeded[0].id].contacts[0]
    for query in filter(None, (contact.email, contact.phone, contact.name, contact.reading)):
        assert seeded[0].id in find(query, limit=100).ticket_ids
    assert find(seeded[0].ref).ticket_ids == (seeded[0].id,)


def test_it_writes_the_index_that_the_job_would_write(seeded: list[Ticket]) -> None:
    before = _index()
    with transaction():
        db.session.execute(update(Ticket).values(needs_index=True))
    index()
    assert _index() == before


def test_it_tells_a_credible_course(seeded: list[Ticket]) -> None:
    now = clock.now()
    for ticket in seeded:
        assert (ticket.closed_at is not None) == (ticket.state in ENDED) == (ticket.outcome is not None)
        passed = [ticket.received_at, ticket.answered_at, ticket.notified_at, ticket.closed_at]
        given = [at for at in passed if at is not None]
        assert given == sorted(given)
        assert given[-1] <= now
        assert ticket.received_at > now - timedelta(days=1100)
        assert ticket.queue_on == (ticket.due_on or ticket.received_on)
    assert 0 < sum(ticket.is_open for ticket in seeded) < TICKETS // 4
    assert len({ticket.kind for ticket in seeded}) > 5


def test_it_keeps_trail_and_clock_in_step(seeded: list[Ticket]) -> None:
    for ticket in seeded[::10]:
        reckoned = clock_of(ticket)
        assert (reckoned.limit_on, reckoned.due_on, reckoned.target_on) == (
            ticket.limit_on, ticket.due_on, ticket.target_on,
        )  # fmt: skip
        assert reckoned.ack_by == ticket.ack_by
    for kind, facts in db.session.execute(select(Event.kind, Event.facts).where(Event.ticket_id.is_not(None))):
        assert facts.keys() == KINDS[EventKind(kind)].facts
    assert db.session.scalar(select(func.count()).select_from(Wait))


def test_it_owes_no_mail(seeded: list[Ticket]) -> None:
    states = Counter(db.session.scalars(select(OutboxMail.state)))
    assert states.keys() == {"sent"}
    acknowledged = sum(ticket.acknowledged_at is not None for ticket in seeded)
    assert db.session.scalar(select(func.count()).where(OutboxMail.kind == "acknowledgement")) == acknowledged


def test_it_tells_the_same_stories_for_the_same_seed_and_leaves_old_tickets_alone(seeded: list[Ticket]) -> None:
    first = _stories([ticket.id for ticket in seeded])
    done = seed_tickets(TICKETS, seed=7)
    assert done.rare_tickets == 5
    second = [row for row in db.session.scalars(select(Ticket.id)) if row not in {ticket.id for ticket in seeded}]
    assert _stories(second) == first
    seed_tickets(3, seed=8)
    assert db.session.scalar(select(func.count()).select_from(Ticket)) == 2 * TICKETS + 3


def test_it_says_what_it_made(app: Flask, context: object) -> None:
    result = app.test_cli_runner().invoke(command, ["--tickets", "20"])
    made = json.loads(result.output)
    assert result.exit_code == 0
    assert made["tickets"] == 20
    assert made["common_tickets"] == 2
    assert db.session.scalar(select(func.count()).select_from(Message)) or 0 >= 20


def test_it_refuses_no_tickets(app: Flask, context: object) -> None:
    assert app.test_cli_runner().invoke(command, ["--tickets", "0"]).exit_code == 2


def test_it_stores_instants_as_the_application_does(seeded: list[Ticket]) -> None:
    ticket = seeded[-1]
    at = ticket.received_at
    assert at.tzinfo is UTC
    assert isinstance(at, datetime)
    found = db.session.scalars(select(Ticket.id).where(Ticket.received_at == at)).all()
    assert found == [ticket.id]


def _stories(ticket_ids: list[int]) -> Counter[str]:
    return Counter("|".join(sorted(words.texts())) for words in open_words(ticket_ids).values())


def _index() -> tuple[object, object]:
    table = "SELECT rowid, tokens FROM search_words" if is_sqlite(db.engine) else "SELECT * FROM search_doc"
    prints = db.session.execute(select(Identifier.ticket_id, Identifier.kind, Identifier.token))
    return {row[0]: str(row[1]) for row in db.session.execute(text(table))}, Counter(tuple(row) for row in prints)
