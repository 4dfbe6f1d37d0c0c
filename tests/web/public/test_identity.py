"""Sending identity documents through the link: named, covered, pictures only; nothing is lost when something is wrong."""

from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from desk import clock
from desk.attachments.models import Attachment, FileState
from desk.db import db
from desk.events.trail import staff_actor
from desk.handling import casework, identity
from desk.handling.casework import WaitRequest
from desk.handling.identity import Basis
from desk.handling.intake import Opened
from desk.law.waits import WaitReason
from desk.tickets.content import Contact
from desk.tickets.identity import IdentityDocument
from desk.tickets.models import Message
from desk.tickets.queries import hold
from desk.transaction import transaction
from desk.vault.seal import new_token
from tests.cases import BASE_URL, add_staff
from tests.pictures import pages, picture
from tests.web.pages import form_in
from tests.web.pages import send as send_form
from tests.web.public.people import csrf_of, enter, give_code, open_case, post

PAGE = "/s/identity"
PICTURES = "画像かPDFを選択してください。ほかの種類のファイルは受け取っていません"


@pytest.fixture
def case(app: Flask) -> Opened:
    """A disclosure request."""
    return open_case(app, kind="D33")


def send(client: FlaskClient, **changed: Any) -> TestResponse:
    """Send the form, rightly filled in or as `changed`."""
    fields = {"document": "licence", "covered": "y", "uploads": (BytesIO(picture()), "免許証.jpg")}
    return send_form(client, form_in(client.get(PAGE), PAGE), **fields | changed)


def documents(app: Flask) -> list[tuple[str, bool]]:
    with app.app_context():
        rows = db.session.scalars(select(IdentityDocument).order_by(IdentityDocument.id))
        return [(row.document, row.of_agent) for row in rows]


def parked(app: Flask) -> int:
    with app.app_context():
        rows = db.session.scalars(select(Attachment.state))
        return sum(state == FileState.PARKED for state in rows)


def test_a_document_is_sent_by_the_link_alone_and_read_by_nobody_without_the_code(
    app: Flask, client: FlaskClient, case: Opened
) -> None:
    page = enter(client, case.token)
    assert 'href="/s/identity"' in page.text
    assert "運転免許証" in client.get(PAGE).text
    answer = send(client, uploads=[(BytesIO(picture()), "表.jpg"), (BytesIO(pages(2)), "裏.pdf")])
    assert (answer.status_code, answer.location) == (303, "/s/identity")
    assert documents(app) == [("licence", False)] * 2
    page = client.get(PAGE)
    assert "書類は確かに届きました" in page.text
    assert page.text.count("確認中") == 2
    assert "表.jpg" not in page.text
    assert "表.jpg" in give_code(app, client).text


def test_it_speaks_english(app: Flask, client: FlaskClient) -> None:
    enter(client, open_case(app, kind="D33", language="en").token, "/en")
    page = client.get("/en/s/identity")
    assert "Driving licence" in page.text
    assert "front only" in page.text


def test_it_ends_the_wait_for_documents(app: Flask, client: FlaskClient, case: Opened) -> None:
    with app.app_context(), transaction():
        asked, who = WaitRequest(WaitReason.IDENTITY, "書類をお送りください"), staff_actor(add_staff())
        casework.start_wait(hold(case.ticket_id), asked, who, clock.now(), BASE_URL)
    enter(client, case.token)
    assert send(client).status_code == 303
    with app.app_context():
        assert hold(case.ticket_id, None).waiting_for is None


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"document": None}, "書類の種類を選択してください"),
        ({"document": "attorney"}, "書類の種類を選択してください"),
        ({"document": "健康保険証"}, "書類の種類を選択してください"),
        ({"covered": None}, "見えてはならない部分を確かめて、チェックを入れてください"),
        ({"uploads": None}, "書類の画像かPDFを選択してください"),
        ({"uploads": (b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*", "免許証.txt")}, PICTURES),
        ({"uploads": (b"<svg onload=alert(1)>", "免許証.svg")}, PICTURES),
        ({"uploads": (b"MZ" * 100, "免許証.jpg")}, PICTURES),
        ({"uploads": (picture()[:100] + b"\0" * 11_000_000, "免許証.jpg")}, "10MB"),
    ],
    ids=["no kind", "of an agent", "unknown", "not covered", "no file", "EICAR", "a page", "a program", "too large"],
)  # fmt: skip
def test_what_is_wrong_is_said_and_the_rest_stays(
    app: Flask, client: FlaskClient, case: Opened, changed: dict[str, Any], told: str
) -> None:
    enter(client, case.token)
    file = changed.get("uploads")
    answer = send(client, **changed | ({"uploads": (BytesIO(file[0]), file[1])} if file else {}))
    assert answer.status_code == 422
    assert told in answer.text
    assert documents(app) == []
    assert parked(app) == (0 if "uploads" in changed else 1), "the file stays with the form"
    with app.app_context():
        assert len(list(db.session.scalars(select(Message.id)))) == 1


def test_the_same_form_twice_is_one_document(app: Flask, client: FlaskClient, case: Opened) -> None:
    enter(client, case.token)
    nonce = new_token()
    assert [send(client, nonce=nonce).status_code for _time in range(2)] == [303, 303]
    assert documents(app) == [("licence", False)]


def test_an_old_page_gives_the_file_back(app: Flask, client: FlaskClient, case: Opened) -> None:
    enter(client, case.token)
    client.get(PAGE)
    data = {"nonce": new_token(), "document": "licence", "covered": "y", "csrf_token": "old"}
    files = {"uploads": (BytesIO(picture()), "免許証.jpg")}
    answer = client.post(PAGE, data=data | files, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 400
    assert "まだ送信されていません" in answer.text
    assert "免許証.jpg" in answer.text
    fields = {name: value for name, value in data.items() if name != "csrf_token"}
    again = client.post(PAGE, data=fields | {"csrf_token": csrf_of(client.get("/status"))})
    assert again.status_code == 303
    assert documents(app) == [("licence", False)]


def test_an_agent_says_whose_it_is(app: Flask, client: FlaskClient) -> None:
    agent = Contact(name="代理 花子", email="agent@person.example", relation="statutory")
    enter(client, open_case(app, kind="D33", agent=agent).token)
    page = client.get(PAGE).text
    assert "どなたの書類ですか" in page
    assert "戸籍謄本" in page
    assert "委任状" not in page
    assert "どなたの書類かを選択してください" in send(client).text
    assert send(client, whose="agent").status_code == 303
    assert send(client, whose="person", document="family").status_code == 303
    assert documents(app) == [("licence", True), ("family", False)]


def test_nobody_asks_for_what_is_not_needed(app: Flask, client: FlaskClient) -> None:
    complaint = open_case(app, kind="K40")
    enter(client, complaint.token)
    assert client.get(PAGE).location == "/s"
    confirmed = open_case(app, kind="D33", email="taro@person.example")
    with app.app_context(), transaction():
        who = staff_actor(add_staff())
        identity.confirm_identity(hold(confirmed.ticket_id), Basis.KNOWN, "会員ページから", who, clock.now())
    page = enter(client, confirmed.token)
    assert 'href="/s/identity"' not in page.text
    assert client.get(PAGE).location == "/s"


def test_without_a_link_there_is_nothing(client: FlaskClient) -> None:
    assert client.get(PAGE).status_code == 404
    assert post(client, PAGE, document="licence").status_code == 404
