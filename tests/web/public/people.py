"""People of the status page as tests play them: a case of their own, a browser, a code from their mailbox."""

import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from desk import clock
from desk.accounts.permissions import Role
from desk.db import db
from desk.events.trail import staff_actor
from desk.handling import correspondence
from desk.handling.correspondence import Answer
from desk.handling.intake import Opened, Submission, open_ticket
from desk.mail.models import MailKind, OutboxMail
from desk.mail.outbox import unpack
from desk.tickets.content import Contact, Said
from desk.tickets.models import Channel, Population
from desk.tickets.queries import hold
from desk.transaction import transaction
from desk.vault.keys import DataKey, vault
from tests.people import hire

NAME, EMAIL = "山田 花子", "hanako@person.example"
BODY = "退会したのに広告のメールが届き続けています。"
BASE_URL = "http://127.0.0.1:8000"


def open_case(app: Flask, **changed: Any) -> Opened:
    """Open a ticket as the form would and return it with its link's token."""
    contact = Contact(name=NAME, email=changed.pop("email", EMAIL), address=changed.pop("address", ""))
    values: dict[str, Any] = {
        "kind": "K40",
        "population": Population.USER,
        "language": "ja",
        "channel": Channel.FORM,
        "person": contact,
        "said": Said(BODY),
    }
    with app.app_context(), transaction():
        return open_ticket(Submission(**values | changed), clock.now(), BASE_URL)


def reply_to(app: Flask, case: Opened, text: str = "配信を止めました。") -> int:
    """Answer a case as a member of staff would and return their number."""
    staff_id = hire(app, Role.AGENT)
    with app.app_context(), transaction():
        correspondence.answer(hold(case.ticket_id), Answer(text), staff_actor(staff_id), clock.now(), BASE_URL)
    return staff_id


def csrf_of(page: TestResponse) -> str:
    """Return the token of a page's first form."""
    return field_of(page, "csrf_token")


def field_of(page: TestResponse, name: str) -> str:
    """Return the value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found is not None, page.text
    return found[1]


def enter(client: FlaskClient, token: str, prefix: str = "") -> TestResponse:
    """Open a link and press its button; return the status page."""
    page = client.get(f"{prefix}/s/{token}")
    assert page.status_code == 200
    answer = client.post(f"{prefix}/s/{token}", data={"csrf_token": csrf_of(page)})
    assert answer.status_code == 303
    return client.get(answer.location)


def post(client: FlaskClient, path: str, **data: Any) -> TestResponse:
    """Send a form of the status page with its CSRF token."""
    token = csrf_of(client.get("/status"))
    return client.post(path, data={"csrf_token": token, **data}, content_type="multipart/form-data")


def mails(app: Flask, kind: MailKind) -> list[str]:
    """Return the texts of the mails of one kind, oldest first; for an application that holds the private key."""
    with app.app_context():
        rows = db.session.scalars(select(OutboxMail).where(OutboxMail.kind == kind).order_by(OutboxMail.id))
        return [_text(row) for row in rows]


def mailed_code(app: Flask) -> str:
    """Return the last code that was mailed."""
    found = re.search(r"(?<!\d)\d{6}(?!\d)", mails(app, MailKind.CODE)[-1].replace(" ", ""))
    assert found is not None
    return found[0]


def mailed_token(app: Flask) -> str:
    """Return the token of the last link that was mailed because one was lost."""
    found = re.search(r"/s/([\w-]{43})", mails(app, MailKind.LINK)[-1])
    assert found is not None
    return found[1]


def give_code(app: Flask, client: FlaskClient) -> TestResponse:
    """Ask for a code, type it in and return the status page."""
    assert post(client, "/s/code").status_code == 303
    answer = post(client, "/s/code/check", code=mailed_code(app))
    assert answer.status_code == 303
    return client.get("/s")


def _text(row: OutboxMail) -> str:
    import email
    import email.policy

    key = vault().open(db.session.get_one(DataKey, row.key_id))
    message = email.message_from_bytes(unpack(key, row.sealed or b"")[1], policy=email.policy.default)
    return str(message.get_content())
