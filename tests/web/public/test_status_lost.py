"""A lost link: the same answer for everybody, a new link for whom the case belongs to."""

import time

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from desk import jobs
from desk.db import db
from desk.mail.models import MailKind
from desk.tickets.links import LinkRequest
from desk.tickets.references import grouped, new_reference
from desk.web.public.status import LOST_LINK_S
from tests.cases import spoil
from tests.web.public.people import enter, mailed_token, mails, open_case, post


def run_links(app: Flask) -> None:
    with app.app_context():
        jobs.links()


def test_it_mails_a_new_link_that_ends_the_old_one(app: Flask, client: FlaskClient) -> None:
    case = open_case(app)
    assert post(client, "/status", reference=grouped(case.ref).lower()).status_code == 200
    run_links(app)
    assert client.get(f"/s/{case.token}").status_code == 200  # until the new one is used
    token = mailed_token(app)
    assert "お申し出の状況" in enter(client, token).text
    assert client.get(f"/s/{case.token}").status_code == 404
    assert client.get(f"/s/{token}").status_code == 200


def test_it_answers_the_same_in_the_same_time(app: Flask, client: FlaskClient) -> None:
    case = open_case(app)
    pages = set()
    for reference in (case.ref, new_reference(), "no reference at all"):
        begun = time.monotonic()
        page = post(client, "/status", reference=reference)
        assert time.monotonic() - begun >= LOST_LINK_S  # longer than the work that differs
        pages.add((page.status_code, page.text))
    assert len(pages) == 1


def test_it_mails_three_a_day(app: Flask, client: FlaskClient) -> None:
    case = open_case(app)
    for _time in range(5):
        post(client, "/status", reference=case.ref)
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(LinkRequest)) == 3
    run_links(app)
    run_links(app)
    assert len(mails(app, MailKind.LINK)) == 3


def test_it_mails_nothing_without_an_address(app: Flask, client: FlaskClient) -> None:
    case = open_case(app, email="", address="東京都千代田区1-1")
    post(client, "/status", reference=case.ref)
    run_links(app)
    assert mails(app, MailKind.LINK) == []


def test_it_answers_the_others_when_one_case_does_not_open(
    app: Flask, client: FlaskClient, capfd: pytest.CaptureFixture[str]
) -> None:
    broken, sound = open_case(app), open_case(app)
    for case in (broken, sound):
        post(client, "/status", reference=case.ref)
    with app.app_context():
        spoil(broken)
        asked = dict(db.session.execute(select(LinkRequest.ticket_id, LinkRequest.id)).all())
    for _time in range(2):
        with pytest.raises(jobs.NotAnswered, match="1"):
            run_links(app)
        assert len(mails(app, MailKind.LINK)) == 1
    assert enter(client, mailed_token(app)).status_code == 200
    assert str(asked[broken.ticket_id]) in capfd.readouterr().err
    with app.app_context():
        waiting = db.session.scalars(select(LinkRequest.ticket_id).where(LinkRequest.done_at.is_(None)))
        assert list(waiting) == [broken.ticket_id]


def test_it_asks_for_the_reference(client: FlaskClient) -> None:
    assert post(client, "/status", reference=" ").status_code == 422
