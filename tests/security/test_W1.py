"""W1: a host name that a browser made up reaches no page and no mail."""

import re
from email import message_from_bytes, policy

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from desk.accounts.permissions import Role
from desk.db import db
from desk.mail import sender
from desk.mail.models import OutboxMail
from desk.tickets.models import Ticket
from tests.people import hire, proof
from tests.services.smtp import SmtpServer
from tests.web.pages import form_in, send
from tests.web.public.test_request_form import walk

PUBLIC, STAFF = "http://127.0.0.1:8123", "http://localhost:8124"
FORWARDED = {
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Server": "evil.example",
    "X-Original-Host": "evil.example",
    "X-Host": "evil.example",
    "Forwarded": "host=evil.example;proto=https",
    "X-Forwarded-Port": "666",
    "X-Forwarded-Prefix": "/evil.example",
    "X-Forwarded-For": "192.0.2.66",
}
EVIL = ("evil.example", "127.0.0.1.evil.example", "evil.example:80", "127.0.0.1@evil.example")


@pytest.fixture(params=["0", "1"], ids=["no proxy", "a proxy"])
def mail_environ(request: pytest.FixtureRequest, mail_environ: dict[str, str]) -> dict[str, str]:
    """Give the desk an address for people and one for staff, with and without a proxy that it trusts."""
    addresses = {"DESK_BASE_URL": PUBLIC, "DESK_STAFF_URL": STAFF}
    return mail_environ | addresses | {"DESK_TRUSTED_PROXIES": request.param}


def count(app: Flask, model: type[Ticket | OutboxMail]) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def links(app: Flask, peer: SmtpServer) -> list[str]:
    """Send what waits and return every address in the one mail that the peer received, headers included."""
    with app.app_context():
        sender.drain()
    (received,) = peer.wait_for(1)
    message = message_from_bytes(received.content, policy=policy.default)
    assert b"evil.example" not in received.content
    assert "evil.example" not in message.get_content()
    return re.findall(r"https?://[^\s<>\"]+", message.get_content() + str(message.items()))


def test_it_answers_to_its_own_names_only(mailing: Flask) -> None:
    for host in EVIL:
        for path in ("/", "/sign-in", "/reset", "/requests/new", "/s/unknown", "/nowhere"):
            answer = mailing.test_client().get(path, headers={"Host": host})
            assert answer.status_code == 400, (host, path)
            assert "evil.example" not in answer.text + str(answer.headers)


def test_a_form_sent_under_another_name_opens_nothing(mailing: Flask) -> None:
    client = mailing.test_client()
    hire(mailing, Role.ADMIN)
    review = form_in(walk(client))
    reset = {"csrf_token": proof(client, "/reset"), "email": "admin@desk.example"}
    mailing.config["WTF_CSRF_METHODS"] = set()  # the cookie belongs to the right name: only the host shall refuse
    for host in EVIL:
        assert client.post(review.action, data=review.fields, headers={"Host": host}).status_code == 400, host
        assert client.post("/reset", data=reset, headers={"Host": host}).status_code == 400, host
    assert (count(mailing, Ticket), count(mailing, OutboxMail)) == (0, 0)


def forwarding(app: Flask) -> FlaskClient:
    """Return a browser all of whose requests carry every header that could name another host."""
    client = app.test_client()
    client.environ_base |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in FORWARDED.items()}
    return client


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_an_acknowledgement_leads_to_the_configured_address(
    mailing: Flask, smtp_server: SmtpServer, prefix: str
) -> None:
    client = forwarding(mailing)
    answer = send(client, form_in(walk(client, prefix=prefix)))
    assert (answer.status_code, answer.location) == (303, f"{prefix}/requests/receipt")
    receipt = client.get(answer.location).text
    assert "evil.example" not in receipt
    found = links(mailing, smtp_server)
    assert [link for link in found if "/s/" in link]
    assert [link for link in found if not link.startswith(f"{PUBLIC}{prefix}/")] == []


def test_a_reset_leads_to_the_configured_address(mailing: Flask, smtp_server: SmtpServer) -> None:
    hire(mailing, Role.ADMIN)
    client = forwarding(mailing)
    data = {"csrf_token": proof(client, "/reset"), "email": "admin@desk.example"}
    assert client.post("/reset", data=data).status_code == 200
    found = links(mailing, smtp_server)
    assert [link for link in found if "/reset/" in link]
    assert [link for link in found if not link.startswith(f"{STAFF}/")] == []
