"""Z2: whoever knows a file's number but asks for it from another ticket finds nothing, and the trail says so."""

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from desk.accounts.permissions import Role
from desk.db import db
from desk.events.kinds import EventKind
from desk.events.models import Event
from tests.people import browser_of, hire
from tests.security.test_S3 import TEXT, release_file
from tests.web.public.people import enter, give_code, open_case


def refusals(app: Flask, ticket_id: int) -> list[tuple[str, str]]:
    """Return actor and endpoint of every refusal noted on a ticket."""
    with app.app_context():
        rows = db.session.scalars(
            select(Event).where(Event.ticket_id == ticket_id, Event.kind == EventKind.REFUSED).order_by(Event.id)
        )
        return [(str(row.actor), row.facts["endpoint"]) for row in rows]


def opened_files(app: Flask) -> int:
    with app.app_context():
        return len(db.session.scalars(select(Event.id).where(Event.kind == EventKind.FILE_OPENED)).all())


def test_a_person_finds_no_file_of_another_case(app: Flask, client: FlaskClient) -> None:
    mine, other = open_case(app), open_case(app)
    my_file, file_id = release_file(app, mine.ticket_id), release_file(app, other.ticket_id)
    enter(client, mine.token)
    give_code(app, client)
    assert client.get(f"/s/files/{my_file}").data == TEXT
    answer = client.get(f"/s/files/{file_id}")
    assert answer.status_code == 404
    assert TEXT not in answer.data
    assert answer.data == client.get("/s/files/12345").data
    assert refusals(app, mine.ticket_id) == [("person", "public.get_file")] * 2
    assert refusals(app, other.ticket_id) == []
    assert opened_files(app) == 1


def test_staff_find_no_file_under_another_ticket(app: Flask) -> None:
    one, other = open_case(app), open_case(app)
    file_id = release_file(app, other.ticket_id)
    client = browser_of(app, hire(app, Role.AGENT))
    answer = client.get(f"/staff/tickets/{one.ref}/files/{file_id}")
    assert answer.status_code == 404
    assert TEXT not in answer.data
    assert refusals(app, one.ticket_id) == [("staff", "staff.file")]
    assert opened_files(app) == 0
    assert client.get(f"/staff/tickets/{other.ref}/files/{file_id}").data == TEXT
    assert opened_files(app) == 1


def test_nobody_without_a_right_to_the_case_gets_its_file(app: Flask, client: FlaskClient) -> None:
    case = open_case(app)
    path = f"/staff/tickets/{case.ref}/files/{release_file(app, case.ticket_id)}"
    assert client.get(path).status_code == 303
    answer = browser_of(app, hire(app, Role.ADMIN)).get(path)
    assert answer.status_code == 403
    assert TEXT not in answer.data
    with app.app_context():
        refused = db.session.scalars(select(Event).where(Event.kind == EventKind.REFUSED)).one()
        assert (refused.ticket_id, refused.facts) == (None, {"endpoint": "staff.file"})
    assert opened_files(app) == 0
