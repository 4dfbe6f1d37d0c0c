"""S2: a program that follows the link sees a button; no referrer, no copy, no search engine, no log has the link."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from desk.db import db
from desk.events.models import Event
from desk.tickets.links import Link
from tests.web.public.people import BODY, csrf_of, enter, give_code, open_case


def test_it_shows_a_button_and_uses_nothing_up(app: Flask, client: FlaskClient) -> None:
    case = open_case(app)
    for _time in range(3):
        page = client.get(f"/s/{case.token}")
        assert "確認ページを開く" in page.text
        assert "お申し出は届いています" not in page.text
        assert not [cookie for cookie in page.headers.getlist("Set-Cookie") if case.token in cookie]
    with app.app_context():
        assert db.session.scalars(select(Link.used_at)).one() is None
        assert "link_used" not in set(db.session.scalars(select(Event.kind)))


def test_it_takes_no_post_from_elsewhere(app: Flask, client: FlaskClient) -> None:
    case = open_case(app)
    assert client.post(f"/s/{case.token}").status_code == 400


def test_it_puts_the_link_into_a_narrow_cookie(app: Flask, client: FlaskClient) -> None:
    case = open_case(app)
    page = client.get(f"/s/{case.token}")
    answer = client.post(f"/s/{case.token}", data={"csrf_token": csrf_of(page)})
    assert answer.headers["Location"] == "/s"
    cookies = [cookie for cookie in answer.headers.getlist("Set-Cookie") if case.token in cookie]
    assert len(cookies) == 2
    for cookie, path in zip(cookies, ("/s", "/en/s"), strict=True):
        parts = {part.strip() for part in cookie.split(";")}
        assert {"HttpOnly", "SameSite=Strict", "Max-Age=1800", f"Path={path}"} <= parts


@pytest.mark.parametrize("path", ["link", "/s", "/s/code", "/status"])
def test_it_leaves_no_traces_in_the_browser(app: Flask, client: FlaskClient, path: str) -> None:
    case = open_case(app)
    enter(client, case.token)
    page = client.get(f"/s/{case.token}" if path == "link" else path)
    assert page.status_code == 200
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    if path != "/status":
        assert 'name="robots" content="noindex' in page.text


def test_it_writes_no_link_into_a_log(app: Flask, client: FlaskClient, capfd: pytest.CaptureFixture[str]) -> None:
    case = open_case(app)
    enter(client, case.token)
    page = give_code(app, client)
    client.get(f"/s/{case.token}x")
    written = "".join(capfd.readouterr())
    assert BODY in page.text
    assert case.token not in written
