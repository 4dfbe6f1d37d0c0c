"""`desk company`: what a new desk is called, and how its administrator changes that from the terminal."""

import json

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from desk.cli.company import company
from desk.company.models import Company
from desk.db import db
from desk.events.kinds import EventKind
from desk.events.models import Event


def run(app: Flask, *arguments: str) -> Result:
    with app.app_context():
        return app.test_cli_runner().invoke(company, ["set", *arguments])


def test_a_new_desk_is_the_first_customers(app: Flask) -> None:
    landing, english = (app.test_client().get(path).text for path in ("/", "/en/"))
    assert "株式会社for Crafts" in landing
    assert "for Crafts" in english
    with app.app_context():
        assert db.session.scalars(select(Company.contact_email)).one() == "cs@quote4.jp"


def test_it_changes_what_is_given_and_keeps_the_rest(app: Flask) -> None:
    result = run(
        app, "--name-ja", "青空商事株式会社", "--name-en", "Aozora Trading", "--contact", "ｐrivacy@aozora.example "
    )
    assert result.exit_code == 0, result.output
    assert json.loads(result.output)["contact_email"] == "privacy@aozora.example"
    result = run(app, "--address", "東京都千代田区千代田1-1", "--phone", "03-0000-0000")
    shown = json.loads(result.output)
    assert (shown["name_ja"], shown["address_ja"], shown["phone"]) == (
        "青空商事株式会社",
        "東京都千代田区千代田1-1",
        "03-0000-0000",
    )
    page = app.test_client().get("/").text
    assert "青空商事株式会社" in page
    assert "for Crafts" not in page
    with app.app_context():
        assert len(db.session.scalars(select(Event).where(Event.kind == EventKind.COMPANY_CHANGED)).all()) == 2


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--name-ja", " "),
        ("--name-en", "x" * 201),
        ("--name-ja", "a\nb"),
        ("--contact", "nobody"),
        ("--contact", "a@b.example\r\nBcc: c@d.example"),
        ("--postal-code", "1"),
        ("--phone", "call me"),
        ("--address", "x" * 501),
    ],
)
def test_it_refuses_what_no_page_could_show(app: Flask, option: str, value: str) -> None:
    assert run(app, option, value).exit_code == 2
    assert "for Crafts" in app.test_client().get("/").text


def test_it_wants_to_know_what(app: Flask) -> None:
    assert run(app).exit_code == 2
