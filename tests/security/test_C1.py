"""C1: of two people on one ticket the second sees both versions, and a person's message is never closed away."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from desk import clock
from desk.db import db
from desk.handling.correspondence import Addition, receive_addition
from desk.handling.intake import Opened
from desk.mail.models import MailKind, OutboxMail
from desk.tickets.models import Direction, Message
from desk.tickets.queries import hold
from desk.transaction import transaction
from desk.vault.keys import Purpose, keys_of
from desk.vault.seal import new_token
from tests.cases import add_staff, fields_of, open_one, sign_in, ticket_of

MINE, THEIRS = "先に保存した文章", "後から保存した文章"
ACTS = {
    "note": {"note-text": THEIRS},
    "assign": {"assign-to": ""},
    "escalate": {"escalate-to": "", "escalate-text": THEIRS},
    "recast": {"recast-kind": "C34", "recast-text": THEIRS},
    "answer": {"answer-text": THEIRS, "step": "send"},
    "wait": {"wait-reason": "identity", "wait-text": THEIRS, "step": "send"},
    "close": {"close-outcome": "K-OK", "close-text": THEIRS, "step": "send"},
    "move": {"move-target": "investigating"},
    "take": {},
}


@pytest.fixture
def opened(app: Flask) -> Opened:
    """A ticket that two people look at."""
    with app.app_context():
        return open_one()


@pytest.fixture
def two(app: Flask) -> tuple[FlaskClient, FlaskClient]:
    """Two colleagues at their browsers."""
    with app.app_context():
        ids = [add_staff(name=name) for name in ("佐藤 窓口", "鈴木 窓口")]
    return sign_in(app, ids[0]), sign_in(app, ids[1])


def page_of(client: FlaskClient, opened: Opened) -> str:
    return client.get(f"/staff/tickets/{opened.ref}").text


def save(client: FlaskClient, opened: Opened, page: str, act: str, **typed: str) -> TestResponse:
    """Send the form of an act as it stood on a page."""
    path = f"/staff/tickets/{opened.ref}/{act}"
    return client.post(path, data=fields_of(page, path) | typed)


def message_of_the_person(app: Flask, opened: Opened, text: str) -> None:
    """Let the person's message arrive as it does through the link."""
    with app.app_context(), transaction():
        ticket = hold(opened.ticket_id)
        receive_addition(ticket, Addition(text, new_token()), keys_of(ticket.id)[Purpose.CASE], clock.now())


def versions(app: Flask, opened: Opened) -> tuple[object, ...]:
    with app.app_context():
        ticket = ticket_of(opened)
        said = db.session.scalars(select(Message.id).where(Message.ticket_id == ticket.id)).all()
        mails = db.session.scalars(select(OutboxMail.id)).all()
        return ticket.version, ticket.state, ticket.assignee_id, ticket.kind, ticket.is_escalated, len(said), len(mails)


@pytest.mark.parametrize("act", ACTS)
def test_it_shows_the_second_both_versions_and_saves_neither_over_the_other(
    app: Flask, opened: Opened, two: tuple[FlaskClient, FlaskClient], act: str
) -> None:
    first, second = two
    old = page_of(second, opened)
    assert save(first, opened, page_of(first, opened), "note", **{"note-text": MINE}).status_code == 303
    before = versions(app, opened)
    typed = ACTS[act]
    answer = save(second, opened, old, act, **typed)
    assert answer.status_code == 409, answer.text
    assert MINE in answer.text
    assert THEIRS not in "".join(typed.values()) or THEIRS in answer.text
    assert versions(app, opened) == before


def test_it_saves_at_the_second_try_what_was_typed(
    app: Flask, opened: Opened, two: tuple[FlaskClient, FlaskClient]
) -> None:
    first, second = two
    old = page_of(second, opened)
    save(first, opened, page_of(first, opened), "note", **{"note-text": MINE})
    late = save(second, opened, old, "note", **{"note-text": THEIRS})
    path = f"/staff/tickets/{opened.ref}/note"
    assert second.post(path, data=fields_of(late.text, path) | {"note-text": THEIRS}).status_code == 303
    page = page_of(first, opened)
    assert MINE in page
    assert THEIRS in page


def test_it_never_closes_over_a_message_that_arrived_meanwhile(
    app: Flask, opened: Opened, two: tuple[FlaskClient, FlaskClient]
) -> None:
    agent, _other = two
    old = page_of(agent, opened)
    message_of_the_person(app, opened, "やはり続きがあります。")
    answer = save(agent, opened, old, "close", **ACTS["close"])
    assert answer.status_code == 409
    assert "やはり続きがあります。" in answer.text
    assert THEIRS in answer.text
    with app.app_context():
        ticket = ticket_of(opened)
        assert (ticket.closed_at, ticket.outcome) == (None, None)
        assert db.session.scalars(select(OutboxMail).where(OutboxMail.kind == MailKind.CLOSING)).all() == []


def test_it_reopens_what_was_closed_a_moment_before(
    app: Flask, opened: Opened, two: tuple[FlaskClient, FlaskClient]
) -> None:
    agent, _other = two
    assert save(agent, opened, page_of(agent, opened), "close", **ACTS["close"]).status_code == 303
    message_of_the_person(app, opened, "まだ終わっていません。")
    with app.app_context():
        ticket = ticket_of(opened)
        assert (ticket.state, ticket.closed_at) == ("reopened", None)
    assert opened.ref[:4] in agent.get("/staff/").text
    assert "まだ終わっていません。" in page_of(agent, opened)


@pytest.mark.parametrize("act", ["close", "answer", "note"])
def test_it_lets_one_of_two_at_once_through(
    app: Flask, opened: Opened, two: tuple[FlaskClient, FlaskClient], act: str
) -> None:
    pages = [page_of(client, opened) for client in two]

    def go(number: int) -> int:
        return save(two[number], opened, pages[number], act, **ACTS[act]).status_code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(go, (0, 1))) == [303, 409]


def test_a_close_and_a_message_at_once_leave_the_ticket_open(
    app: Flask, opened: Opened, two: tuple[FlaskClient, FlaskClient]
) -> None:
    agent, _other = two
    page = page_of(agent, opened)
    both: tuple[Callable[[], object], ...] = (
        lambda: save(agent, opened, page, "close", **ACTS["close"]).status_code,
        lambda: message_of_the_person(app, opened, "同時に届きました。"),
    )
    with ThreadPoolExecutor(2) as pool:
        status, _nothing = [future.result() for future in [pool.submit(act) for act in both]]
    assert status in {303, 409}
    with app.app_context():
        ticket = ticket_of(opened)
        assert ticket.closed_at is None
        assert ticket.state == ("reopened" if status == 303 else "received")
        said = db.session.scalars(select(Message).where(Message.direction == Direction.IN)).all()
        assert len(said) == 2
