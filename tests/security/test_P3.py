"""P3: the same Idempotency-Key is the same request; with another body it is refused; two at once open one ticket."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from desk import clock
from desk.db import db
from desk.tickets.links import Replay
from desk.tickets.models import Ticket
from tests.canaries import assert_absent
from tests.moment import travel_to
from tests.web.api.calls import GOOD, call

KEY = "5f0c1e9a-4d0e-4b7e-9a53-0d3d8a1f7a10"


def tickets(app: Flask) -> int:
    """Count the tickets."""
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Ticket)) or 0


def test_it_replays_the_same_answer(app: Flask, client: FlaskClient) -> None:
    first, second = call(client, GOOD, KEY), call(client, GOOD, KEY)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.data == second.data
    assert tickets(app) == 1


def test_it_refuses_another_body(app: Flask, client: FlaskClient) -> None:
    assert call(client, GOOD, KEY).status_code == 201
    other = call(client, GOOD | {"body": "別の内容です。"}, KEY)
    assert other.status_code == 422
    assert other.content_type == "application/problem+json"
    assert tickets(app) == 1


def test_it_opens_one_ticket_for_two_at_once(app: Flask) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _n: call(app.test_client(), GOOD, KEY), range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.data for answer in answers}) == 1
    assert tickets(app) == 1


def test_it_takes_another_key_for_another_request(app: Flask, client: FlaskClient) -> None:
    assert call(client, GOOD, KEY).data != call(client, GOOD, KEY + "0").data
    assert tickets(app) == 2


def test_it_forgets_after_a_day(app: Flask, client: FlaskClient) -> None:
    now = clock.now()
    with travel_to(now):
        assert call(client, GOOD, KEY).status_code == 201
    with travel_to(now + timedelta(hours=24, minutes=1)):
        assert call(client, GOOD, KEY).status_code == 201
    assert tickets(app) == 2


def test_it_keeps_the_answer_unreadable_without_the_key(app: Flask, client: FlaskClient) -> None:
    answer = call(client, GOOD, KEY)
    with app.app_context():
        row = db.session.scalars(select(Replay)).one()
        stored = b"".join((row.key_hash, row.body_hash, row.sealed))
    assert_absent(KEY, stored)
    assert_absent((answer.json or {})["status_url"].rpartition("/")[2], stored)


def test_it_refuses_a_key_that_is_none(client: FlaskClient) -> None:
    for key in ("", "x" * 256, "with space"):
        assert call(client, GOOD, key).status_code == 422, key
