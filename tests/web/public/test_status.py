"""The status page: what the link alone shows, what the code opens, and what can be sent by either."""

import io
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from desk import clock
from desk.attachments.models import Attachment
from desk.db import db
from desk.events.models import Event
from desk.events.trail import staff_actor
from desk.handling import casework
from desk.handling.access import make_letter_code
from desk.handling.casework import WaitRequest
from desk.law.waits import WaitReason
from desk.mail.models import MailKind
from desk.tickets.models import RANK_PERSON_WROTE, Message, Ticket
from desk.tickets.queries import hold
from desk.tickets.states import State
from desk.transaction import transaction
from desk.vault.keys import Purpose, keys_of
from desk.vault.seal import new_token
from tests.moment import travel_to
from tests.web.public.people import (
    BASE_URL,
    BODY,
    NAME,
    csrf_of,
    enter,
    field_of,
    give_code,
    mailed_code,
    mails,
    open_case,
    post,
    reply_to,
)

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


def state_of(app: Flask) -> State:
    with app.app_context():
        return State(db.session.scalars(select(Ticket.state)).one())


def events(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(Event.kind).order_by(Event.at, Event.id)))


def test_it_shows_where_the_case_stands(app: Flask, client: FlaskClient) -> None:
    page = enter(client, open_case(app).token)
    assert "お申し出は届いています" in page.text
    assert "ご回答の目安" in page.text
    assert 'aria-current="step"' in page.text
    assert BODY not in page.text


def test_it_speaks_english(app: Flask, client: FlaskClient) -> None:
    page = enter(client, open_case(app, language="en").token, "/en")
    assert '<html lang="en"' in page.text
    assert "Your request has arrived" in page.text


def test_it_keeps_the_page_of_the_other_language_open(app: Flask, client: FlaskClient) -> None:
    enter(client, open_case(app).token)
    assert client.get("/en/s").status_code == 200


def test_it_shows_the_conversation_to_who_gives_the_code(app: Flask, client: FlaskClient) -> None:
    enter(client, open_case(app).token)
    page = give_code(app, client)
    assert BODY in page.text
    assert events(app)[-3:] == ["link_used", "code_sent", "code_accepted"]


def test_it_takes_a_message_with_a_file_once(app: Flask, client: FlaskClient) -> None:
    page = enter(client, open_case(app).token)
    data = {"csrf_token": csrf_of(page), "nonce": field_of(page, "nonce"), "text": "会員番号は 42 です。"}
    for _time in range(2):
        sent = client.post("/s/messages", data=data | {"uploads": (io.BytesIO(PNG), "証拠.png")})
        assert sent.status_code == 303
    page = client.get("/s")
    assert "確かに届きました" in page.text
    assert "会員番号" not in page.text
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Message)) == 2
        assert db.session.scalar(select(func.count()).select_from(Attachment)) == 1
        assert db.session.scalars(select(Ticket.queue_rank)).one() == RANK_PERSON_WROTE
    page = give_code(app, client)
    assert "会員番号は 42 です。" in page.text
    assert "証拠.png" in page.text


def test_it_asks_for_something_to_send(app: Flask, client: FlaskClient) -> None:
    enter(client, open_case(app).token)
    empty = post(client, "/s/messages", nonce=new_token(), text=" ")
    assert empty.status_code == 422
    assert "メッセージを入力するか" in empty.text
    assert post(client, "/s/messages", nonce=new_token(), text="あ" * 10_001).status_code == 422
    assert post(client, "/s/messages", nonce=new_token(), text="a\0b").status_code == 422


def test_it_gives_the_message_back_when_the_page_was_too_old(app: Flask, client: FlaskClient) -> None:
    enter(client, open_case(app).token)
    answer = client.post("/s/messages", data={"csrf_token": "old", "nonce": new_token(), "text": "長い文章"})
    assert answer.status_code == 400
    assert "長い文章" in answer.text
    client.delete_cookie("link", path="/s")
    answer = post(client, "/s/messages", nonce=new_token(), text="長い文章")
    assert answer.status_code == 404
    assert "長い文章" in answer.text


def test_it_says_where_a_reply_is_to_be_read(app: Flask, client: FlaskClient) -> None:
    case = open_case(app)
    staff = reply_to(app, case, "配信を止めました。")
    page = enter(client, case.token)
    assert "担当者からのお返事が届いています" in page.text
    assert "確認コードを入力してください" in page.text
    for words in ("内容を確認しています", "していただくことはありません", "配信を止めました"):
        assert words not in page.text
    assert "「やりとり」でご覧いただけます" in give_code(app, client).text
    page = client.get("/en/s")
    assert "There is a reply from us." in page.text
    assert post(client, "/s/messages", nonce=new_token(), text="まだ届きます").status_code == 303
    page = client.get("/s")
    assert "担当者からのお返事" not in page.text
    assert "していただくことはありません" in page.text
    with app.app_context(), transaction():
        asked = WaitRequest(WaitReason.CORRECTION, "会員番号をお知らせください")
        casework.start_wait(hold(case.ticket_id), asked, staff_actor(staff), clock.now(), BASE_URL)
    assert "お願いした内容のご連絡をお待ちしています" in client.get("/s").text


def test_it_refuses_wrong_codes_and_counts_them(app: Flask, client: FlaskClient) -> None:
    enter(client, open_case(app).token)
    assert post(client, "/s/code").status_code == 303
    right = mailed_code(app)
    wrong = f"{(int(right) + 1) % 1_000_000:06}"
    for _time in range(5):
        assert post(client, "/s/code/check", code=wrong).status_code == 422
    assert post(client, "/s/code/check", code=right).status_code == 422  # five tries are used up
    assert events(app).count("code_refused") == 6


def test_it_takes_a_code_once_and_for_ten_minutes(app: Flask, client: FlaskClient) -> None:
    token, now = open_case(app).token, clock.now()
    with travel_to(now):
        enter(client, token)
        post(client, "/s/code")
        code = mailed_code(app)
        assert post(client, "/s/code/check", code=code).status_code == 303
        assert post(client, "/s/code/check", code=code).status_code == 422
        post(client, "/s/code")
        late = mailed_code(app)
    with travel_to(now + timedelta(minutes=11)):
        assert post(client, "/s/code/check", code=late).status_code == 422


def test_it_mails_five_codes_an_hour(app: Flask, client: FlaskClient) -> None:
    enter(client, open_case(app).token)
    assert [post(client, "/s/code").status_code for _time in range(6)] == [303] * 5 + [429]
    assert len(mails(app, MailKind.CODE)) == 5
    first = mails(app, MailKind.CODE)[0]
    assert NAME not in first


def test_it_takes_the_code_of_a_letter_again_and_again(app: Flask, client: FlaskClient) -> None:
    case = open_case(app, email="", address="東京都千代田区1-1")
    with app.app_context():
        key = keys_of(case.ticket_id)[Purpose.CASE]
        with transaction():
            code = make_letter_code(case.ticket_id, key, clock.now())
    page = enter(client, case.token)
    assert "郵送した書面" in page.text
    for _time in range(7):
        assert post(client, "/s/code/check", code=code).status_code == 303
    assert BODY in client.get("/s").text


def test_it_withdraws_after_asking(app: Flask, client: FlaskClient) -> None:
    enter(client, open_case(app).token)
    assert post(client, "/s/withdraw").status_code == 404  # the link alone is not enough
    give_code(app, client)
    assert "お申し出を取り下げますか" in client.get("/s/withdraw").text
    assert post(client, "/s/withdraw").status_code == 303
    assert state_of(app) is State.WITHDRAWN
    page = client.get("/s")
    assert "お取り下げを承り" in page.text
    post(client, "/s/withdraw")
    assert events(app).count("withdrawn") == 1


def test_it_closes_on_this_device(app: Flask, client: FlaskClient) -> None:
    enter(client, open_case(app).token)
    give_code(app, client)
    assert post(client, "/s/leave").status_code == 303
    assert client.get("/s").status_code == 404


def test_it_ends_after_half_an_hour(app: Flask, client: FlaskClient) -> None:
    token, now = open_case(app).token, clock.now()
    with travel_to(now):
        enter(client, token)
        assert BODY in give_code(app, client).text
    with travel_to(now + timedelta(minutes=31)):
        assert BODY not in client.get("/s").text
