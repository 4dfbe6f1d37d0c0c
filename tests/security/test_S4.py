"""S4: a revoked link, an expired one and the link of a shredded case answer like one that never was."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, update

from desk import clock
from desk.db import db
from desk.tickets.links import Link
from desk.transaction import transaction
from desk.vault.keys import DataKey, Purpose
from desk.vault.seal import new_token
from tests.web.public.people import enter, open_case, post

Ending = Callable[[], None]


def revoke() -> None:
    db.session.execute(update(Link).values(revoked_at=clock.now()))


def expire() -> None:
    db.session.execute(update(Link).values(expires_at=clock.now() - timedelta(seconds=1)))


def shred() -> None:
    db.session.execute(delete(DataKey).where(DataKey.purpose == Purpose.CASE))


@pytest.mark.parametrize("end", [revoke, expire, shred])
def test_it_answers_as_if_there_never_was_a_link(app: Flask, client: FlaskClient, end: Ending) -> None:
    case = open_case(app)
    enter(client, case.token)
    unknown = client.get(f"/s/{new_token()}")
    with app.app_context(), transaction():
        end()
    found = client.get(f"/s/{case.token}")
    assert (found.status_code, found.text) == (404, unknown.text)
    assert post(client, f"/s/{case.token}").status_code == 404
    assert client.get("/s").status_code == 404  # also for who had it open
    assert post(client, "/s/code").status_code == 404
    assert client.get("/s/withdraw").status_code == 404
