"""Identity at the desk: documents are looked at and never handed out, judged, covered, destroyed, and confirmed by."""

from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from desk.accounts.permissions import Role
from desk.attachments.models import Attachment, FileState
from desk.db import db
from desk.events.models import Event
from desk.handling.intake import Opened
from desk.mail.reading.reader import Reader
from desk.tickets.identity import IdentityDocument
from desk.tickets.models import Ticket
from tests.cases import add_staff, sign_in
from tests.mail.arriving import DESK, arrive, mail_bytes, row_of
from tests.pictures import colours, pages, picture
from tests.web.pages import form_in, send
from tests.web.public.people import enter, open_case
from tests.web.public.test_identity import send as send_document


@pytest.fixture
def case(app: Flask) -> Opened:
    """A disclosure request."""
    return open_case(app, kind="D33")


@pytest.fixture
def agent(app: Flask) -> FlaskClient:
    """Somebody who works on tickets."""
    with app.app_context():
        return sign_in(app, add_staff(name="佐藤 花子"))


@pytest.fixture
def person(client: FlaskClient, case: Opened) -> FlaskClient:
    """The person at their page."""
    enter(client, case.token)
    return client


def page_of(case: Opened) -> str:
    return f"/staff/tickets/{case.ref}/identity"


def only_document(app: Flask) -> IdentityDocument:
    with app.app_context():
        return db.session.scalars(select(IdentityDocument).where(IdentityDocument.erased_at.is_(None))).one()


def trail(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(Event.kind).order_by(Event.id)))


def follow(client: FlaskClient, answer: TestResponse) -> TestResponse:
    assert answer.status_code == 303, answer.text
    return client.get(answer.location)


def test_a_document_goes_from_arrival_to_confirmation(
    app: Flask, agent: FlaskClient, person: FlaskClient, case: Opened
) -> None:
    assert send_document(person).status_code == 303
    page = agent.get(page_of(case))
    assert "運転免許証" in page.text
    assert "まだ足りません" in page.text
    path = f"{page_of(case)}/{only_document(app).id}"
    assert f'href="{path}"' in page.text
    page = agent.get(path)
    assert f'src="{path}/1.jpg"' in page.text
    half = send(agent, form_in(page, "/judge"), seen=["name", "address"], wish="accept")
    assert half.status_code == 400
    assert "すべて確かめてから" in half.text
    whole = send(agent, form_in(page, "/judge"), seen=["name", "address", "current", "domicile"], wish="accept")
    page = follow(agent, whole)
    assert "受け入れた書類で足りています" in page.text
    done = send(agent, form_in(page, "/confirm_identity"), **{"confirm_identity-basis": "documents"})
    assert follow(agent, done).status_code == 200
    with app.app_context():
        assert db.session.scalars(select(Ticket.state)).one() == "verified"
    assert "本人確認を終えました（受け入れた確認書類による、ご本人）" in agent.get(f"/staff/tickets/{case.ref}").text


def test_the_picture_carries_who_looks_and_the_trail_has_it(
    app: Flask, agent: FlaskClient, person: FlaskClient, case: Opened
) -> None:
    send_document(person)
    path = f"{page_of(case)}/{only_document(app).id}"
    answer = agent.get(f"{path}/1.jpg")
    assert (answer.status_code, answer.content_type) == (200, "image/jpeg")
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["Cache-Control"] == "no-store"
    white = colours(answer.data, *((x / 40, y / 40) for x in range(22, 40) for y in range(40)))
    assert sum(min(one) < 230 for one in white) > 10, "the mark lies across it"
    assert trail(app)[-1] == "document_shown"
    assert [agent.get(f"{path}/{number}.jpg").status_code for number in (0, 2)] == [404, 404]


def test_nobody_gets_the_file_itself(app: Flask, agent: FlaskClient, person: FlaskClient, case: Opened) -> None:
    send_document(person)
    document = only_document(app)
    path = f"/staff/tickets/{case.ref}/files/{document.file_id}"
    assert agent.get(path).location == f"{page_of(case)}/{document.id}"
    assert path not in agent.get(f"/staff/tickets/{case.ref}").text
    with app.app_context():
        auditor = sign_in(app, add_staff(Role.AUDITOR))
    assert auditor.get(page_of(case)).status_code == 200
    assert auditor.get(f"{page_of(case)}/{document.id}/1.jpg").status_code == 403
    assert f"{page_of(case)}/{document.id}" not in auditor.get(page_of(case)).text


def test_refusing_asks_for_a_reason(app: Flask, agent: FlaskClient, person: FlaskClient, case: Opened) -> None:
    send_document(person)
    page = agent.get(f"{page_of(case)}/{only_document(app).id}")
    assert "受け入れない理由を入力してください" in send(agent, form_in(page, "/judge"), wish="refuse").text
    page = follow(agent, send(agent, form_in(page, "/judge"), wish="refuse", text="文字が読めないため"))
    assert "受け入れず" in page.text
    late = send(agent, form_in(agent.get(f"/staff/tickets/{case.ref}"), "/note"), **{"note-text": "次を待つ"})
    assert late.status_code == 303


def test_a_second_judgement_comes_too_late(app: Flask, agent: FlaskClient, person: FlaskClient, case: Opened) -> None:
    send_document(person)
    form = form_in(agent.get(f"{page_of(case)}/{only_document(app).id}"), "/judge")
    assert send(agent, form, wish="refuse", text="不鮮明").status_code == 303
    page = follow(agent, send(agent, form, wish="refuse", text="不鮮明"))
    assert "ほかの方がすでに処理しました" in page.text


def test_parts_are_covered_and_the_original_is_gone(
    app: Flask, agent: FlaskClient, person: FlaskClient, case: Opened
) -> None:
    send_document(person)
    before = only_document(app)
    page = agent.get(f"{page_of(case)}/{before.id}")
    form = form_in(page, "/cover")
    assert "画像の上で囲むか" in send(agent, form).text
    assert "0から100までの数" in send(agent, form, left_0="120", top_0="0", width_0="5", height_0="5").text
    answer = send(agent, form, left_0="0", top_0="0", width_0="25.5", height_0="100")
    after = only_document(app)
    assert after.id != before.id
    assert answer.location == f"{page_of(case)}/{after.id}"
    drawn = agent.get(f"{page_of(case)}/{after.id}/1.jpg").data
    assert max(colours(drawn, (0.02, 0.9))[0]) < 60
    with app.app_context():
        old = db.session.get_one(Attachment, before.file_id)
        assert (old.state, old.key_id) == (FileState.ERASED, None)
        files = list((app.extensions["config"].storage_dir).glob("??/*"))
        assert len(files) == 1, "the original's bytes are off the disk"
    gone = agent.get(f"{page_of(case)}/{before.id}")
    assert "ファイルは残っていません" in gone.text
    assert agent.get(f"{page_of(case)}/{before.id}/1.jpg").status_code == 404


def test_what_must_not_have_come_is_destroyed_at_once(
    app: Flask, agent: FlaskClient, person: FlaskClient, case: Opened
) -> None:
    send_document(person, document="my-number")
    page = agent.get(f"{page_of(case)}/{only_document(app).id}")
    page = follow(agent, send(agent, form_in(page, "/destroy"), sure="yes"))
    assert "すべての控えを消去し" in page.text
    with app.app_context():
        assert list((app.extensions["config"].storage_dir).glob("??/*")) == []
    assert "消去したため" not in page.text
    assert "お預かりできない" in agent.get(f"/staff/tickets/{case.ref}").text


@pytest.mark.parametrize(("content", "name"), [(picture()[:200] + b"\0" * 99, "壊れた.jpg"), (pages(12), "長い.pdf")])
def test_what_cannot_be_shown_is_said(
    app: Flask, agent: FlaskClient, person: FlaskClient, case: Opened, content: bytes, name: str
) -> None:
    send_document(person, uploads=(BytesIO(content), name))
    page = agent.get(f"{page_of(case)}/{only_document(app).id}")
    if name == "長い.pdf":
        assert "11ページ目からは表示しません" in page.text
        wrong = send(agent, form_in(page, "/cover"), left_0="0", top_0="0", width_0="5", height_0="5")
        assert "もとのファイルは残っています" in wrong.text
        assert only_document(app).erased_at is None
    else:
        assert "このファイルは表示できません" in page.text
        assert "/1.jpg" not in page.text


def test_a_file_that_came_by_mail_becomes_a_document(app: Flask, agent: FlaskClient) -> None:
    with app.app_context(), Reader() as reader:
        done = arrive(reader, mail_bytes(files=[("card.jpg", picture())]), to=(DESK,))
        mail_id = row_of(done).id
        ticket = db.session.get_one(Ticket, row_of(done).ticket_id)
        ref = ticket.ref
    assert agent.get(f"/staff/mail/{mail_id}/original").status_code == 200
    form = form_in(agent.get(f"/staff/tickets/{ref}/identity"), "/identity")
    file_id = next(iter(only_file(app)))
    assert send(agent, form, file="", document="licence").status_code == 400
    page = follow(agent, send(agent, form, file=str(file_id), document="licence"))
    assert "運転免許証" in page.text
    assert agent.get(f"/staff/mail/{mail_id}/original").status_code == 404
    assert "ダウンロードできません" in agent.get(f"/staff/mail/{mail_id}").text
    page = agent.get(f"/staff/tickets/{ref}/identity/{only_document(app).id}")
    assert "メールサーバーに残る元のメール" in page.text


def only_file(app: Flask) -> list[int]:
    with app.app_context():
        return list(db.session.scalars(select(Attachment.id)))


def test_another_address_waits_for_a_second_person(app: Flask, agent: FlaskClient, case: Opened) -> None:
    page = f"/staff/tickets/{case.ref}"
    known = {"confirm_identity-basis": "known", "confirm_identity-text": "会員ページから届いた"}
    assert send(agent, form_in(agent.get(page), "/confirm_identity"), **known).status_code == 303
    words = {"change_address-email": "taro.new@example.jp", "change_address-text": "お電話で確認しました"}
    look = send(agent, form_in(agent.get(page), "/change_address"), **words, step="look")
    assert "ほかの方が承認してから変更します" in look.text
    done = follow(agent, send(agent, form_in(look, "/change_address"), step="send"))
    assert "承認されるまで、何も変わりません" in done.text
    assert "/approve_address" not in done.text
    assert "/refuse_address" in done.text
    with app.app_context():
        colleague = sign_in(app, add_staff(name="高橋 次郎"))
    asked = colleague.get(page)
    assert "taro.new@example.jp" in asked.text
    done = follow(colleague, send(colleague, form_in(asked, "/approve_address")))
    assert "新しい専用リンクを送信待ちにしました" in done.text
    assert "taro.new@example.jp" in done.text
    assert "confirm_identity-basis" in done.text, "to be confirmed anew"


def test_another_basis_needs_words(app: Flask, agent: FlaskClient, case: Opened) -> None:
    form = form_in(agent.get(f"/staff/tickets/{case.ref}"), "/confirm_identity")
    assert "足りないもの：本人" in send(agent, form, **{"confirm_identity-basis": "documents"}).text
    wrong = send(agent, form, **{"confirm_identity-basis": "account"})
    assert wrong.status_code == 400
    assert "確かめた内容を入力してください" in wrong.text
    fine = {"confirm_identity-basis": "account", "confirm_identity-text": "会員ページから届いた"}
    assert send(agent, form, **fine).status_code == 303
    page = agent.get(f"/staff/tickets/{case.ref}").text
    assert "confirm_identity-basis" not in page
    assert "会員ページから届いた" in page
