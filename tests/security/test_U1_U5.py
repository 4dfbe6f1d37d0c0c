"""U1, U5: files are judged by their content and their cleaned name, and leave only as downloads that run nothing."""

import io

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from desk.accounts.permissions import Role
from desk.attachments.models import Attachment
from desk.attachments.names import clean_name
from desk.attachments.storage import storage_dir
from desk.db import db
from desk.tickets.models import Ticket
from tests.people import browser_of, hire
from tests.services.browser import Visitor
from tests.web.pages import form_in, send
from tests.web.public.test_request_form import CONTENT, PNG, submit

PDF_JS = b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\n" + b"0" * 3000
HTML = b"<html><script>alert(1)</script></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.html", HTML), ("page.png", HTML), ("a.pdf\u200b.html", PDF_JS), ("a.txt", HTML), ("picture.svg", SVG),
        ("picture.png", SVG), ("a.pdf", PNG), ("a.png", b"MZ" + b"\0" * 2000), ("a.html", PNG), ("a", PNG),
        ("a.png.exe", PNG), ("a.txt", b"text <script>alert(1)</script>"), ("\u202egnp.exe", PNG),
    ],
)  # fmt: skip
def test_it_takes_no_file_that_is_not_what_it_says(app: Flask, client: FlaskClient, name: str, content: bytes) -> None:
    form = form_in(client.get("/requests/new?kind=K40"))
    answer = send(client, form, **CONTENT, uploads=[(io.BytesIO(content), name)])
    assert answer.status_code == 422
    assert "受け取れない種類" in answer.text
    with app.app_context():
        assert db.session.scalars(select(Attachment)).all() == []
        assert not [path for path in storage_dir().rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd.png", "passwd.png"), ("C:\\Temp\\証拠.png", "証拠.png"), ("CON.png", "_CON.png"),
        ("\u202egpj.png", "gpj.png"), ("長" * 300 + ".png", "長" * 116 + ".png"),
    ],
)  # fmt: skip
def test_it_hands_files_out_as_downloads_under_harmless_names(
    app: Flask, client: FlaskClient, name: str, shown: str
) -> None:
    assert submit(client, uploads=[(io.BytesIO(PNG), name)]).status_code == 303
    with app.app_context():
        file_id, ref = db.session.scalars(select(Attachment.id)).one(), db.session.scalars(select(Ticket.ref)).one()
        stored = [path.name for path in storage_dir().rglob("*") if path.is_file()]
    assert len(stored) == 1
    assert not any(part in stored[0] for part in ("png", "passwd", "CON"))
    agent = browser_of(app, hire(app, Role.AGENT))
    assert shown in agent.get(f"/staff/tickets/{ref}").text
    answer = agent.get(f"/staff/tickets/{ref}/files/{file_id}")
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith('attachment; filename="')
    assert "filename*=UTF-8''" in disposition
    assert disposition.isascii()
    assert not {"\r", "\n"} & set(disposition)
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.data == PNG
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ('a"b.png', "a_b.png"), ("a\r\nSet-Cookie: x=1.png", "aSet-Cookie_ x=1.png"), ("..", "file"), ("", "file"),
        ("nul", "_nul"), ("com1.txt", "_com1.txt"), ("か\u3099.txt", "が.txt"), ("a\0b.txt", "ab.txt"),
    ],
)  # fmt: skip
def test_it_makes_a_strangers_name_harmless(name: str, clean: str) -> None:
    assert clean_name(name) == clean


def test_a_browser_saves_a_hostile_pdf_and_runs_nothing(
    app: Flask, client: FlaskClient, live: str, visitor: Visitor
) -> None:
    assert submit(client, uploads=[(io.BytesIO(PDF_JS), "願書.pdf")]).status_code == 303
    with app.app_context():
        ref = db.session.scalars(select(Ticket.ref)).one()
    cookie = browser_of(app, hire(app, Role.AGENT)).get_cookie("staff")
    assert cookie is not None
    context = visitor.open(accept_downloads=True)
    context.add_cookies([{"name": "staff", "value": cookie.value, "url": live}])
    page = context.new_page()
    page.goto(f"{live}/staff/tickets/{ref}")
    with page.expect_download() as waiting:
        page.click("text=願書.pdf")
    assert waiting.value.suggested_filename == "願書.pdf"
    assert waiting.value.path().read_bytes() == PDF_JS
