"""Public intake by API: the form's rules for machines."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from desk import clock
from desk.db import db
from desk.mail.models import OutboxMail
from desk.tickets.access import find_link
from desk.tickets.models import Channel, Ticket
from desk.tickets.references import read_reference
from tests.web.api.calls import GOOD, call


def test_it_opens_a_ticket(app: Flask, client: FlaskClient) -> None:
    answer = call(client, GOOD)
    assert answer.status_code == 201
    body = answer.json
    assert body is not None
    assert sorted(body) == ["due_on", "received_at", "ref", "status_url"]
    assert body["received_at"].endswith("+09:00")
    with app.app_context():
        ticket = db.session.scalars(select(Ticket)).one()
        assert read_reference(body["ref"]) == ticket.ref
        assert (ticket.channel, ticket.kind, ticket.language) == (Channel.API, "K40", "ja")
        assert ticket.due_on is not None
        assert ticket.due_on.isoformat() == body["due_on"]
        link = find_link(body["status_url"].rpartition("/s/")[2], clock.now())
        assert link is not None
        assert link.ticket_id == ticket.id
        assert db.session.scalar(select(func.count()).select_from(OutboxMail)) == 1


def test_it_gives_the_english_link_to_who_asks_in_english(client: FlaskClient) -> None:
    answer = call(client, GOOD | {"language": "en"})
    assert "/en/s/" in (answer.json or {})["status_url"]


@pytest.mark.parametrize("name", sorted(GOOD))
def test_it_names_what_is_missing(client: FlaskClient, name: str) -> None:
    answer = call(client, {key: value for key, value in GOOD.items() if key != name})
    refused(answer, 422)
    assert (answer.json or {})["errors"] == [{"field": name, "problem": "missing"}]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"kind": "Z99"}, "kind"),
        ({"kind": "N-COOKIE"}, "kind"),
        ({"acts": "agent", "agent_name": "代理", "agent_relation": "lawyer"}, "agent_email"),
        ({"population": "robot"}, "population"),
        ({"email": "not an address"}, "email"),
        ({"email": "a@b.example\nBcc: c@d.example"}, "email"),
        ({"name": "x" * 101}, "name"),
        ({"name": 7}, "name"),
        ({"body": " \n "}, "body"),
        ({"phone": "12"}, "phone"),
        ({"acts": "agent"}, "agent_name"),
        ({"language": "fr"}, "language"),
    ],
)
def test_it_refuses_what_the_form_refuses_and_repeats_nothing(
    app: Flask, client: FlaskClient, changed: dict[str, Any], field: str
) -> None:
    answer = call(client, GOOD | changed)
    refused(answer, 422)
    assert field in [error["field"] for error in (answer.json or {})["errors"]]
    assert str(next(iter(changed.values()))).strip() not in answer.text or len(str(next(iter(changed.values())))) < 6
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Ticket)) == 0


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"kind": NaN}',
        b'{"kind": "K40", "kind": "D33"}',
        b"[" * 100_000,
        b'{"a":' * 50 + b"1" + b"}" * 50,
        b'{"kind": Infinity}',
    ],
)
def test_it_refuses_what_is_not_strict_json(client: FlaskClient, raw: bytes) -> None:
    refused(client.post("/api/v1/requests", data=raw, content_type="application/json"), 400)


@pytest.mark.parametrize("raw", [b"7", b"null", b'"text"', b"[]"])
def test_it_refuses_what_is_not_an_object(client: FlaskClient, raw: bytes) -> None:
    refused(client.post("/api/v1/requests", data=raw, content_type="application/json"), 422)


def test_it_refuses_other_types_and_sizes(client: FlaskClient) -> None:
    refused(client.post("/api/v1/requests", data="kind=K40"), 415)
    refused(client.post("/api/v1/requests", data=b" " * 300_000, content_type="application/json"), 413)
    refused(client.get("/api/v1/requests"), 405)
    refused(client.get("/api/v1/nothing"), 404)


def test_it_takes_half_a_character_for_no_text(client: FlaskClient) -> None:
    refused(client.post("/api/v1/requests", data=b'{"kind": "\\ud800"}', content_type="application/json"), 422)


def test_it_cuts_card_numbers(app: Flask, client: FlaskClient) -> None:
    assert call(client, GOOD | {"body": "4242 4242 4242 4242"}).status_code == 201


def test_it_describes_itself(client: FlaskClient) -> None:
    described = client.get("/api/openapi.json").json
    assert described is not None
    assert described["openapi"] == "3.1.0"
    answers = described["paths"]["/api/v1/requests"]["post"]["responses"]
    assert sorted(answers) == ["201", "400", "413", "415", "422", "429", "500", "503"]
    assert list(answers["422"]["content"]) == ["application/problem+json"]


def refused(answer: TestResponse, status: int) -> None:
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    assert (answer.json or {})["status"] == status
