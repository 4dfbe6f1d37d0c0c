"""The form in too much of a hurry: a proof of work in the page, good once; without scripts, another way in."""

import base64
import json
import threading
from datetime import timedelta

import altcha
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from desk import clock
from desk.db import db
from desk.tickets.models import Ticket
from desk.web.public import abuse
from desk.web.public.stamp import new_stamp
from tests.moment import travel_to
from tests.services.browser import Visitor, follow
from tests.web.pages import HtmlForm, form_in, send
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
    follow(page, NEXT)
    page.fill("input[name=name]", "山田 花子")
    page.fill("input[name=email]", "hanako@example.jp")
    follow(page, NEXT)
    page.locator("input[name=step][value=review]").wait_for(state="attached")
    page.locator("input[name=stamp]").evaluate("field => { field.value = 'forged' }")
    follow(page, NEXT)
    page.wait_for_selector("altcha-widget")
    assert tickets(app) == 0
    page.wait_for_selector("input[name=altcha][value^=ey]", state="attached")
    payload = page.evaluate("document.querySelector('input[name=altcha]').value")
    follow(page, NEXT)
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
    assert "cs@quote4.jp" in answer.text
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


def press_at_once(app: Flask, client: FlaskClient, form: HtmlForm, times: int = 4, **answers: str) -> list[int]:
    """Press one form's button in several browsers of the same person at once; return the answers' statuses."""
    cookie = client.get_cookie("desk")
    assert cookie is not None
    start, statuses = threading.Barrier(times), list[int]()

    def press() -> None:
        browser = app.test_client()
        browser.set_cookie("desk", cookie.value)
        start.wait()
        statuses.append(send(browser, form, **answers).status_code)

    threads = [threading.Thread(target=press) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses


def test_one_proof_pressed_twice_at_once_ends_at_the_receipt(app: Flask, client: FlaskClient) -> None:
    review = form_in(walk(client))
    with app.test_request_context():
        challenge = altcha.Challenge.from_dict(abuse.new_challenge())
    solution = altcha.solve_challenge(challenge)
    assert solution is not None
    payload = altcha.Payload(challenge, solution).to_base64()
    assert press_at_once(app, client, review, stamp="forged", altcha=payload) == [303] * 4
    assert tickets(app) == 1
    other = send(client, form_in(walk(client)), stamp="forged", altcha=payload)
    assert other.status_code == 422, "the proof was spent with the first form"


def test_presses_that_reach_the_limit_at_once_end_at_the_receipt(app: Flask, client: FlaskClient) -> None:
    with travel_to(clock.now() - timedelta(minutes=1)), app.test_request_context():
        calm = new_stamp("")
    for _ in range(abuse.ODD_PER_NETWORK[0] - 1):
        assert send(client, form_in(walk(client)), stamp=calm).status_code == 303
    assert press_at_once(app, client, form_in(walk(client)), stamp=calm) == [303] * 4
    assert tickets(app) == abuse.ODD_PER_NETWORK[0]
    assert send(client, form_in(walk(client)), stamp=calm).status_code == 422


def test_a_stale_stamp_is_renewed_so_that_nobody_is_stuck(app: Flask, client: FlaskClient) -> None:
    now = clock.now()
    with travel_to(now - timedelta(hours=25)):
        review = form_in(walk(client))
    with travel_to(now):
        answer = send(client, review)
    assert answer.status_code == 400
    with travel_to(now + timedelta(seconds=10)):
        assert send(client, form_in(answer)).status_code == 303
