"""S3: a link that reached the wrong person shows the coarse state; content and files need the code."""

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from desk import clock
from desk.attachments.files import IncomingFile, take_over
from desk.attachments.models import Attachment
from desk.db import db
from desk.tickets.models import Message
from desk.transaction import transaction
from desk.vault.keys import Purpose, keys_of
from desk.vault.seal import new_token
from tests.web.public.people import BODY, EMAIL, NAME, enter, give_code, open_case, post

TEXT = "回答書の中身".encode()


def release_file(app: Flask, ticket_id: int, *, is_released: bool = True) -> int:
    """Give a file to the case's first message, as staff do with an answer; return its id."""
    with app.app_context():
        with transaction():
            draft, file = new_token(), IncomingFile()
            file.write(TEXT)
            row = file.park("回答書.txt", draft, clock.now())
            db.session.flush()
            message_id = db.session.scalars(select(Message.id).where(Message.ticket_id == ticket_id)).first()
            assert message_id is not None
            take_over(row, draft, ticket_id, message_id, keys_of(ticket_id)[Purpose.CASE])
            row.is_released = is_released
        return db.session.scalars(select(Attachment.id).order_by(Attachment.id.desc())).first() or 0


def test_it_shows_a_stranger_the_coarse_state(app: Flask, client: FlaskClient) -> None:
    case = open_case(app)
    file_id = release_file(app, case.ticket_id)
    page = enter(client, case.token)
    for secret in (BODY, NAME, EMAIL, "回答書", "苦情"):
        assert secret not in page.text
    assert client.get(f"/s/files/{file_id}").status_code == 404
    assert client.get("/s/withdraw").status_code == 303
    assert post(client, "/s/withdraw").status_code == 404


def test_it_hands_files_over_with_the_code(app: Flask, client: FlaskClient) -> None:
    case = open_case(app)
    file_id, inner = release_file(app, case.ticket_id), release_file(app, case.ticket_id, is_released=False)
    enter(client, case.token)
    assert "回答書.txt" in give_code(app, client).text
    answer = client.get(f"/s/files/{file_id}")
    assert answer.data == TEXT
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert client.get(f"/s/files/{inner}").status_code == 404


def test_it_opens_one_case_with_one_code(app: Flask, client: FlaskClient) -> None:
    mine, other = open_case(app), open_case(app)
    file_id = release_file(app, other.ticket_id)
    enter(client, mine.token)
    give_code(app, client)
    assert client.get(f"/s/files/{file_id}").status_code == 404
    grant = client.get_cookie("grant", path="/s")
    assert grant is not None
    enter(client, other.token)
    client.set_cookie("grant", grant.value, path="/s")
    assert BODY not in client.get("/s").text
