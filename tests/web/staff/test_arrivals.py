"""Calls, letters and visits written down by staff: a new ticket counted from its arrival, or more on one that there is."""

import threading
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from desk import clock
from desk.accounts.permissions import Role
from desk.attachments.models import Attachment, FileState
from desk.clock import TOKYO
from desk.db import db
from desk.handling import casework
from desk.handling.casework import WaitRequest
from desk.handling.intake import Opened
from desk.law.waits import WaitReason
from desk.mail.models import MailKind, OutboxMail
from desk.tickets.models import Channel, Direction, Message, Ticket, Wait
from desk.tickets.states import State
from desk.transaction import transaction
from desk.vault.seal import new_token
from tests.cases import BASE_URL, act, add_staff, fields_of, open_one, sign_in, ticket_of

NEW = "/staff/tickets/new"
PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489")


@pytest.fixture
def agent(app: Flask) -> FlaskClient:
    """Somebody at the desk."""
    with app.app_context():
        staff = add_staff(name="佐藤 窓口")
    return sign_in(app, staff)


def day(ago: int) -> str:
    """Return a day so many days ago, as a field takes it."""
    return (clock.today() - timedelta(days=ago)).isoformat()


def asked(client: FlaskClient, **typed: Any) -> dict[str, Any]:
    """Return the new form rightly filled in for a letter of two days ago, or as `typed`."""
    return (
        fields_of(client.get(NEW).text, NEW)
        | {"channel": "letter", "arrived_on": day(2), "arrived_at": "", "posted_on": day(4), "tracking": "書留 123-45"}
        | {"kind": "D33", "population": "user", "language": "ja", "method": "paper", "acts": "self"}
        | {"body": "わたしの情報を見せてください。", "name": "高橋 一郎", "address": "東京都千代田区1-1"}
        | typed
    )


def last_ticket() -> Ticket:
    return db.session.scalars(select(Ticket).order_by(Ticket.id.desc()).limit(1)).one()


def test_a_letter_counts_from_its_delivery(app: Flask, agent: FlaskClient) -> None:
    answer = agent.post(NEW, data=asked(agent) | {"uploads": (BytesIO(PNG), "封筒.png")})
    assert answer.status_code == 303
    page = agent.get(answer.location).text
    assert all(
        words in page
        for words in (
            "高橋 一郎",
            "郵便 記録：佐藤 窓口",
            "書留 123-45",
            day(4),
            "封筒.png",
            "受付のお手紙を送ってください",
        )
    )
    with app.app_context():
        ticket = last_ticket()
        on = date.fromisoformat(day(2))
        assert (ticket.channel, ticket.received_on) == (Channel.LETTER, on)
        assert ticket.received_at == datetime.combine(on, time(), TOKYO)
        assert db.session.scalars(select(OutboxMail)).all() == []
        assert ticket.limit_on == open_like(ticket.received_at)
        message = db.session.scalars(select(Message).where(Message.ticket_id == ticket.id)).one()
        assert (message.direction, message.channel) == (Direction.IN, Channel.LETTER)
    printed = agent.post(
        f"{answer.location}/letter", data=fields_of(page, f"{answer.location}/letter"), follow_redirects=True
    )
    assert "高橋 一郎 様" in printed.text


def open_like(received_at: datetime) -> date | None:
    """Return the last day of the same request by form at the same moment."""
    return ticket_of(open_one(kind="D33", received_at=received_at)).limit_on


def test_a_call_is_acknowledged_by_mail_or_by_voice(app: Flask, agent: FlaskClient) -> None:
    now = clock.now().astimezone(TOKYO)
    call = {"channel": "phone", "arrived_on": day(0), "arrived_at": f"{now:%H:%M}", "kind": "K40", "posted_on": ""}
    by_mail = agent.post(NEW, data=asked(agent, **call, address="", email="ichiro@example.jp"))
    assert "受付のお知らせをメールで送ります" in agent.get(by_mail.location).text
    by_voice = agent.post(NEW, data=asked(agent, **call, address="", phone="03-1234-5678"))
    assert "お電話でお伝えください" in agent.get(by_voice.location).text
    with app.app_context():
        assert db.session.scalars(select(OutboxMail.kind)).all() == [MailKind.ACKNOWLEDGEMENT]
        assert last_ticket().channel == Channel.PHONE


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"arrived_on": ""}, "今日までの日付"),
        ({"arrived_on": "きのう"}, "今日までの日付"),
        ({"arrived_on": "2020-02-30"}, "今日までの日付"),
        ({"arrived_on": "2019-04-01"}, "1年以上前の日付です"),
        ({"arrived_at": "25:00"}, "時刻は 09:30 の形で"),
        ({"posted_on": "x"}, "今日までの日付"),
        ({"kind": ""}, "「種別」を選択してください"),
        ({"kind": "D99"}, "「種別」を選択してください"),
        ({"population": ""}, "「区分」を選択してください"),
        ({"body": ""}, "内容を入力してください"),
        ({"body": "あ" * 10_001}, "1万文字以内"),
        ({"name": ""}, "名乗られない場合は「匿名」"),
        ({"address": ""}, "メールアドレス、住所、電話番号のいずれか"),
        ({"email": "ichiro"}, "メールアドレスを確認してください"),
        ({"phone": "でんわ"}, "電話番号を確認してください"),
        ({"acts": "agent", "agent_name": ""}, "「代理人のお名前」を入力してください"),
        ({"company": "社" * 101}, "「会社名」の文字数が多すぎます"),
        ({"tracking": "1" * 201}, "200文字以内"),
    ],
)
def test_it_says_what_is_wrong_and_keeps_what_was_typed(
    app: Flask, agent: FlaskClient, typed: dict[str, str], told: str
) -> None:
    form = asked(agent, **({"reading": "たかはし いちろう"} | typed))
    answer = agent.post(NEW, data=form | {"uploads": (BytesIO(PNG), "封筒.png")})
    assert (answer.status_code, told in answer.text) == (400, True)
    assert "たかはし いちろう" in answer.text
    assert "封筒.png" in answer.text
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Ticket)) == 0


def test_nothing_arrives_in_the_future_or_before_it_was_posted(agent: FlaskClient) -> None:
    tomorrow = agent.post(NEW, data=asked(agent, arrived_on=day(-1)))
    assert (tomorrow.status_code, "今日までの日付" in tomorrow.text) == (400, True)
    late = agent.post(NEW, data=asked(agent, posted_on=day(1)))
    assert (late.status_code, "消印の日付が、届いた日より後です" in late.text) == (400, True)
    plain = agent.post(NEW, data=asked(agent, arrived_on=day(2).replace("-", ""), posted_on=day(1)))
    assert (plain.status_code, "消印の日付が、届いた日より後です" in plain.text) == (400, True)
    now = clock.now().astimezone(TOKYO)
    if now.time() < time(23, 58):  # later today there is a minute that has not been
        coming = agent.post(NEW, data=asked(agent, arrived_on=day(0), arrived_at="23:59"))
        assert (coming.status_code, "これから届く日時" in coming.text) == (400, True)


def test_a_form_sent_twice_opens_one_ticket(app: Flask, agent: FlaskClient) -> None:
    form = asked(agent)
    assert agent.post(NEW, data=form).location == agent.post(NEW, data=form).location
    assert agent.post(NEW, data=form | {"nonce": "short"}).status_code == 400
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Ticket)) == 1


def test_two_presses_at_once_open_one_ticket(app: Flask, agent: FlaskClient) -> None:
    form, gate, seen = asked(agent), threading.Barrier(2), []
    with app.app_context():
        clients = [sign_in(app, add_staff()) for _ in range(2)]
    token = [fields_of(client.get(NEW).text, NEW)["csrf_token"] for client in clients]

    def send(number: int) -> None:
        gate.wait(60)
        seen.append(clients[number].post(NEW, data=form | {"csrf_token": token[number]}))

    threads = [threading.Thread(target=send, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [answer.status_code for answer in seen] == [303, 303]
    assert len({answer.location for answer in seen}) == 1
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Ticket)) == 1


def test_who_only_reads_records_nothing(app: Flask) -> None:
    with app.app_context():
        opened = open_one()
        auditor = sign_in(app, add_staff(Role.AUDITOR))
    assert auditor.get(NEW).status_code == 403
    assert NEW not in auditor.get("/staff/").text
    assert "record_contact" not in auditor.get(f"/staff/tickets/{opened.ref}").text


def recorded(agent: FlaskClient, opened: Opened, **typed: Any) -> Any:
    """Fill in what was said on the telephone about a ticket, and send it."""
    path = f"/staff/tickets/{opened.ref}"
    fields = fields_of(agent.get(path).text, f"{path}/record_contact")
    said = {"channel": "visit", "arrived_on": day(0), "arrived_at": "", "text": "会員番号は 1234 だそうです"} | typed
    return agent.post(
        f"{path}/record_contact", data=fields | {f"record_contact-{name}": value for name, value in said.items()}
    )


def test_a_call_about_a_ticket_ends_its_wait_when_it_came(app: Flask, agent: FlaskClient) -> None:
    with app.app_context():
        opened = open_one(received_at=clock.now() - timedelta(days=9))
        asked_for = WaitRequest(WaitReason.CORRECTION, "会員番号をお知らせください", new_token())
        before = clock.now() - timedelta(days=7)
        act(opened, casework.start_wait, asked_for, casework.DESK, before, BASE_URL)
    said = recorded(agent, opened, arrived_on=day(1), files=(BytesIO(PNG), "会員証.png"))
    assert said.status_code == 303
    page = agent.get(said.location).text
    assert all(words in page for words in ("会員番号は 1234 だそうです", "来訪 記録：佐藤 窓口", "会員証.png"))
    assert "ご本人からの連絡を記録しました（来訪、" in page
    with app.app_context():
        wait = db.session.scalars(select(Wait)).one()
        assert wait.ended_at == datetime.combine(date.fromisoformat(day(1)), time(), TOKYO)
        assert ticket_of(opened).state == State.TRIAGED
        assert db.session.scalars(select(Attachment.state)).all() == [FileState.STORED]


def test_a_wait_never_ends_before_it_began(app: Flask, agent: FlaskClient) -> None:
    with app.app_context():
        opened = open_one(received_at=clock.now() - timedelta(days=9))
        asked_for = WaitRequest(WaitReason.CORRECTION, "会員番号をお知らせください", new_token())
        act(opened, casework.start_wait, asked_for, casework.DESK, clock.now(), BASE_URL)
    assert recorded(agent, opened, arrived_on=day(3)).status_code == 303
    with app.app_context():
        wait = db.session.scalars(select(Wait)).one()
        assert wait.ended_at == wait.started_at
    assert "日付の根拠" in agent.get(f"/staff/tickets/{opened.ref}").text


def test_what_is_said_after_the_end_reopens(app: Flask, agent: FlaskClient) -> None:
    with app.app_context():
        opened = open_one()
    path = f"/staff/tickets/{opened.ref}"
    closing = fields_of(agent.get(path).text, f"{path}/close") | {"close-outcome": "K-OK", "step": "send"}
    assert agent.post(f"{path}/close", data=closing).status_code == 303
    assert recorded(agent, opened).status_code == 303
    with app.app_context():
        assert ticket_of(opened).state == State.REOPENED


def test_its_file_and_words_survive_a_mistake_and_a_second_press(app: Flask, agent: FlaskClient) -> None:
    with app.app_context():
        opened = open_one()
    wrong = recorded(agent, opened, arrived_at="9時", files=(BytesIO(PNG), "会員証.png"))
    assert wrong.status_code == 400
    assert all(words in wrong.text for words in ("時刻は 09:30 の形で", "会員番号は 1234 だそうです", "会員証.png"))
    path = f"/staff/tickets/{opened.ref}/record_contact"
    right = fields_of(wrong.text, path) | {
        "record_contact-channel": "phone",
        "record_contact-arrived_on": day(0),
        "record_contact-arrived_at": "",
    }
    assert agent.post(path, data=right).status_code == 303
    assert agent.post(path, data=right).status_code == 303
    with app.app_context(), transaction():
        said = select(func.count()).select_from(Message).where(Message.channel == Channel.PHONE)
        assert db.session.scalar(said) == 1
        assert db.session.scalar(select(func.count()).select_from(Attachment)) == 1
