"""A2: a stranger, a colleague and a former one get the same answer after the same time."""

import re
import statistics
import time

import pytest
from flask import Flask
from sqlalchemy import delete, update

from desk.accounts.models import Staff, Throttle
from desk.accounts.permissions import Role
from desk.db import db
from tests.people import hire

EMAILS = ("admin@desk.example", "former@desk.example", "nobody@desk.example")


@pytest.mark.parametrize(("path", "tries"), [("/sign-in", 100), ("/reset", 30)])
def test_it_tells_nobody_apart(app: Flask, path: str, tries: int) -> None:
    hire(app, Role.ADMIN)
    former = hire(app, Role.AGENT, "former@desk.example")
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        db.session.execute(update(Staff).where(Staff.id == former).values(is_active=False))
        db.session.commit()
    client, times, bodies = app.test_client(), {email: [] for email in EMAILS}, set()
    for _round in range(tries):
        for email in EMAILS:
            with app.app_context():
                db.session.execute(delete(Throttle))
                db.session.commit()
            begun = time.perf_counter()
            answer = client.post(path, data={"email": email, "password": "wrong but long enough"})
            times[email].append(time.perf_counter() - begun)
            bodies.add((answer.status_code, re.sub(r'value="[^"]*"', "", answer.text.replace(email, ""))))
    assert len(bodies) == 1
    # the middle of the times: a neighbour on the machine must not decide this
    middles = [statistics.median(times[email]) for email in EMAILS]
    assert max(middles) <= min(middles) * 1.1, middles
