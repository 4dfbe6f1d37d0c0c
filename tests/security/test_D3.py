"""D3: twenty at once add through the link by the real door: all are kept, the same form once, and nobody sees an error."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from desk.db import db
from desk.events.models import Event
from desk.tickets.models import Message, Ticket
from desk.vault.seal import new_token
from tests.web.public.people import csrf_of, enter, open_case

AT_ONCE = 20


@pytest.fixture
def visitors(app: Flask) -> list[tuple[FlaskClient, str]]:
    """Twenty browsers that opened the same link, each with the token of its page."""
    case, found = open_case(app), []
    for _one in range(AT_ONCE):
        client = app.test_client()
        found.append((client, csrf_of(enter(client, case.token))))
    return found


def send_at_once(visitors: Sequence[tuple[FlaskClient, str]], nonces: Sequence[str]) -> list[int]:
    """Let every browser send its message in the same moment; return what each was answered."""
    ready = threading.Barrier(len(nonces))

    def send(visitor: tuple[FlaskClient, str], nonce: str) -> int:
        client, token = visitor
        ready.wait()
        data = {"csrf_token": token, "nonce": nonce, "text": f"追記です。{nonce}"}
        return client.post("/s/messages", data=data).status_code

    with ThreadPoolExecutor(len(nonces)) as pool:
        return list(pool.map(send, visitors, nonces))


def counts(app: Flask) -> tuple[int, int, int]:
    """Return how many messages were added, how many events say so, and the version of the ticket."""
    with app.app_context():
        added = db.session.scalar(select(func.count()).select_from(Message)) or 0
        told = db.session.scalar(select(func.count()).where(Event.kind == "person_wrote")) or 0
        return added - 1, told, db.session.scalars(select(Ticket.version)).one()


def test_it_takes_different_forms_all(app: Flask, visitors: list[tuple[FlaskClient, str]]) -> None:
    assert send_at_once(visitors, [new_token() for _one in visitors]) == [303] * AT_ONCE
    assert counts(app)[:2] == (AT_ONCE, AT_ONCE)


def test_it_takes_the_same_form_once(app: Flask, visitors: list[tuple[FlaskClient, str]]) -> None:
    assert send_at_once(visitors, [new_token()] * AT_ONCE) == [303] * AT_ONCE
    assert counts(app)[:2] == (1, 1)
