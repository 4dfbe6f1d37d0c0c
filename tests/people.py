"""Members of staff for tests, and browsers that are signed in as one."""

import re

from flask import Flask
from flask.testing import FlaskClient

from desk import clock
from desk.accounts.models import Staff
from desk.accounts.permissions import Role
from desk.accounts.sessions import begin_session
from desk.db import db
from desk.events.trail import DESK
from desk.handling.staffing import NewStaff, add_staff
from desk.transaction import transaction

PASSWORD = "correct horse battery staple"


def hire(app: Flask, role: Role, email: str | None = None, *, password: str = PASSWORD, one_time: bool = False) -> int:
    """Add a member of staff and return their number."""
    new = NewStaff(email or f"{role.value}@desk.example", f"{role.value} さん", role)
    with app.app_context(), transaction():
        return add_staff(new, actor=DESK, now=clock.now(), password=password, one_time=one_time).id


def browser_of(app: Flask, staff_id: int | None) -> FlaskClient:
    """Return a browser that is signed in as somebody, or as nobody."""
    client = app.test_client()
    if staff_id is not None:
        with app.app_context(), transaction():
            token = begin_session(staff_id, clock.now())
        client.set_cookie("staff", token)
    return client


def proof(client: FlaskClient, path: str) -> str:
    """Return the CSRF token of a page."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)
    assert found is not None
    return found.group(1)


def try_sign_in(client: FlaskClient, email: str, password: str, **more: str) -> tuple[int, str, str]:
    """Fill in the sign-in page; return status, location and body."""
    data = {"csrf_token": proof(client, "/sign-in"), "email": email, "password": password, **more}
    answer = client.post("/sign-in", data=data)
    return answer.status_code, answer.headers.get("Location", ""), answer.text


def person(app: Flask, staff_id: int) -> Staff:
    """Return somebody as the database has them now."""
    with app.app_context():
        return db.session.get_one(Staff, staff_id)
