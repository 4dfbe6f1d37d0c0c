"""W7: what an address asks of the queue and this desk does not know is as if it were not there."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, inspect

from desk.accounts.permissions import Role
from desk.db import db
from desk.tickets.references import grouped
from tests.cases import open_one
from tests.people import browser_of, hire, proof

pytestmark = pytest.mark.dateless

PARAMETERS = ("sort", "order", "view", "state", "kind", "population", "assignee", "cursor", "q", "limit", "page")
INJECTIONS = (
    "user__password_hash",
    "staff.password_hash",
    "due_on; DROP TABLE ticket",
    "' OR '1'='1",
    "' OR 1=1 --",
    '" OR ""="',
    "1) UNION SELECT password_hash FROM staff --",
    "1; SELECT pg_sleep(5)",
    "(SELECT CASE WHEN 1=1 THEN id ELSE due_on END)",
    "open' AND randomblob(100000000) --",
    "%27%20OR%201=1",
    "${7*7}",
    "{{7*7}}",
    "\\'; --",
    "9" * 40,
    "-1",
    "１２",
    "K40'--",
    "MHwyMDI2LTAxLTAxfDEnIE9SIDE9MQ",
)


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """Collect the statements that the database is given."""
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        said.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield said
    event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def refs(app: Flask) -> list[str]:
    """Three tickets in the queue."""
    with app.app_context():
        return [open_one().ref for _number in range(3)]


def test_it_answers_unknown_choices_like_none_with_the_same_queries(app: Flask, refs: list[str]) -> None:
    client = browser_of(app, hire(app, Role.AGENT))
    client.get("/staff/")
    with counted(app) as plain:
        usual = client.get("/staff/")
    assert all(ref in usual.text for ref in refs)
    for name in PARAMETERS:
        for bad in INJECTIONS:
            with counted(app) as said:
                page = client.get("/staff/", query_string={name: bad})
            assert page.status_code == 200, (name, bad)
            assert said == plain, (name, bad)
            assert all(ref in page.text for ref in refs), (name, bad)
            assert page.text.count("<tr") == usual.text.count("<tr"), (name, bad)


@pytest.mark.parametrize("bad", INJECTIONS)
def test_it_searches_for_words_and_not_with_them(app: Flask, refs: list[str], bad: str) -> None:
    client = browser_of(app, hire(app, Role.AGENT))
    token = proof(client, "/staff/search")
    with counted(app) as said:
        page = client.post("/staff/search", data={"csrf_token": token, "q": bad, "cursor": bad})
    assert page.status_code == 200
    assert not any(ref in page.text or grouped(ref) in page.text for ref in refs)
    real = {"staff.password_hash"}  # a column, which signing in reads
    assert not any(bad in statement for statement in said if len(bad) > 3 and bad not in real)
    with app.app_context():
        assert {"ticket", "staff"} <= set(inspect(db.engine).get_table_names())


@pytest.mark.parametrize("door", ["/manager/", "/manager/tickets", "/manager/response-times.csv"])
def test_figures_take_no_orders_from_an_address(app: Flask, door: str) -> None:
    client = browser_of(app, hire(app, Role.MANAGER))
    for each in INJECTIONS:
        for name in ("from", "to", "measure", "part", "kind", "agent", "after", "sort"):
            assert client.get(door, query_string={name: each}).status_code in {200, 400, 404}, (name, each)
