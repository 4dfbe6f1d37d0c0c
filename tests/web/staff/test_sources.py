"""Asking whoever looks after the data, and the answer: on the ticket's page, in the trail, and before a decision."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from desk import clock
from desk.accounts.permissions import Role
from desk.db import db
from desk.events.trail import staff_actor
from desk.handling import decisions, sources
from desk.handling.decisions import DutiesOpen
from desk.handling.intake import Opened
from desk.tickets.decisions import Decided, Item, Result
from desk.tickets.errors import NotAllowed
from desk.tickets.sources import Asked, SourceTask
from tests.cases import act, add_staff, fields_of, open_one, see_to_duties, sign_in

WHO, WHAT, FOUND = "情報システム部 中村", "会員番号 1234 で、4月以降のもの", "2件あった。写しを共有フォルダーに置いた"


@pytest.fixture
def opened(app: Flask) -> Opened:
    """A disclosure request."""
    with app.app_context():
        return open_one(kind="D33")


@pytest.fixture
def agent(app: Flask) -> FlaskClient:
    """Somebody at the desk."""
    with app.app_context():
        staff = add_staff()
    return sign_in(app, staff)


def press(client: FlaskClient, opened: Opened, name: str, **typed: str) -> tuple[int, str]:
    path = f"/staff/tickets/{opened.ref}"
    fields = fields_of(client.get(path).text, f"{path}/{name}") | {
        f"{name}-{key}": value for key, value in typed.items()
    }
    answer = client.post(f"{path}/{name}", data=fields, follow_redirects=True)
    return answer.status_code, answer.text


def ask(client: FlaskClient, opened: Opened, **typed: str) -> tuple[int, str]:
    on = f"{clock.today() + timedelta(days=3)}"
    return press(client, opened, "ask_source", **({"source": "mail", "of": WHO, "what": WHAT, "due_on": on} | typed))


def test_a_question_is_asked_and_answered(app: Flask, agent: FlaskClient, opened: Opened) -> None:
    status, page = ask(agent, opened)
    assert status == 200
    assert all(
        words in page
        for words in (
            "調査の依頼を記録しました",
            "メール：情報システム部 中村",
            "会員番号 1234",
            "調査を依頼しました（メール、",
        )
    )
    with app.app_context():
        row = db.session.scalars(select(SourceTask)).one()
        assert WHO.encode() not in row.sealed
        task = str(row.id)
    status, page = press(agent, opened, "answer_source", task=task, found="yes", text=FOUND)
    assert status == 200
    assert all(words in page for words in (FOUND, "に回答", "調査の結果を記録しました（メール、情報：あった）"))
    assert f'action="/staff/tickets/{opened.ref}/answer_source"' not in page


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"of": ""}, "依頼する相手を入力してください"),
        ({"of": "あ" * 501}, "500文字以内"),
        ({"what": ""}, "探す情報と条件を入力してください"),
        ({"due_on": "2020-01-01"}, "今日から1年以内の日付"),
        ({"due_on": "いつか"}, "今日から1年以内の日付"),
        ({"source": "moon"}, "いまは選べません"),
    ],
)
def test_it_says_what_is_wrong(
    app: Flask, agent: FlaskClient, opened: Opened, typed: dict[str, str], told: str
) -> None:
    status, page = ask(agent, opened, **typed)
    assert (status, told in page) == (400, True)
    with app.app_context():
        assert db.session.scalars(select(SourceTask)).all() == []


def test_the_same_is_asked_once_and_answered_once(app: Flask, opened: Opened) -> None:
    with app.app_context():
        who, on = staff_actor(add_staff()), clock.today()
        asked = Asked(WHO, WHAT)
        task = act(opened, sources.ask_source, "mail", asked, on, who, clock.now())
        act(opened, sources.ask_source, "logs", asked, on, who, clock.now())
        for source, day in (("mail", on), ("moon", on), ("billing", on - timedelta(days=1))):
            with pytest.raises(NotAllowed):
                act(opened, sources.ask_source, source, asked, day, who, clock.now())
        other = open_one(kind="D33")
        with pytest.raises(NotAllowed):
            act(other, sources.answer_source, task, FOUND, who, clock.now(), is_found=True)
        act(opened, sources.answer_source, task, FOUND, who, clock.now(), is_found=True)
        with pytest.raises(NotAllowed):
            act(opened, sources.answer_source, task, FOUND, who, clock.now(), is_found=True)
        act(opened, sources.ask_source, "mail", asked, on, who, clock.now())


def test_nothing_is_approved_while_somebody_is_still_looking(app: Flask, opened: Opened) -> None:
    with app.app_context():
        author, manager = add_staff(), add_staff(Role.MANAGER)
        now = clock.now()
        act(opened, see_to_duties, author)
        task = act(opened, sources.ask_source, "mail", Asked(WHO, WHAT), clock.today(), staff_actor(author), now)
        full = Decided("D-FULL", (Item("全部", Result.GRANTED),))
        draft = act(opened, decisions.draft_decision, full, staff_actor(author), now).id
        with pytest.raises(DutiesOpen) as told:
            act(opened, decisions.approve_decision, draft, "", staff_actor(manager), now)
        assert str(told.value) == "sources"
        act(opened, sources.answer_source, task, FOUND, staff_actor(author), now, is_found=False)
        act(opened, decisions.approve_decision, draft, "", staff_actor(manager), now)
