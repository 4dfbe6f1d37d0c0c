"""W5: a form with an old or no token comes back filled; a form sent twice, or by two at once, is one ticket."""

import threading
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from desk.db import db
from desk.mail.models import OutboxMail
from desk.tickets.models import Ticket
from tests.web.pages import form_in, send
from tests.web.public.test_request_form import CONTACT, CONTENT, walk


def counts(app: Flask) -> tuple[int, int]:
    """Return how many tickets and mails there are."""
    with app.app_context():
        tickets = db.session.scalar(select(func.count()).select_from(Ticket)) or 0
        return tickets, db.session.scalar(select(func.count()).select_from(OutboxMail)) or 0


@pytest.mark.parametrize("token", ["", "old", None])
def test_it_gives_the_filled_form_back(app: Flask, client: FlaskClient, token: str | None) -> None:
    review = form_in(walk(client))
    answer = send(client, review, csrf_token=token)
    assert answer.status_code == 400
    assert "まだ送信されていません" in answer.text
    again = form_in(answer)
    for name, value in (CONTENT | CONTACT).items():
        assert again.fields[name].replace("\r\n", "\n") == value
    assert counts(app) == (0, 0)
    assert send(client, again).status_code == 303
    assert counts(app) == (1, 1)


def test_it_opens_one_ticket_for_a_form_sent_by_two_at_once(app: Flask, client: FlaskClient) -> None:
    review = form_in(walk(client))
    session = client.get_cookie("desk")
    assert session is not None
    start, answers = threading.Barrier(4), list[Any]()

    def press() -> None:
        browser = app.test_client()
        browser.set_cookie("desk", session.value)
        start.wait()
        answers.append(send(browser, review).status_code)

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [303] * 4
    assert counts(app) == (1, 1)


def test_it_shows_the_same_receipt_for_a_form_sent_again(app: Flask, client: FlaskClient) -> None:
    review = form_in(walk(client))
    first = client.get(send(client, review).headers["Location"]).text
    second = client.get(send(client, review).headers["Location"]).text
    refs = [page.split('data-copy="', 1)[1].split('"', 1)[0] for page in (first, second)]
    assert refs[0] == refs[1]
    assert counts(app) == (1, 1)
