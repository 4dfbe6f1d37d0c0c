"""A2: a stranger, a colleague and a former one get the same answer for the same work, or not before the same time.

How long it takes is not measured here, where a neighbour on the machine would decide: what takes the time is counted.
"""

import re
import time
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from desk.accounts.models import Staff
from desk.accounts.permissions import Role
from desk.db import db
from desk.web.auth.views import RESET_TAKES_S
from tests.people import hire
from tests.work import count_work

EMAILS = ("admin@desk.example", "former@desk.example", "nobody@desk.example")


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser before a desk with a colleague and a former one, that has been on its pages before."""
    app.config["WTF_CSRF_ENABLED"] = False
    hire(app, Role.ADMIN)
    former = hire(app, Role.AGENT, "former@desk.example")
    with app.app_context():
        db.session.execute(update(Staff).where(Staff.id == former).values(is_active=False))
        db.session.commit()
    browser = app.test_client()
    browser.get("/sign-in")
    browser.post("/sign-in", data={"email": "first@desk.example", "password": "wrong but long enough"})
    return browser


def ask(client: FlaskClient, path: str, email: str) -> tuple[object, ...]:
    """Return what an answer shows: status, text without what is drawn anew each time, names of the headers."""
    answer = client.post(path, data={"email": email, "password": "wrong but long enough"})
    text = re.sub(r'value="[^"]*"', "", answer.text.replace(email, ""))
    return (answer.status_code, text, *sorted(answer.headers.keys()))


def test_signing_in_does_the_same_work_for_everybody(app: Flask, client: FlaskClient) -> None:
    works = [count_work(app, partial(ask, client, "/sign-in", email)) for email in EMAILS]
    assert {(work.answer, work.statements, work.passwords_hashed) for work in works} == {
        (works[0].answer, works[0].statements, 1)
    }
    assert len(works[0].statements) > 2


def test_asking_for_a_reset_takes_its_time_for_everybody(client: FlaskClient) -> None:
    answers = set()
    for email in EMAILS:
        begun = time.perf_counter()
        answers.add(ask(client, "/reset", email))
        assert time.perf_counter() - begun >= RESET_TAKES_S
    assert len(answers) == 1
