"""W3: odd characters are refused or shown for what they are; the original is kept, and nothing ends in a 500."""

import unicodedata

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from desk.accounts.permissions import Role
from desk.db import db
from desk.tickets.content import Contact, Said
from desk.tickets.models import Message, Party, Ticket
from desk.vault.keys import Purpose, keys_of
from tests.chance import examples
from tests.people import browser_of, hire
from tests.web.pages import form_in, send
from tests.web.public.test_request_form import CONTACT, CONTENT, submit

BIDI = "\u202egnp.exe\u202c"
ZERO = "山\u200b田\ufeff\u2066花子\u2069"


@pytest.mark.parametrize("field", ["body", "about", "name", "email", "token", "population"])
@pytest.mark.parametrize(
    "odd",
    [b"a\0b", b"%00", b"\xed\xa0\x80", b"\xff\xfe", b"%ED%A0%80", b"%ED%B2%80", b"%FF"],
    ids=["nul", "quoted nul", "half", "raw", "quoted half", "other half", "quoted raw"],
)
def test_it_refuses_text_that_nobody_typed(client: FlaskClient, field: str, odd: bytes) -> None:
    form = form_in(client.get("/requests/new?kind=K40"))
    data = {**form.fields, **CONTENT, field: "@@"}
    pairs = b"&".join(
        name.encode() + b"=" + (odd if value == "@@" else str(value).encode()) for name, value in data.items()
    )
    answer = client.post("/requests/new", data=pairs, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 400


def test_it_refuses_a_name_of_a_megabyte_and_keeps_the_rest(client: FlaskClient) -> None:
    page = client.get("/requests/new?kind=K40")
    page = send(client, form_in(page), **CONTENT)
    long = send(client, form_in(page), **(CONTACT | {"name": "長" * 10_000}))
    assert long.status_code == 422
    assert "hanako@example.jp" in long.text
    huge = send(client, form_in(page), **(CONTACT | {"name": "長" * 400_000}))
    assert huge.status_code == 413


def test_it_keeps_the_original_and_shows_hidden_characters_to_staff(app: Flask, client: FlaskClient) -> None:
    body = f"添付は{BIDI}です\nｶﾞと\u304b\u3099と髙と𠮷"
    assert submit(client, body=body, name=ZERO).status_code == 303
    with app.app_context():
        ticket = db.session.scalars(select(Ticket)).one()
        key, ref = keys_of(ticket.id)[Purpose.CASE], ticket.ref
        assert Said.unseal(key, db.session.scalars(select(Message)).one().sealed).text == body
        assert Contact.unseal(key, db.session.scalars(select(Party)).one().sealed).name == ZERO
    browser = browser_of(app, hire(app, Role.AGENT))
    for path in ("/staff/", f"/staff/tickets/{ref}"):
        page = browser.get(path).text
        assert not {char for char in "\u202e\u202c\u200b\ufeff\u2066\u2069" if char in page}, path
        assert "⟦U+200B⟧" in page
    assert "⟦U+202E⟧" in page
    assert "\u304b\u3099" in page


@settings(max_examples=examples(25), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.text(min_size=1, max_size=300), name=st.text(min_size=1, max_size=60))
def test_it_never_fails_whatever_is_typed(app: Flask, body: str, name: str) -> None:
    client = app.test_client()
    page = send(client, form_in(client.get("/requests/new?kind=K40")), **(CONTENT | {"body": body}))
    assert page.status_code in {200, 400, 422}
    if page.status_code != 200:
        assert not body.strip() or any(unicodedata.category(char) in {"Cc", "Cs"} for char in body) or "\0" in body
        return
    page = send(client, form_in(page), **(CONTACT | {"name": name}))
    assert page.status_code in {200, 400, 422}
    if page.status_code == 200:
        assert send(client, form_in(page)).status_code == 303
        with app.app_context():
            ticket = db.session.scalars(select(Ticket).order_by(Ticket.id.desc()).limit(1)).one()
            key = keys_of(ticket.id)[Purpose.CASE]
            said = db.session.scalars(select(Message).where(Message.ticket_id == ticket.id)).one()
            kept = Said.unseal(key, said.sealed).text
        assert kept.split() == body.replace("\r", "\n").split() or "●" in kept


def test_the_api_refuses_half_characters(client: FlaskClient) -> None:
    raw = b'{"kind":"K40","population":"user","name":"a","email":"a@example.jp","language":"ja","body":"%b"}'
    json, form = "application/json", "application/x-www-form-urlencoded"
    for body, content_type, status in (
        (raw % b"\\ud800", json, 422),
        (raw % b"\xed\xa0\x80", json, 400),
        (b"body=%ED%A0%80", form, 400),
    ):
        answer = client.post("/api/v1/requests", data=body, content_type=content_type)
        assert answer.status_code == status
        assert answer.content_type == "application/problem+json"
