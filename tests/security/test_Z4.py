"""Z4: fields that a form does not have change nothing, whichever button of the desk they are sent with."""

import email
import email.policy
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime
from itertools import count
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import JSON, BigInteger, Boolean, Date, Integer

from desk.accounts.permissions import Role
from desk.db import Base, UtcDateTime, db
from desk.handling.administration import CompanyWords
from desk.handling.casework import WaitRequest
from desk.handling.correspondence import Addition, Answer
from desk.handling.intake import Submission
from desk.handling.resolution import Closing
from desk.handling.staffing import NewStaff
from desk.mail.models import OutboxMail
from desk.mail.outbox import unpack
from desk.tickets.asking import Asked
from desk.tickets.content import Contact, Origin, Said
from desk.tickets.models import Ticket
from desk.vault.keys import DataKey, vault
from desk.web.staff.case import open_case
from tests.people import person
from tests.security.buttons import BUTTONS, Button
from tests.security.house import House, press
from tests.security.rows import Rows, changes, read_rows


@pytest.fixture
def database() -> str:
    """What is taken from a form does not depend on the database."""
    return "sqlite"


PORTION = 150
"""A form may have 200 parts, and none of the desk's has fifty."""
TAGS = (f"twin{number:04}" for number in count())
CANARY = "カナリア0x7f"
VALUES = (Answer, Addition, Asked, Closing, CompanyWords, Contact, NewStaff, Origin, Said, Submission, WaitRequest)
"""What the verbs take: somebody who knows the source would try the names of these."""
GUESSED = ("requester_email", "to", "to_name", "recipient", "staff", "user_id", "actor", "is_admin", "permissions")
TEMPTING = {"role": "admin", "state": "closed", "outcome": "SPAM", "kind": "D33", "email": "evil@x.example"}


def extras(ticket_id: int, staff_id: int) -> dict[str, str]:
    """Return a field for every column of every table and every part of a verb's values, each tempting to be taken."""
    found = dict.fromkeys([field.name for value in VALUES for field in fields(value)], CANARY)
    found |= dict.fromkeys(GUESSED, CANARY)
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            found[column.name] = _value(column.name, column.type, ticket_id, staff_id)
    return found | {name: value for name, value in TEMPTING.items() if name in found}


def _value(name: str, kind: Any, ticket_id: int, staff_id: int) -> str:
    if isinstance(kind, Boolean):
        return "0" if name == "is_active" else "1"
    if isinstance(kind, UtcDateTime):
        return "2031-01-01T00:00:00+00:00"
    if isinstance(kind, Date):
        return "2031-01-01"
    if isinstance(kind, JSON):
        return '{"x": 1}'
    if isinstance(kind, BigInteger | Integer):
        return str(ticket_id if name == "ticket_id" else staff_id if name.endswith("id") else 99)
    return CANARY


def post_endpoints(app: Flask) -> set[str]:
    """Return the routes that take a form, from the application's own table."""
    return {
        rule.endpoint.replace("public_en.", "public.")
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or ())
    }


def test_every_route_that_takes_a_form_is_here(app: Flask) -> None:
    assert post_endpoints(app) == set(BUTTONS)


def test_it_takes_from_each_form_what_the_form_asks_and_no_more(app: Flask) -> None:
    house = House(app)
    bystander = house.case(house.colleague)
    known = {number: role.value for role, number in house.staff.items()}
    known |= {house.colleague: "the colleague", bystander.ticket_id: "a bystander"}
    more = extras(bystander.ticket_id, house.staff[Role.AUDITOR])
    wrong = {}
    for endpoint in sorted(post_endpoints(app)):
        plain, clean = pressed(house, endpoint, {}, known)
        assert plain.status_code in {200, 201, 303}, (endpoint, plain.status_code, plain.text)
        for added in portions(endpoint, more):
            loaded, rich = pressed(house, endpoint, added, known)
            if plain.status_code != loaded.status_code or clean != rich:
                wrong[endpoint] = (loaded.status_code, clean - rich, rich - clean)
    assert wrong == {}


def portions(endpoint: str, more: dict[str, str]) -> Iterator[dict[str, str]]:
    """Return the further fields in portions that a form may have; on the ticket's page under its forms' names too."""
    door, _, name = endpoint.partition(".")
    every = more | ({f"{name}-{field}": value for field, value in more.items()} if door == "staff" else {})
    items = list(every.items())
    return (dict(items[start : start + PORTION]) for start in range(0, len(items), PORTION))


def pressed(house: House, endpoint: str, more: dict[str, str], known: dict[Any, str]) -> tuple[Any, Counter[str]]:
    """Press a button with further fields and return the answer and everything that it changed."""
    app, tag = house.app, next(TAGS)
    button = BUTTONS[endpoint](house, tag)
    names = known | {button.ticket_id: "the case", tag: "·"} | button.names
    added = {name: value for name, value in more.items() if name not in own_fields(endpoint, button)}
    before = read_rows(app)
    query = {name: value for name, value in more.items() if name != "language"}  # a page's language is in the address
    if endpoint == "intake.create_request":
        answer = button.client.post(button.path, json={**added, **button.data}, query_string=query)
    else:
        answer = press(button.client, button.path, {**added, **button.data}, query)
    after = read_rows(app)
    return answer, changes(before, after, names) + mails(app, before, after, tag) + words(app, button)


def own_fields(endpoint: str, button: Button) -> set[str]:
    """Return the names that a form does have, those of its other steps included."""
    asks_all = endpoint in {"public.send_request", "intake.create_request"}
    return set(button.data) | ({field.name for field in fields(Asked)} if asks_all else set())


def mails(app: Flask, before: Rows, after: Rows, tag: str) -> Counter[str]:
    """Return to whom mails were posted; none may hold what no form asks."""
    said: Counter[str] = Counter()
    table = OutboxMail.__tablename__
    with app.app_context():
        for key in after[table].keys() - before[table].keys():
            row = db.session.get_one(OutboxMail, key[0])
            envelope, mime = unpack(vault().open(db.session.get_one(DataKey, row.key_id)), row.sealed or b"")
            message = email.message_from_bytes(mime, policy=email.policy.default)
            assert CANARY not in f"{message.items()} {message.get_content()}"
            said[f"{row.kind} to {envelope.recipient.split('-')[0].replace(tag, '·')}"] += 1
    return said


def words(app: Flask, button: Button) -> Counter[str]:
    """Return everything that stands in the case which a button is about, opened."""
    if button.ticket_id is None:
        return Counter()
    with app.app_context():
        case = open_case(db.session.get_one(Ticket, button.ticket_id))
        spoken = [(s.direction, s.channel, s.text, s.details, len(s.files)) for s in case.conversation]
        entries = [(entry.kind, entry.payload) for entry in case.entries]
        return Counter([str(case.parties), str(spoken), str(sorted(map(str, entries))), str(case.origin)])


@pytest.mark.parametrize("endpoint", ["public.send_request", "intake.create_request"])
def test_a_stranger_makes_the_case_that_the_form_shows(app: Flask, endpoint: str) -> None:
    house = House(app)
    bystander = house.case(house.colleague)
    more = extras(bystander.ticket_id, house.colleague)
    found = []
    for added in ({}, *portions(endpoint, more)):
        before = read_rows(app)
        pressed(house, endpoint, added, {})
        (key,) = read_rows(app)["ticket"].keys() - before["ticket"].keys()
        found.append(words(app, Button(app.test_client(), "", ticket_id=key[0])))
    assert len(found) > 2
    assert all(words == found[0] for words in found)


def test_it_keeps_a_profile_to_name_and_language(app: Flask) -> None:
    house = House(app)
    button = BUTTONS["auth.change_profile"](house, "simple")
    for added in portions("auth.change_profile", extras(1, 1)):
        assert press(button.client, button.path, {**added, **button.data}).status_code == 303
    after = person(app, next(iter(button.names)))
    assert (after.name, after.language, after.role, after.is_active) == ("新しい名前", "en", "agent", True)
    assert after.email.startswith("simple-")
    assert isinstance(after.created_at, datetime)
    assert not after.must_change_password
