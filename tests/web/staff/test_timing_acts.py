"""From the ticket's page: another law, and telling the person that the answer takes longer, after a look."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from desk import clock
from desk.db import db
from desk.events.trail import DESK
from desk.handling.intake import Opened
from desk.handling.kinds import Check, activate
from desk.mail.models import MailKind, OutboxMail
from desk.transaction import transaction
from tests.cases import add_staff, fields_of, open_one, sign_in, ticket_of


@pytest.fixture
def opened(app: Flask) -> Opened:
    """A disclosure request, and one more law that has been checked for it."""
    with app.app_context():
        with transaction():
            check = Check("顧問 花子", clock.today(), "GDPR Art. 12(3)")
            activate("eu-gdpr", "D33", check, actor=DESK, now=clock.now())
        return open_one(kind="D33")


@pytest.fixture
def agent(app: Flask) -> FlaskClient:
    """Somebody at the desk."""
    with app.app_context():
        staff = add_staff()
    return sign_in(app, staff)


def test_a_ticket_comes_under_another_law(app: Flask, agent: FlaskClient, opened: Opened) -> None:
    path = f"/staff/tickets/{opened.ref}"
    fields = fields_of(agent.get(path).text, f"{path}/choose_law")
    empty = agent.post(f"{path}/choose_law", data=fields | {"choose_law-law": "eu-gdpr", "choose_law-text": ""})
    assert (empty.status_code, "変更する理由を入力してください" in empty.text) == (400, True)
    wrong = fields | {"choose_law-law": "kr-pipa", "choose_law-text": "韓国にお住まい"}
    assert agent.post(f"{path}/choose_law", data=wrong).status_code == 400
    right = fields | {"choose_law-law": "eu-gdpr", "choose_law-text": "EUにお住まい"}
    assert agent.post(f"{path}/choose_law", data=right).status_code == 303
    page = agent.get(path).text
    assert "GDPR（EU）" in page
    assert "適用する法令を変更しました（個人情報保護法（日本） → GDPR（EU））" in page
    assert "GDPR15条・20条" in page
    late = agent.post(f"{path}/choose_law", data=right)
    assert late.status_code == 409


def test_a_delay_is_looked_at_and_told(app: Flask, agent: FlaskClient, opened: Opened) -> None:
    path, day = f"/staff/tickets/{opened.ref}", clock.today() + timedelta(days=20)
    fields = fields_of(agent.get(path).text, f"{path}/tell_delay")
    typed = {
        "tell_delay-expected_on": day.isoformat(),
        "tell_delay-text": "保管先の資料を探しております。",
        "step": "look",
    }
    for wrong in ("", "きのう", f"{clock.today() - timedelta(days=1)}", f"{clock.today() + timedelta(days=500)}"):
        answer = agent.post(f"{path}/tell_delay", data=fields | typed | {"tell_delay-expected_on": wrong})
        assert (answer.status_code, "今日から1年以内の日付" in answer.text) == (400, True), wrong
        assert "保管先の資料を探しております。" in answer.text
    look = agent.post(f"{path}/tell_delay", data=fields | typed)
    assert look.status_code == 200
    assert all(
        words in look.text for words in ("まだ送信していません", "ご回答の時期について", "こちらの期限は動きません")
    )
    by_mail = look.text.split('id="by-mail"')[1].split("</section>")[0]
    assert "保管先の資料" not in by_mail  # what mail may carry: the date and the link
    assert f"{day.month}月{day.day}日" in by_mail
    edited = fields_of(look.text, f"{path}/tell_delay") | {"step": "edit"}
    assert day.isoformat() in agent.post(f"{path}/tell_delay", data=edited).text
    for _time in range(2):  # pressed twice it is told once
        sent = agent.post(f"{path}/tell_delay", data=fields_of(look.text, f"{path}/tell_delay") | {"step": "send"})
        assert sent.status_code == 303
    page = agent.get(path).text
    assert "お時間をいただくことをお伝えしました（回答の予定：" in page
    with app.app_context():
        mails = db.session.scalars(select(OutboxMail.kind).where(OutboxMail.kind == MailKind.DELAY)).all()
        assert len(mails) == 1
        assert ticket_of(opened).answered_at is not None
