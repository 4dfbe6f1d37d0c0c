"""The request form, used without a browser's scripts."""

import io
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from desk import clock
from desk.attachments.files import case_file_key, file_info, list_parked, read_file
from desk.attachments.models import Attachment, FileState
from desk.attachments.storage import storage_dir
from desk.company.models import Company
from desk.db import db
from desk.events.models import Event
from desk.mail.models import OutboxMail
from desk.tickets.access import find_link, open_link
from desk.tickets.content import Contact, Origin, Said, Summary
from desk.tickets.models import Message, Party, Ticket, Trace
from desk.transaction import transaction
from desk.vault.keys import DataKey, Purpose, keys_of, vault
from tests.canaries import assert_absent
from tests.web.pages import form_in, send

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 2000
CONTENT = {"population": "user", "body": "配信を止めたのに\n届きます。"}
PREFIXED = "0104915123456786"
"""A telephone number abroad as it is dialled from Japan, which passes the test for card numbers."""
CONTACT = {"name": "山田 花子", "reading": "やまだ はなこ", "email": "hanako@example.jp"}


def walk(client: FlaskClient, kind: str = "K40", *, prefix: str = "", **answers: Any) -> TestResponse:
    """Fill the form up to the review page and return that page."""
    uploads = answers.pop("uploads", None)
    page = client.get(f"{prefix}/requests/new?kind={kind}")
    content = CONTENT | ({"method": "electronic"} if kind in {"D33", "T33"} else {})
    named = {name: answers.pop(name) for name in list(answers) if name in {"population", "body", "about", "method"}}
    page = send(client, form_in(page), **(content | named), **({"uploads": uploads} if uploads else {}))
    assert page.status_code == 200, page.get_data(as_text=True)
    page = send(client, form_in(page), **(CONTACT | answers))
    assert page.status_code == 200, page.get_data(as_text=True)
    return page


def submit(client: FlaskClient, kind: str = "K40", **answers: Any) -> TestResponse:
    """Send a whole form and return the answer to the last button."""
    return send(client, form_in(walk(client, kind, **answers)))


def the_ticket() -> Ticket:
    """Return the only ticket there is."""
    return db.session.execute(select(Ticket)).scalar_one()


def test_it_opens_a_ticket_with_everything_it_needs(app: Flask, client: FlaskClient) -> None:
    answer = submit(client, uploads=[(io.BytesIO(PNG), "証拠.png"), (io.BytesIO("めも".encode()), "memo.txt")])

    assert answer.status_code == 303
    receipt = client.get(answer.headers["Location"])
    text = receipt.get_data(as_text=True)
    assert receipt.status_code == 200
    assert "お申し出を受け付けました" in text
    with app.app_context():
        ticket = the_ticket()
        assert "-".join([ticket.ref[:4], ticket.ref[4:8], ticket.ref[8:]]) in text
        keys = keys_of(ticket.id)
        case = keys[Purpose.CASE]
        assert Contact.unseal(case, db.session.scalars(select(Party)).one().sealed).name == "山田 花子"
        assert Said.unseal(case, db.session.scalars(select(Message)).one().sealed).text == CONTENT["body"]
        assert Summary.unseal(case, ticket.summary).subject == "配信を止めたのに 届きます。"
        files = db.session.scalars(select(Attachment).order_by(Attachment.id)).all()
        assert [file_info(row, case_file_key(row, case)).name for row in files] == ["証拠.png", "memo.txt"]
        assert b"".join(read_file(files[0], case_file_key(files[0], case))) == PNG
        trace = db.session.scalars(select(Trace)).one()
        key = vault().open(db.session.get_one(DataKey, trace.key_id))
        assert Origin.unseal(key, trace.sealed).address == "127.0.0.1"
        mail = db.session.scalars(select(OutboxMail)).one()
        assert (mail.kind, mail.state) == ("acknowledgement", "pending")
        assert [event.kind for event in db.session.scalars(select(Event))] == ["received"]


def test_it_gives_a_link_that_opens_the_case(app: Flask, client: FlaskClient) -> None:
    submit(client)
    receipt = client.get("/requests/receipt").get_data(as_text=True)
    token = receipt.split('href="/s/')[1].split('"')[0]
    with app.app_context():
        link = find_link(token, clock.now())
        assert link is not None
        assert open_link(link, token) == keys_of(the_ticket().id)[Purpose.CASE]


def test_it_speaks_english_under_en(app: Flask, client: FlaskClient) -> None:
    answer = submit(client, "N-GEN", prefix="/en")
    assert answer.headers["Location"] == "/en/requests/receipt"
    assert "We have received your message" in client.get("/en/requests/receipt").get_data(as_text=True)
    with app.app_context():
        assert the_ticket().language == "en"


def test_it_keeps_nothing_readable(app: Flask, client: FlaskClient, environ: dict[str, str]) -> None:
    submit(client, uploads=[(io.BytesIO("機密マーカー".encode() * 40), "memo.txt")])
    with app.app_context():
        blobs = [path.read_bytes() for path in storage_dir().rglob("*") if path.is_file()]
        rows = [
            str(row)
            for table in db.metadata.sorted_tables
            if table.info.get("only_on") in {None, db.engine.dialect.name} and table.name not in {"company", "staff"}
            for row in db.session.execute(select(table))
        ]
    for secret in ("機密マーカー", "山田", "hanako@", "配信", "証拠"):
        assert_absent(secret, b"\n".join(blobs))
        assert_absent(secret, "\n".join(rows))


@pytest.mark.parametrize(
    ("answers", "field", "words"),
    [
        ({"body": ""}, "body", "内容を入力してください"),
        ({"population": None}, "population", "あなたについて、1つ選択してください"),
        ({"body": "あ" * 10_001}, "body", "1万文字以内"),
    ],
)
def test_it_asks_again_and_keeps_what_was_typed(
    client: FlaskClient, answers: dict[str, Any], field: str, words: str
) -> None:
    page = client.get("/requests/new?kind=K40")
    answer = send(client, form_in(page), **(CONTENT | answers))
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert words in text
    assert f'href="#{field}"' in text
    kept = form_in(answer).fields
    assert kept["body"] == (answers | {"body": answers.get("body", CONTENT["body"])})["body"]


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"email": ""}, "email"),
        ({"email": "hanako"}, "email"),
        ({"email": "花子@example.jp"}, "email"),
        ({"name": ""}, "name"),
        ({"name": "あ" * 101}, "name"),
        ({"phone": "abc"}, "phone"),
        ({"acts": "agent"}, "agent_name"),
    ],
)
def test_it_names_the_field_that_is_wrong(client: FlaskClient, answers: dict[str, Any], field: str) -> None:
    page = send(client, form_in(client.get("/requests/new?kind=K40")), **CONTENT)
    answer = send(client, form_in(page), **(CONTACT | answers))
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.get_data(as_text=True)


@pytest.mark.parametrize("email", ["a..b@docomo.ne.jp", ".a@ezweb.ne.jp", "ｈａｎａｋｏ＠ｅｘａｍｐｌｅ．ｊｐ"])
def test_it_takes_addresses_that_people_really_have(app: Flask, client: FlaskClient, email: str) -> None:
    assert submit(client, email=email).status_code == 303


def test_it_takes_a_postal_address_instead_of_mail(app: Flask, client: FlaskClient) -> None:
    assert submit(client, email="", address="東京都千代田区1-1", postal_code="100-0001").status_code == 303
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(OutboxMail)) == 0
        assert db.session.scalars(select(Event)).one().facts["ack"] == "none"


def test_it_needs_an_address_for_paper(client: FlaskClient) -> None:
    page = send(client, form_in(client.get("/requests/new?kind=D33")), **CONTENT, method="paper")
    answer = send(client, form_in(page), **CONTACT)
    assert answer.status_code == 422
    assert 'href="#address"' in answer.get_data(as_text=True)


def test_it_writes_to_the_agent_who_acts(app: Flask, client: FlaskClient) -> None:
    submit(
        client, acts="agent", agent_name="鈴木 代理", agent_relation="lawyer", agent_email="agent@example.jp", email=""
    )
    with app.app_context():
        parties = {row.role: row for row in db.session.scalars(select(Party))}
        assert set(parties) == {"person", "agent"}
        assert db.session.scalars(select(OutboxMail)).one().kind == "acknowledgement"


def test_it_goes_back_without_losing_anything(client: FlaskClient) -> None:
    review = walk(client, uploads=[(io.BytesIO(PNG), "a.png")])
    back = send(client, form_in(review), go="content")
    form = form_in(back)
    assert form.fields["body"] == CONTENT["body"]
    assert form.fields["email"] == CONTACT["email"]
    assert "a.png" in back.get_data(as_text=True)


def test_it_cuts_card_numbers_before_sealing(app: Flask, client: FlaskClient) -> None:
    submit(client, body="カードは４１１１ １１１１ １１１１ １１１１ です。番号 1234567890123 は違います。")
    with app.app_context():
        said = Said.unseal(keys_of(the_ticket().id)[Purpose.CASE], db.session.scalars(select(Message)).one().sealed)
    assert said.text == "カードは●●●●●●●●●●●●1111 です。番号 1234567890123 は違います。"


def test_it_cuts_card_numbers_in_every_field_that_is_free_text(app: Flask, client: FlaskClient) -> None:
    card = "4111 1111 1111 1111 12/28"
    names = ("name", "reading", "company", "department", "address", "agent_name", "agent_address")
    answers = dict.fromkeys(names, card) | {"acts": "agent", "agent_relation": "lawyer"}
    answers |= {"phone": "4111-1111-1111-1111", "agent_phone": PREFIXED}
    assert submit(client, "D33", body=card, about=card, **answers).status_code == 303
    with app.app_context():
        key = keys_of(the_ticket().id)[Purpose.CASE]
        said = Said.unseal(key, db.session.scalars(select(Message)).one().sealed)
        contacts = [Contact.unseal(key, party.sealed) for party in db.session.scalars(select(Party))]
        summary = Summary.unseal(key, the_ticket().summary)
    kept = f"{said} {contacts} {summary}"
    assert kept.count("●●●●●●●●●●●●1111 12/28") == len(names) + 4
    assert [contact.phone for contact in contacts] in (["●●●●●●●●●●●●1111", PREFIXED], [PREFIXED, "●●●●●●●●●●●●1111"])
    assert "1111 1111" not in kept


def test_it_keeps_the_page_that_the_person_came_from(app: Flask, client: FlaskClient) -> None:
    origin = "https://service.example/help?from=" + "x" * 600
    page = client.get("/requests/new?kind=K40", headers={"Referer": origin})
    page = send(client, form_in(page), **CONTENT)
    page = send(client, form_in(page), **CONTACT)
    assert send(client, form_in(page)).status_code == 303
    with app.app_context():
        trace = db.session.scalars(select(Trace)).one()
        found = Origin.unseal(vault().open(db.session.get_one(DataKey, trace.key_id)), trace.sealed)
    assert found.referrer == origin[:500]


def test_it_refuses_files_by_content_and_keeps_the_rest(client: FlaskClient) -> None:
    page = client.get("/requests/new?kind=K40")
    files = [(io.BytesIO(b"<html><script>alert(1)</script>"), "a.pdf"), (io.BytesIO(PNG), "b.png")]
    answer = send(client, form_in(page), **CONTENT, uploads=files)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "受け取れない種類のファイル" in text
    assert "b.png" in text
    assert "a.pdf" not in text
    assert form_in(answer).fields["body"] == CONTENT["body"]


def test_it_marks_what_an_agent_and_a_person_without_mail_must_fill_in(client: FlaskClient) -> None:
    page = send(client, form_in(client.get("/requests/new?kind=D33")), **CONTENT, method="electronic").text
    for name, mark in (
        ("agent_name", "必須"),
        ("agent_relation", "必須"),
        ("address", "メールアドレスがない場合は必須"),
    ):
        label = page.split(f'<label class="govuk-label" for="{name}">')[1].split("</label>")[0]
        assert f'<span class="mark mark--required">{mark}</span>' in label
    page = send(client, form_in(client.get("/requests/new?kind=D33")), **CONTENT, method="paper").text
    label = page.split('<label class="govuk-label" for="address">')[1].split("</label>")[0]
    assert '<span class="mark mark--required">必須</span>' in label


def test_it_promises_post_only_with_an_address(app: Flask, client: FlaskClient) -> None:
    assert "郵便" not in client.get("/").text
    assert "メールでも承ります" in client.get("/").text
    with app.app_context(), transaction():
        db.session.execute(update(Company).values(address_ja="東京都千代田区1-1"))
    assert "メールや郵便でも承ります" in client.get("/").text


def test_it_takes_five_files_and_says_so(client: FlaskClient) -> None:
    page = client.get("/requests/new?kind=K40")
    files = [(io.BytesIO(PNG), f"{i}.png") for i in range(6)]
    answer = send(client, form_in(page), **CONTENT, uploads=files)
    assert answer.status_code == 422
    assert "6つ目以降は受け取っていません" in answer.get_data(as_text=True)
    assert "4.png" in answer.get_data(as_text=True)


def test_it_refuses_a_file_over_ten_mebibytes_and_keeps_the_text(app: Flask, client: FlaskClient) -> None:
    page = client.get("/requests/new?kind=K40")
    answer = send(client, form_in(page), **CONTENT, uploads=[(io.BytesIO(PNG + b"x" * 10 * 1024 * 1024), "a.png")])
    assert answer.status_code == 422
    assert "10MBを超える" in answer.get_data(as_text=True)
    assert form_in(answer).fields["body"] == CONTENT["body"]
    with app.app_context():
        assert [path for path in storage_dir().rglob("*") if path.is_file()] == []


def test_it_forgets_a_file_that_the_person_removes(app: Flask, client: FlaskClient) -> None:
    page = client.get("/requests/new?kind=K40")
    page = send(client, form_in(page), **CONTENT, go="stay", uploads=[(io.BytesIO(PNG), "a.png")])
    form = form_in(page)
    row_id = next(value for name, value in form.buttons if name == "remove")
    answer = send(client, form, remove=row_id)
    assert "a.png" not in answer.get_data(as_text=True)
    with app.app_context():
        assert list_parked(form.fields["token"]) == []
        assert [path for path in storage_dir().rglob("*") if path.is_file()] == []


def test_it_parks_files_under_the_forms_own_token(app: Flask, client: FlaskClient) -> None:
    page = client.get("/requests/new?kind=K40")
    send(client, form_in(page), **CONTENT, uploads=[(io.BytesIO(PNG), "a.png")])
    with app.app_context():
        row = db.session.scalars(select(Attachment)).one()
        assert (row.state, row.ticket_id, row.key_id) == (FileState.PARKED, None, None)
        assert list_parked("another-token") == []
        assert db.session.scalar(select(func.count()).select_from(Ticket)) == 0


@pytest.mark.parametrize(
    "data",
    [
        {"kind": "NO"},
        {"kind": "N-COOKIE"},
        {"kind": "N-APPL"},
        {"token": "short"},
        {"step": "elsewhere"},
        {"body": "a\0b"},
    ],
)
def test_it_refuses_what_no_form_sends(client: FlaskClient, data: dict[str, str]) -> None:
    form = form_in(client.get("/requests/new?kind=K40"))
    assert send(client, form, **(CONTENT | data)).status_code == 400
