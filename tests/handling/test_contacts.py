"""Another e-mail address: the old one opens nothing any more, what did not arrive is left behind, a new link leaves."""

import re
from email import message_from_bytes, policy

import pytest
from flask import Flask
from flask.ctx import AppContext
from flask.testing import FlaskClient
from sqlalchemy import delete, select, update

from desk import clock
from desk.addresses import BadAddress
from desk.db import db
from desk.events.alerts import list_open_alerts, open_alert
from desk.events.kinds import EventKind
from desk.events.models import Event
from desk.events.trail import DESK, PERSON, record
from desk.handling import contacts
from desk.handling.intake import Opened
from desk.handling.outgoing import addressee_of
from desk.mail import custody, sender
from desk.mail.fates import BOUNCED
from desk.mail.models import MailState, OutboxMail
from desk.tickets.address_requests import NewAddress
from desk.tickets.errors import NotAllowed
from desk.tickets.models import Party
from desk.tickets.states import State
from desk.transaction import transaction
from desk.vault.keys import DataKey, Purpose, keys_of
from tests.cases import BASE_URL, act, add_staff, open_one, sign_in, ticket_of
from tests.services.smtp import SmtpServer
from tests.web.pages import form_in, send

RIGHT = "taro.right@example.jp"


def change(opened: Opened, email: str = RIGHT) -> None:
    """Change the address of a ticket's person."""
    act(opened, contacts.change_address, NewAddress(email, "お電話で確認"), DESK, clock.now(), BASE_URL)


def mails_of(opened: Opened) -> list[OutboxMail]:
    """Return the ticket's mails in order."""
    db.session.rollback()
    of_ticket = select(OutboxMail).where(OutboxMail.ticket_id == opened.ticket_id).order_by(OutboxMail.id)
    return list(db.session.scalars(of_ticket.execution_options(populate_existing=True)))


def contact_of(opened: Opened) -> str:
    """Return where the desk writes to."""
    return addressee_of(opened.ticket_id, keys_of(opened.ticket_id)[Purpose.CASE]).contact.email


def links_in(received: bytes) -> list[str]:
    """Return the secrets of the links in a mail."""
    text = message_from_bytes(received, policy=policy.default).get_content()
    return re.findall(r"/s/([\w-]{43})", str(text))


def test_it_sends_a_new_link_and_ends_the_old_one(sending: AppContext, smtp_server: SmtpServer) -> None:
    opened = open_one()
    sender.drain()
    change(opened)
    sender.drain()
    first, second = smtp_server.received
    assert second.recipients == (RIGHT,)
    assert contact_of(opened) == RIGHT
    (old,), (new,) = links_in(first.content), links_in(second.content)
    browser = sending.app.test_client()
    assert browser.get(f"/s/{old}").status_code == 404
    assert browser.get(f"/s/{new}").status_code == 200


def test_what_did_not_arrive_is_left_behind(sending: AppContext, smtp_server: SmtpServer) -> None:
    opened = open_one()
    (mail,) = mails_of(opened)
    with transaction():
        db.session.execute(update(OutboxMail).where(OutboxMail.id == mail.id).values(state=MailState.BOUNCED))
        db.session.execute(update(Party).values(bounced_at=clock.now()))
        open_alert(BOUNCED, mail.id, clock.now(), opened.ticket_id)
    change(opened)
    assert list_open_alerts() == []
    assert db.session.scalars(select(Party.bounced_at)).all() == [None]
    bounced, _link = mails_of(opened)
    assert (bounced.state, bounced.sealed) == (MailState.BOUNCED, None)
    with pytest.raises(custody.CannotSend):
        custody.retry(bounced.id, DESK, clock.now())
    db.session.rollback()
    sender.drain()
    assert [received.recipients for received in smtp_server.received] == [(RIGHT,)]


@pytest.mark.parametrize("state", [MailState.PENDING, MailState.RETRY, MailState.HELD])
def test_what_waits_for_the_old_address_never_leaves(
    sending: AppContext, smtp_server: SmtpServer, state: MailState
) -> None:
    opened = open_one()
    with transaction():
        db.session.execute(update(OutboxMail).values(state=state))
    change(opened)
    waited, _link = mails_of(opened)
    assert (waited.state, waited.last_code, waited.sealed) == (MailState.DEAD, custody.GIVEN_UP, None)
    sender.drain()
    assert [received.recipients for received in smtp_server.received] == [(RIGHT,)]
    kinds = db.session.scalars(select(Event.kind).where(Event.ticket_id == opened.ticket_id)).all()
    assert EventKind.MAIL_GIVEN_UP in kinds


def test_an_address_is_confirmed_anew(context: AppContext) -> None:
    opened = open_one()
    key = keys_of(opened.ticket_id)[Purpose.CASE]
    with transaction():
        record(EventKind.CODE_ACCEPTED, actor=PERSON, at=clock.now(), ticket_id=opened.ticket_id)
    assert addressee_of(opened.ticket_id, key).is_confirmed
    change(opened)
    assert not addressee_of(opened.ticket_id, key).is_confirmed
    with transaction():
        record(EventKind.CODE_ACCEPTED, actor=PERSON, at=clock.now(), ticket_id=opened.ticket_id)
    assert addressee_of(opened.ticket_id, key).is_confirmed


@pytest.mark.parametrize(
    ("state", "then"),
    [(State.VERIFIED, State.TRIAGED), (State.INVESTIGATING, State.INVESTIGATING), (State.CLOSED, State.CLOSED)],
)
def test_who_was_identified_is_checked_anew(context: AppContext, state: State, then: State) -> None:
    opened = open_one()
    with transaction():
        ticket_of(opened).state = state
    change(opened)
    assert ticket_of(opened).state == then


def test_it_refuses_the_same_address_and_what_is_none(context: AppContext) -> None:
    opened = open_one()
    with pytest.raises(NotAllowed):
        change(opened, "taro@example.jp")
    db.session.rollback()
    with pytest.raises(BadAddress):
        change(open_one(), "taro@example.jp\r\nBcc: x@example.jp")


@pytest.fixture
def agent(app: Flask) -> FlaskClient:
    """Somebody who works on tickets."""
    with app.app_context():
        return sign_in(app, add_staff())


@pytest.fixture
def opened(app: Flask) -> Opened:
    """A ticket."""
    with app.app_context():
        return open_one()


def test_an_agent_sees_what_leaves_before_it_does(app: Flask, agent: FlaskClient, opened: Opened) -> None:
    form = form_in(agent.get(f"/staff/tickets/{opened.ref}"), "/change_address")
    words = {"change_address-email": " ｔaro.right@example.jp ", "change_address-text": "お電話で確認しました"}
    preview = send(agent, form, step="look", **words)
    assert preview.status_code == 200
    assert RIGHT in preview.text
    assert "これまでの専用リンクと確認コードは使えなくなります" in preview.text
    with app.app_context():
        assert contact_of(opened) == "taro@example.jp"
    assert send(agent, form_in(preview, "/change_address"), step="send").status_code == 303
    with app.app_context():
        assert contact_of(opened) == RIGHT
    page = agent.get(f"/staff/tickets/{opened.ref}").text
    assert "連絡先のメールアドレスを変更しました" in page
    assert "お電話で確認しました" in page


@pytest.mark.parametrize(
    ("email", "said"),
    [
        ("", "メールアドレスを入力してください"),
        ("taro", "メールアドレスを確認してください"),
        ("taro@example.jp", "いまのアドレスと同じです"),
    ],
)
def test_it_says_what_is_wrong_with_an_address(agent: FlaskClient, opened: Opened, email: str, said: str) -> None:
    form = form_in(agent.get(f"/staff/tickets/{opened.ref}"), "/change_address")
    answer = send(
        agent, form, step="look", **{"change_address-email": email, "change_address-text": "お電話で確認しました"}
    )
    assert answer.status_code == 400
    assert said in answer.text
    assert "お電話で確認しました" in answer.text


def test_the_second_of_two_sees_both_versions(app: Flask, agent: FlaskClient, opened: Opened) -> None:
    form = form_in(agent.get(f"/staff/tickets/{opened.ref}"), "/change_address")
    with app.app_context():
        change(opened, "somebody.else@example.jp")
        assert ticket_of(opened).version > 1
    late = send(agent, form, step="look", **{"change_address-email": RIGHT, "change_address-text": "お電話で確認"})
    assert late.status_code == 409
    assert RIGHT in late.text
    again = send(agent, form_in(late, "/change_address"), step="look")
    assert again.status_code == 200
    assert send(agent, form_in(again, "/change_address"), step="send").status_code == 303
    with app.app_context():
        assert contact_of(opened) == RIGHT


def test_it_says_so_when_the_contact_was_erased(app: Flask, agent: FlaskClient, opened: Opened) -> None:
    form = form_in(agent.get(f"/staff/tickets/{opened.ref}"), "/change_address")
    with app.app_context(), transaction():
        of_case = (DataKey.ticket_id == opened.ticket_id, DataKey.purpose == Purpose.CASE)
        db.session.execute(delete(DataKey).where(*of_case))
    late = send(agent, form, step="look", **{"change_address-email": RIGHT, "change_address-text": "お電話で確認"})
    assert late.status_code == 409
    assert RIGHT in late.text
