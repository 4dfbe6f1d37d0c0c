"""A fee that arrives: written down once, with a receipt for the person, and the work goes on."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from desk import clock
from desk.company.models import Procedure
from desk.db import db
from desk.events.kinds import EventKind
from desk.events.models import Event
from desk.events.trail import staff_actor
from desk.handling import casework
from desk.handling.casework import WaitRequest
from desk.handling.fees import Paid, Way, receive_fee
from desk.handling.intake import Opened
from desk.law.waits import WaitReason
from desk.mail.models import MailKind, OutboxMail
from desk.reporting.inspection import inspect_year
from desk.tickets.errors import NotAllowed
from desk.tickets.states import State
from desk.transaction import transaction
from desk.vault.seal import new_token
from tests.cases import BASE_URL, act, add_staff, fields_of, open_one, sign_in, ticket_of


@pytest.fixture
def opened(app: Flask) -> Opened:
    """A disclosure request that waits for its fee since today."""
    with app.app_context():
        with transaction():
            db.session.execute(update(Procedure).values(fee_yen=1000))
        found = open_one(kind="D33", received_at=clock.now() - timedelta(days=2))
        asked = WaitRequest(WaitReason.FEE, "手数料をお支払いください", new_token())
        act(found, casework.start_wait, asked, staff_actor(add_staff()), clock.now(), BASE_URL)
        return found


@pytest.fixture
def agent(app: Flask) -> FlaskClient:
    """Somebody at the desk."""
    with app.app_context():
        staff = add_staff()
    return sign_in(app, staff)


def form(client: FlaskClient, opened: Opened, **typed: str) -> tuple[str, dict[str, str]]:
    path = f"/staff/tickets/{opened.ref}"
    fields = fields_of(client.get(path).text, f"{path}/receive_fee") | {"receive_fee-way": "bank"}
    return f"{path}/receive_fee", fields | {f"receive_fee-{name}": value for name, value in typed.items()}


def test_a_fee_is_received_once_and_the_person_is_told(app: Flask, agent: FlaskClient, opened: Opened) -> None:
    path, fields = form(agent, opened)
    assert (fields["receive_fee-yen"], fields["receive_fee-paid_on"]) == ("1000", f"{clock.today()}")
    assert agent.post(path, data=fields).status_code == 303
    page = agent.post(path, data=fields, follow_redirects=True).text
    assert "の手数料1,000円（税込）を、" in page
    assert "手数料を受け取りました（1000円、銀行振込、" in page
    assert path not in page
    with app.app_context():
        assert ticket_of(opened).state == State.TRIAGED
        events = db.session.scalars(select(Event).where(Event.kind == EventKind.FEE_PAID)).all()
        assert [event.facts["yen"] for event in events] == [1000]
        kinds = db.session.scalars(select(OutboxMail.kind)).all()
        assert kinds.count(MailKind.ANSWER) == 1
        figures = inspect_year(clock.today() - timedelta(days=30), clock.today(), clock.now())
        assert figures["fees"] == {"paid": 1, "yen": 1000}


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"yen": ""}, "金額は数字で"),
        ({"yen": "千円"}, "金額は数字で"),
        ({"yen": "0"}, "金額は数字で"),
        ({"yen": "1000001"}, "金額は数字で"),
        ({"paid_on": ""}, "今日までの日付"),
        ({"paid_on": "2019-04-01"}, "受付の日より前の日付です"),
        ({"paid_on": "2199-01-01"}, "今日までの日付"),
        ({"way": "shells"}, "いまは選べません"),
    ],
)
def test_it_says_what_is_wrong(
    app: Flask, agent: FlaskClient, opened: Opened, typed: dict[str, str], told: str
) -> None:
    path, fields = form(agent, opened, **typed)
    answer = agent.post(path, data=fields)
    assert (answer.status_code, told in answer.text) == (400, True)
    with app.app_context():
        assert ticket_of(opened).state == State.FEE_WAIT


def test_a_fee_is_taken_where_one_was_asked_for(app: Flask, agent: FlaskClient, opened: Opened) -> None:
    path, fields = form(agent, opened)
    ticket = path.removesuffix("/receive_fee")
    assert agent.post(f"{ticket}/resume", data=fields_of(agent.get(ticket).text, f"{ticket}/resume")).status_code == 303
    assert agent.post(path, data=fields).status_code == 409  # somebody went on first
    path, fields = form(agent, opened)  # a fee that was asked for may still arrive
    assert agent.post(path, data=fields).status_code == 303
    assert path not in agent.get(ticket).text
    with app.app_context():
        other = open_one(kind="D33")
    assert "receive_fee" not in agent.get(f"/staff/tickets/{other.ref}").text
    with app.app_context():
        paid, who = Paid(1000, Way.BANK, clock.today(), "領収しました", new_token()), staff_actor(add_staff())
        with pytest.raises(NotAllowed):
            act(other, receive_fee, paid, who, clock.now(), BASE_URL)
