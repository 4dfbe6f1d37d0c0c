"""How long a session lives: two hours without a page, twelve in all, and not a moment after its person may not come in."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from desk import clock
from desk.accounts.housekeeping import forget_expired
from desk.accounts.models import StaffSession
from desk.accounts.permissions import Role
from desk.accounts.sessions import IDLE, LIFE, list_sessions
from desk.db import db
from desk.transaction import transaction
from tests.moment import travel_to
from tests.people import browser_of, hire

A_MOMENT = timedelta(seconds=1)


def is_in(client: FlaskClient) -> bool:
    """Tell whether a browser is still signed in."""
    return client.get("/account").status_code == 200


@pytest.fixture
def staff_id(app: Flask) -> int:
    """Somebody who works here."""
    return hire(app, Role.AGENT)


def test_it_ends_after_two_hours_without_a_page(app: Flask, staff_id: int) -> None:
    with travel_to(clock.now()) as now:
        used, unused = browser_of(app, staff_id), browser_of(app, staff_id)
        now.shift(IDLE - A_MOMENT)
        assert is_in(used)
        now.shift(A_MOMENT * 2)
        assert is_in(used)
        assert not is_in(unused)
        with app.app_context():
            assert len(list_sessions(staff_id, clock.now())) == 1


def test_it_ends_after_twelve_hours_however_busy(app: Flask, staff_id: int) -> None:
    with travel_to(clock.now()) as now:
        client, ends_at = browser_of(app, staff_id), clock.now() + LIFE
        while clock.now() + timedelta(hours=1) < ends_at:
            now.shift(timedelta(hours=1))
            assert is_in(client)
        now.move_to(ends_at - A_MOMENT)
        assert is_in(client)
        now.move_to(ends_at + A_MOMENT)
        assert not is_in(client)


def test_it_lives_in_one_browser_alone(app: Flask, staff_id: int) -> None:
    client, stranger = browser_of(app, staff_id), app.test_client()
    assert is_in(client)
    assert not is_in(stranger)
    with app.app_context():
        stored = db.session.scalars(select(StaffSession.token_hash)).one()
    cookie = client.get_cookie("staff")
    assert cookie is not None
    assert cookie.value.encode() not in stored
    assert len(stored) == 32


def test_what_is_over_is_forgotten(app: Flask, staff_id: int) -> None:
    with travel_to(clock.now()) as now:
        browser_of(app, staff_id)
        now.shift(LIFE - IDLE)
        browser_of(app, staff_id)
        now.shift(IDLE)
        with app.app_context():
            with transaction():
                forget_expired(clock.now())
            assert db.session.scalar(select(func.count()).select_from(StaffSession)) == 1
