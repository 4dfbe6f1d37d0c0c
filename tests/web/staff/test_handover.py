"""Files handed to a person: until a day, a few times, stopped and given again by staff; each fetch in the trail."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from desk import clock
from desk.accounts.permissions import Role
from desk.attachments.models import MOST_FETCHES, Attachment
from desk.db import db
from desk.events.kinds import EventKind
from desk.events.models import Event
from desk.handling.handover import take_fetch
from desk.handling.intake import Opened
from desk.transaction import transaction
from tests.cases import add_staff, fields_of, sign_in
from tests.moment import Traveller
from tests.web.public.people import enter, give_code, open_case


@pytest.fixture
def agent(app: Flask) -> FlaskClient:
    """Somebody at the desk."""
    with app.app_context():
        staff = add_staff()
    return sign_in(app, staff)


@pytest.fixture
def case(app: Flask, agent: FlaskClient) -> Opened:
    """A case that was answered with a file."""
    opened = open_case(app)
    path = f"/staff/tickets/{opened.ref}"
    fields = fields_of(agent.get(path).text, f"{path}/answer") | {"answer-text": "お渡しします。", "step": "send"}
    sent = agent.post(f"{path}/answer", data=fields | {"answer-files": (BytesIO("回答の中身".encode()), "回答書.txt")})
    assert sent.status_code == 303
    return opened


def place(app: Flask) -> str:
    with app.app_context():
        return f"/s/files/{db.session.scalars(select(Attachment.id)).one()}"


def wish(client: FlaskClient, case: Opened, wanted: str) -> int:
    """Press one of the buttons under the message with the file."""
    path = f"/staff/tickets/{case.ref}"
    page = client.get(path).text
    action = re.search(r'action="([^"]+/hand_over)"', page)
    assert action is not None
    data = {"csrf_token": fields_of(page, action[1])["csrf_token"], "wish": wanted}
    return client.post(action[1], data=data).status_code


def test_a_file_can_be_fetched_until_its_last_day(
    app: Flask, client: FlaskClient, agent: FlaskClient, case: Opened, moment: Traveller
) -> None:
    enter(client, case.token)
    last = clock.today() + timedelta(days=30)
    page = give_code(app, client).text
    assert "まで受け取れます" in page
    assert client.get(place(app)).data == "回答の中身".encode()
    with app.app_context():
        fetched = select(func.count()).select_from(Event).where(Event.kind == EventKind.FILE_OPENED)
        assert db.session.scalar(fetched) == 1
        assert db.session.scalars(select(Attachment.released_until)).one() == last
    assert "受け取り1回" in agent.get(f"/staff/tickets/{case.ref}").text
    with app.app_context(), transaction():
        db.session.execute(update(Attachment).values(released_until=clock.today() - timedelta(days=1)))
    assert client.get(place(app)).status_code == 404
    page = client.get("/s").text
    assert "いまは受け取れません" in page
    assert place(app) not in page


def test_staff_stop_and_give_again(app: Flask, client: FlaskClient, agent: FlaskClient, case: Opened) -> None:
    enter(client, case.token)
    give_code(app, client)
    assert wish(agent, case, "stop") == 303
    assert client.get(place(app)).status_code == 404
    page = agent.get(f"/staff/tickets/{case.ref}").text
    assert "ご本人は受け取れません" in page
    assert "ファイルの受け渡しを止めました" in page
    assert wish(agent, case, "stop") == 404
    assert wish(agent, case, "give") == 303
    assert client.get(place(app)).status_code == 200
    assert "ファイルをもう一度渡しました（" in agent.get(f"/staff/tickets/{case.ref}").text
    assert wish(agent, case, "shred") == 400


def test_it_is_fetched_so_often_and_no_more(app: Flask, client: FlaskClient, agent: FlaskClient, case: Opened) -> None:
    enter(client, case.token)
    give_code(app, client)
    with app.app_context():
        number = db.session.scalars(select(Attachment.id)).one()
        for _turn in range(MOST_FETCHES):
            with transaction():
                assert take_fetch(number)
        with transaction():
            assert not take_fetch(number)
    assert client.get(place(app)).status_code == 404
    assert wish(agent, case, "give") == 303
    assert client.get(place(app)).status_code == 200


def test_who_only_reads_hands_nothing_over(app: Flask, case: Opened) -> None:
    with app.app_context():
        auditor = sign_in(app, add_staff(Role.AUDITOR))
    assert "hand_over" not in auditor.get(f"/staff/tickets/{case.ref}").text
