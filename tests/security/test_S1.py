"""S1: a link cannot be guessed or told from one that never was; only its hash is stored; guessing is slowed down."""

from datetime import timedelta
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from desk import clock
from desk.app import create_app
from desk.config import read_config
from desk.db import db
from desk.tickets.links import Link
from desk.vault.seal import new_token, token_hash
from tests.web.public.people import open_case
from tests.work import count_work


def test_it_makes_links_of_256_bits(app: Flask) -> None:
    tokens = {new_token() for _time in range(2000)}
    assert len(tokens) == 2000
    assert {len(token) for token in tokens} == {43}
    bits = [sum(char in token for token in tokens) for char in "AZaz09-_"]
    assert min(bits) > 0


def test_it_stores_the_hash_alone(app: Flask) -> None:
    case = open_case(app)
    with app.app_context():
        link = db.session.scalars(select(Link)).one()
        assert link.token_hash == token_hash(case.token)
        assert case.token.encode() not in link.wrapped_case


@pytest.mark.parametrize("token", ["x", "A" * 43, "%E3%81%82" * 10, "..%2f..%2fetc", "0" * 4000, "%00"], ids=str)
def test_it_answers_guesses_alike(client: FlaskClient, token: str) -> None:
    known = client.get(f"/s/{new_token()}")
    found = client.get(f"/s/{token}")
    assert (known.status_code, found.status_code) == (404, 404)
    assert known.text == found.text


def test_it_slows_guessing_down(environ: dict[str, str]) -> None:
    app = create_app(read_config(environ | {"DESK_LIMITS": "on"}))
    client = app.test_client()
    answers = [client.get(f"/s/{new_token()}").status_code for _time in range(30)]
    assert answers[0] == 404
    assert answers[-1] == 429
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def ended(app: Flask, **values: object) -> str:
    """Return the token of a link that is good no longer."""
    case = open_case(app)
    with app.app_context():
        db.session.execute(update(Link).where(Link.token_hash == token_hash(case.token)).values(**values))
        db.session.commit()
    return case.token


def test_it_does_the_same_for_a_link_that_was_as_for_one_that_never_was(app: Flask) -> None:
    yesterday = clock.now() - timedelta(days=1)
    tokens = {
        "unknown": new_token(),
        "expired": ended(app, expires_at=yesterday),
        "revoked": ended(app, revoked_at=yesterday),
        "malformed": "x" * 43 + "!",
    }
    client = app.test_client()
    for _time in range(10):
        client.get(f"/s/{new_token()}")  # what process and database prepare for later

    def ask(token: str) -> tuple[object, ...]:
        answer = client.get(f"/s/{token}")
        return (answer.status_code, answer.text, *sorted(answer.headers.keys()))

    # Now and then an answer does more, whatever the link: what is read anew each second. The least of three is the link's.
    works = {
        name: min((count_work(app, partial(ask, token)) for _time in range(3)), key=lambda work: work.calls)
        for name, token in tokens.items()
    }
    assert works["unknown"].answer[0] == 404
    assert len(works["unknown"].statements) >= 2
    assert len({(work.answer, work.statements) for work in works.values()}) == 1
    calls = [work.calls for work in works.values()]
    assert max(calls) <= min(calls) * 1.02, calls
