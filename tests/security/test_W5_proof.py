"""The form in too much of a hurry: a proof of work in the page, good once; without scripts, another way in."""

import base64
import json

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from desk.db import db
from desk.tickets.models import Ticket
from desk.web.public import abuse
from tests.services.browser import Visitor
from tests.web.pages import form_in, send
from tests.web.public.test_request_form import walk

NEXT = "main form button.govuk-button >> nth=0"


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    """A desk that counts and asks."""
    return environ | {"DESK_LIMITS": "on"}


def tickets(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Ticket)) or 0


def test_a_person_in_a_hurry_proves_and_sends(app: Flask, live: str, visitor: Visitor) -> None:
    page = visitor.open().new_page()
    page.goto(f"{live}/requests/new?kind=K40")
    page.check("input[name=population][value=user]")
    page.fill("textarea[name=body]", "配信を止めてください")
    page.click(NEXT)
    page.fill("input[name=name]", "山田 花子")
    page.fill("input[name=email]", "hanako@example.jp")
    page.click(NEXT)
    page.evaluate("document.querySelector('input[name=stamp]').value = 'forged'")
    page.click(NEXT)
    page.wait_for_selector("altcha-widget")
    assert tickets(app) == 0
    page.wait_for_selector("input[name=altcha][value^=ey]", state="attached")
    payload = page.evaluate("document.querySelector('input[name=altcha]').value")
    page.click(NEXT)
    page.wait_for_url("**/requests/receipt")
    assert tickets(app) == 1
    with app.test_request_context():
        assert not abuse.is_proved(payload)
        assert not abuse.is_proved(
            base64.b64encode(json.dumps(json.loads(base64.b64decode(payload)), indent=1).encode()).decode()
        )


@pytest.mark.parametrize(
    "payload", ["", "x", "e30=", "A" * 6000, base64.b64encode(b'{"challenge":{"signature":1}}').decode()]
)
def test_it_takes_no_made_up_proof(app: Flask, client: FlaskClient, payload: str) -> None:
    answer = send(client, form_in(walk(client)), altcha=payload, stamp="forged")
    assert answer.status_code == 422
    assert "altcha-widget" in answer.text
    assert "<noscript>" in answer.text
    assert "privacy@desk.example" in answer.text
    assert tickets(app) == 0


def test_the_trap_for_machines_asks_for_a_proof_and_loses_nothing(app: Flask, client: FlaskClient) -> None:
    answer = send(client, form_in(walk(client)), website="https://example.com")
    assert answer.status_code == 422
    assert "altcha-widget" in answer.text
    assert form_in(answer).fields["name"] == "山田 花子"


def test_a_blocked_network_is_told_another_way_and_keeps_its_words(app: Flask, client: FlaskClient) -> None:
    review = form_in(walk(client))
    for _ in range(abuse.MOST_PER_NETWORK[0]):
        assert send(client, review, stamp="forged").status_code == 422
    answer = send(client, review)
    assert answer.status_code == 429
    assert "メールでも同じように受け付けます" in answer.text
    assert form_in(answer).fields["name"] == "山田 花子"
    assert tickets(app) == 0
