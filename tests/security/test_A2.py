"""A2: a stranger, a colleague and a former one get the same answer for the same work, or not before the same time.

How long it takes is not measured here, where a neighbour on the machine would decide: what takes the time is counted.
"""

import cProfile
import pstats
import re
import time

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, update

from desk.accounts.models import Staff
from desk.accounts.permissions import Role
from desk.db import db
from desk.web.auth.views import RESET_TAKES_S
from tests.people import hire

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
    answers, work = set(), []
    for email in EMAILS:
        statements: list[str] = []

        def note(
            _connection: object, _cursor: object, statement: str, *_: object, said: list[str] = statements
        ) -> None:
            said.append(re.sub(r"\(.*", "", statement))  # the act and its table

        profile = cProfile.Profile()
        with app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", note)
        answers.add(profile.runcall(ask, client, "/sign-in", email))
        event.remove(engine, "before_cursor_execute", note)
        work.append((passwords_hashed(profile), statements))
    assert len(answers) == 1
    assert work[0][0] == 1
    assert len(work[0][1]) > 2
    assert work[0] == work[1] == work[2]


def passwords_hashed(profile: cProfile.Profile) -> int:
    """Return how often the slow function ran."""
    calls = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    return sum(
        calls_in_all
        for (file, _line, name), (_own, calls_in_all, *_times) in calls.items()
        if "argon2" in file and name in {"verify", "hash"}
    )


def test_asking_for_a_reset_takes_its_time_for_everybody(client: FlaskClient) -> None:
    answers = set()
    for email in EMAILS:
        begun = time.perf_counter()
        answers.add(ask(client, "/reset", email))
        assert time.perf_counter() - begun >= RESET_TAKES_S
    assert len(answers) == 1
