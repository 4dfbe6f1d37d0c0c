"""A use beyond the purposes is asked for, then allowed by a ground of the Act or refused; once, and by a manager."""

from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from desk import clock
from desk.accounts.permissions import Role
from desk.db import db
from desk.events.kinds import EventKind
from desk.events.models import Event
from desk.policy.uses import Ground, OtherUse
from desk.reporting.inspection import inspect_year
from tests.people import browser_of, hire
from tests.web.pages import form_in, send

PAGE = "/staff/register/uses"
ASKED = "退会者の住所を、リコールのお知らせに使いたい。"


@pytest.fixture
def people(app: Flask) -> tuple[FlaskClient, FlaskClient]:
    """An agent's and a manager's browser."""
    return browser_of(app, hire(app, Role.AGENT)), browser_of(app, hire(app, Role.MANAGER))


def ask(client: FlaskClient, what: str = ASKED) -> Any:
    return send(client, form_in(client.get(PAGE), PAGE), what=what)


def decide(client: FlaskClient, ground: str, reason: str = "事故を防ぐため。") -> Any:
    form = form_in(client.get(PAGE), f"{PAGE}/")
    prefix = next(name for name in form.fields if name.endswith("-reason")).removesuffix("reason")
    return send(client, form, **{f"{prefix}ground": ground, f"{prefix}reason": reason})


def decided(app: Flask) -> list[tuple[str | None, bool]]:
    """Return of each use by what it is allowed, and whether it was decided."""
    with app.app_context():
        rows = db.session.scalars(select(OtherUse).order_by(OtherUse.id))
        return [(row.ground, row.decided_at is not None) for row in rows]


def test_a_manager_allows_by_a_ground_or_refuses(app: Flask, people: tuple[FlaskClient, FlaskClient]) -> None:
    agent, manager = people
    assert ask(agent).status_code == 303
    assert f"{PAGE}/" not in agent.get(PAGE).text.replace(f'{PAGE}"', "")  # an agent decides nothing
    assert decide(manager, Ground.LIFE).status_code == 303
    assert ask(agent, "別の件").status_code == 303
    assert decide(manager, "refused", "同意をいただけるため。").status_code == 303
    assert decided(app) == [(Ground.LIFE, True), (None, True)]
    page = agent.get(PAGE).text
    for text in ("18条3項2号", "事故を防ぐため。", "agent さん", "manager さん", "認めない"):
        assert text in page
    with app.app_context():
        events = db.session.scalars(select(Event.facts).where(Event.kind == EventKind.USE_DECIDED).order_by(Event.id))
        assert [facts["ground"] for facts in events] == ["18-3-2", "-"]


def test_it_is_decided_once(app: Flask, people: tuple[FlaskClient, FlaskClient]) -> None:
    agent, manager = people
    ask(agent)
    form = form_in(manager.get(PAGE), f"{PAGE}/")
    prefix = next(name for name in form.fields if name.endswith("-reason")).removesuffix("reason")
    first, late = (
        send(manager, form, **{f"{prefix}ground": ground, f"{prefix}reason": reason})
        for ground, reason in ((Ground.LAW, "照会書があるため。"), ("refused", "後の判断。"))
    )
    assert (first.status_code, late.status_code) == (303, 409)
    assert "照会書があるため。" in late.text
    assert "後の判断。" in late.text
    assert decided(app) == [(Ground.LAW, True)]


@pytest.mark.parametrize(
    ("ground", "reason", "said"),
    [
        ("", "x", "判断を選んで"),
        ("18-9", "x", ""),
        ("refused", " ", "理由を入力"),
        ("refused", "長" * 2001, "2000文字以内"),
    ],
)
def test_a_decision_is_whole(
    app: Flask, people: tuple[FlaskClient, FlaskClient], ground: str, reason: str, said: str
) -> None:
    agent, manager = people
    ask(agent)
    answer = decide(manager, ground, reason)
    assert (answer.status_code, said in answer.text) == (400, True)
    assert decided(app) == [(None, False)]


@pytest.mark.parametrize("what", ["", " \n ", "長" * 2001])
def test_a_request_says_what_for(app: Flask, people: tuple[FlaskClient, FlaskClient], what: str) -> None:
    answer = ask(people[0], what)
    assert answer.status_code == 400
    assert decided(app) == []


def test_it_shows_them_a_page_at_a_time(people: tuple[FlaskClient, FlaskClient]) -> None:
    agent, _manager = people
    for number in range(31):
        ask(agent, f"申請{number:02}")
    page = agent.get(PAGE).text
    assert ("申請30" in page, "申請00" in page) == (True, False)
    following = page.split(f'href="{PAGE}?before=')[1].split('"')[0]
    assert "申請00" in agent.get(f"{PAGE}?before={following}").text


def test_the_inspection_counts_them(app: Flask, people: tuple[FlaskClient, FlaskClient]) -> None:
    agent, manager = people
    for ground in (Ground.LAW, "refused", None):
        ask(agent)
        if ground:
            decide(manager, ground)
    with app.app_context():
        year = clock.today().year
        found = inspect_year(date(year, 1, 1), date(year, 12, 31), clock.now())
    assert found["uses"] == {"allowed": 1, "refused": 1, "undecided": 1}
