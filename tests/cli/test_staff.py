"""`desk staff`: adding somebody from the terminal, with a password of their own or one for once."""

import json
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select

from desk.accounts.models import Staff
from desk.accounts.permissions import Role
from desk.cli.staff import FIRST_EMAIL, staff
from desk.db import db
from desk.events.kinds import EventKind
from desk.events.models import Event
from tests.people import PASSWORD, hire, try_sign_in

ADD = ("add", "hanako@desk.example", "--name", "山田 花子", "--role", "agent")


def run(app: Flask, *arguments: str, typed: str | None = None) -> Result:
    """Run the command with what is typed into its standard input."""
    with app.app_context():
        return app.test_cli_runner().invoke(staff, arguments, input=typed)


def count(app: Flask, model: type[Staff | Event] = Staff) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def shown(result: Result) -> dict[str, Any]:
    """Return the one line of JSON that a command printed."""
    assert result.exit_code == 0, result.output
    (line,) = result.stdout.splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


def test_it_adds_somebody_with_a_password_for_once(app: Flask) -> None:
    found = shown(run(app, *ADD))
    assert {name: found[name] for name in ("email", "name", "role", "must_change_password")} == {
        "email": "hanako@desk.example",
        "name": "山田 花子",
        "role": "agent",
        "must_change_password": True,
    }
    client = app.test_client()
    assert try_sign_in(client, "hanako@desk.example", found["password"])[0] == 303
    assert client.get("/staff/").location == "/account/password"
    with app.app_context():
        event = db.session.scalars(select(Event).where(Event.kind == EventKind.STAFF_ADDED)).one()
        assert event.facts == {"staff": found["id"], "role": "agent"}


@pytest.mark.parametrize(
    ("password", "ending"),
    [(PASSWORD, "\n"), ("さくらの木の下で 会いましょう", "\r\n"), ("  spaces on both ends  ", "")],
)
def test_it_reads_a_password_from_standard_input_and_prints_none(app: Flask, password: str, ending: str) -> None:
    result = run(app, *ADD, "--password-stdin", typed=f"{password}{ending}another line\n" if ending else password)
    found = shown(result)
    assert "password" not in found
    assert found["must_change_password"] is False
    assert password.strip() not in result.output
    client = app.test_client()
    assert try_sign_in(client, "hanako@desk.example", password)[0] == 303
    assert client.get("/staff/").status_code == 200


@pytest.mark.parametrize("typed", ["", "\n", "short\n", "password1234\n"])
def test_it_takes_no_weak_password(app: Flask, typed: str) -> None:
    result = run(app, *ADD, "--password-stdin", typed=typed)
    assert result.exit_code == 2
    assert "at least 12 characters" in result.output
    assert (count(app), count(app, Event)) == (0, 0)


@pytest.mark.parametrize("spelling", ["hanako@desk.example", "HANAKO@Desk.Example", " hanako@desk.example "])
def test_it_adds_nobody_twice(app: Flask, spelling: str) -> None:
    hire(app, Role.AUDITOR, "hanako@desk.example")
    events = count(app, Event)
    result = run(app, "add", spelling, *ADD[2:], "--password-stdin", typed=f"{PASSWORD} of another\n")
    assert result.exit_code == 1
    assert "there already" in result.output
    assert (count(app), count(app, Event)) == (1, events)
    assert try_sign_in(app.test_client(), "hanako@desk.example", PASSWORD)[0] == 303


@pytest.mark.parametrize(
    ("email", "name", "words"),
    [
        ("hanako", "山田 花子", "not an e-mail address"),
        ("hanako@", "山田 花子", "not an e-mail address"),
        ("", "山田 花子", "not an e-mail address"),
        ("a b@desk.example", "山田 花子", "not an e-mail address"),
        ("hanako@desk.example", "", "1 to 100 characters"),
        ("hanako@desk.example", "  ", "1 to 100 characters"),
        ("hanako@desk.example", "あ" * 101, "1 to 100 characters"),
        ("hanako@desk.example", "山田\u202e花子", "1 to 100 characters"),
    ],
)
def test_it_says_what_is_wrong_and_adds_nobody(app: Flask, email: str, name: str, words: str) -> None:
    result = run(app, "add", email, "--name", name, "--role", "agent")
    assert result.exit_code == 2
    assert words in result.output
    assert (count(app), count(app, Event)) == (0, 0)


@pytest.mark.parametrize("role", list(Role))
def test_it_gives_each_role_its_first_page(app: Flask, role: Role) -> None:
    shown(run(app, "add", "a@desk.example", "--name", "A", "--role", role.value, "--password-stdin", typed=PASSWORD))
    client = app.test_client()
    assert try_sign_in(client, "a@desk.example", PASSWORD)[0] == 303
    first = client.get("/signed-in").location
    assert client.get(first).status_code == 200


def test_the_first_administrator_is_made_once(app: Flask) -> None:
    first = shown(run(app, "bootstrap"))
    assert (first["created"], first["email"]) == (True, FIRST_EMAIL)
    assert try_sign_in(app.test_client(), FIRST_EMAIL, first["password"])[0] == 303
    assert shown(run(app, "bootstrap")) == {"created": False}
    assert count(app) == 1
