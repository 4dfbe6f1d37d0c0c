"""D3: twenty at once with the same form are one message; each conflict is tried anew, and nobody sees an error."""

from concurrent.futures import ThreadPoolExecutor

from flask import Flask
from sqlalchemy import func, select

from desk import clock
from desk.db import db
from desk.events.models import Event
from desk.handling.access import find_visit
from desk.handling.correspondence import Addition, receive_addition
from desk.tickets.models import Message, Ticket
from desk.transaction import attempt
from desk.vault.seal import new_token
from tests.web.public.people import open_case

AT_ONCE = 20


def add(app: Flask, token: str, nonce: str) -> int:
    """Add a message through the link."""
    with app.app_context():
        visit = find_visit(token, clock.now())
        assert visit is not None
        ticket_id, key = visit.ticket.id, visit.case_key
        said = Addition("同じ内容です。", nonce)
        return attempt(
            lambda: receive_addition(db.session.get_one(Ticket, ticket_id), said, key, clock.now()), times=AT_ONCE
        )


def test_it_takes_the_same_form_once(app: Flask) -> None:
    case, nonce = open_case(app), new_token()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = set(pool.map(lambda _one: add(app, case.token, nonce), range(AT_ONCE)))
    assert len(found) == 1
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Message)) == 2
        assert list(db.session.scalars(select(Event.kind))).count("person_wrote") == 1


def test_it_takes_different_forms_all(app: Flask) -> None:
    case = open_case(app)
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _one: add(app, case.token, new_token()), range(8)))
    assert len(found) == 8
