"""The main path without JavaScript: an agent reads, answers after a look, closes; the person's mail leaves."""

from flask import Flask
from sqlalchemy import select

from desk.accounts.permissions import Role
from desk.db import db
from desk.mail.models import OutboxMail
from desk.tickets.models import Message
from tests.cases import add_staff, fields_of, open_one, sign_in, ticket_of


def test_it_answers_after_a_look_and_closes(app: Flask) -> None:
    with app.app_context():
        agent = add_staff()
        opened = open_one()
    client = sign_in(app, agent)
    queue = client.get("/staff/")
    assert queue.status_code == 200
    assert "広告のメールを止めたのに" in queue.text
    path = f"/staff/tickets/{opened.ref}"
    page = client.get(path)
    assert page.status_code == 200, page.text
    assert "山田 太郎" in page.text
    fields = fields_of(page.text, f"{path}/answer") | {"answer-text": "配信を止めました。", "step": "look"}
    look = client.post(f"{path}/answer", data=fields)
    assert look.status_code == 200, look.text
    assert "まだ送信していません" in look.text
    assert "回答のお知らせ" in look.text
    sent = client.post(f"{path}/answer", data=fields_of(look.text, f"{path}/answer") | {"step": "send"})
    assert sent.status_code == 303, sent.text
    page = client.get(path)
    assert "回答しました" in page.text
    assert "配信を止めました。" in page.text
    fields = fields_of(page.text, f"{path}/close") | {"close-outcome": "K-OK", "close-text": "", "step": "look"}
    look = client.post(f"{path}/close", data=fields)
    assert look.status_code == 200, look.text
    done = client.post(f"{path}/close", data=fields_of(look.text, f"{path}/close") | {"step": "send"})
    assert done.status_code == 303, done.text
    with app.app_context():
        ticket = ticket_of(opened)
        assert (ticket.state, ticket.outcome) == ("closed", "K-OK")
        assert ticket.answered_at is not None
        kinds = sorted(db.session.scalars(select(OutboxMail.kind)))
        assert kinds == ["acknowledgement", "answer", "closing"]
        assert len(db.session.scalars(select(Message)).all()) == 2
    assert "該当する受付はありません" in client.get("/staff/").text
    assert opened.ref[:4] in client.get("/staff/?view=closed").text


def test_it_shows_an_auditor_the_case_without_acts(app: Flask) -> None:
    with app.app_context():
        auditor = add_staff(Role.AUDITOR)
        opened = open_one()
    client = sign_in(app, auditor)
    page = client.get(f"/staff/tickets/{opened.ref}")
    assert page.status_code == 200
    assert "山田 太郎" in page.text
    assert f'action="/staff/tickets/{opened.ref}/' not in page.text
    assert client.post(f"/staff/tickets/{opened.ref}/take", data={}).status_code in {400, 403}
