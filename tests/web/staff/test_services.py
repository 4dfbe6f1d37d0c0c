"""The services outside: named by the policy or by hand, kept by managers, looked into again in time."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from desk import clock, jobs
from desk.accounts.permissions import Role
from desk.db import db
from desk.events.alerts import list_open_alerts, list_open_objects
from desk.events.trail import DESK
from desk.handling.policies import adopt_policy, import_policy
from desk.handling.services import REVIEW_ALERT
from desk.policy.models import OutsideService
from desk.policy.register import list_checks
from desk.tickets.models import Ticket
from desk.transaction import transaction
from tests.cases import open_one
from tests.moment import travel_to
from tests.people import browser_of, hire
from tests.security.house import press

SAMPLE = (Path(__file__).parents[3] / "desk" / "develop" / "sample_policy.ja.md").read_bytes()
HOST = {
    "name": "見本サーバー",
    "relation": "委託",
    "does": "データベースの保管",
    "country": "日本",
    "vetted_on": "2026-04-01",
    "is_used": "y",
}


@pytest.fixture
def manager(app: Flask) -> FlaskClient:
    """A manager at the browser."""
    return browser_of(app, hire(app, Role.MANAGER))


def rows(app: Flask) -> dict[str, OutsideService]:
    """Return the services by name."""
    with app.app_context():
        return {row.name: row for row in db.session.scalars(select(OutsideService))}


def test_those_that_the_policy_names_are_there_by_themselves(app: Flask, manager: FlaskClient) -> None:
    press(manager, "/staff/register/services/new", HOST | {"name": "Cloudflare", "does": "もう知っている"})
    with app.app_context(), transaction():
        row, _is_new = import_policy(SAMPLE, actor=DESK, now=clock.now())
        db.session.flush()
        adopt_policy(row, date(2024, 4, 1), version=1, actor=DESK, now=clock.now())
    found = rows(app)
    assert {name: (row.relation, row.does) for name, row in found.items()} == {
        "Cloudflare": ("委託", "もう知っている"),
        "Google Analytics": ("undecided", ""),
    }


def test_a_manager_keeps_them_and_an_agent_reads(app: Flask, manager: FlaskClient) -> None:
    assert press(manager, "/staff/register/services/new", HOST).status_code == 303
    number = rows(app)["見本サーバー"].id
    page = f"/staff/register/services/{number}"
    assert press(manager, page, HOST | {"version": "1", "relation": "外部送信"}).status_code == 303
    agent = browser_of(app, hire(app, Role.AGENT))
    shown = agent.get(page).text
    for words in ("外部送信", "データベースの保管", "2026年4月1日（水）"):
        assert words in shown, words
    assert "記録を保存する" not in shown
    assert "見本サーバー" in agent.get("/staff/register").text
    assert press(agent, page, HOST | {"version": "2"}).status_code == 403
    assert agent.get("/staff/register/services/new").status_code == 403


def test_the_second_who_saves_sees_both(app: Flask, manager: FlaskClient) -> None:
    press(manager, "/staff/register/services/new", HOST)
    page = f"/staff/register/services/{rows(app)['見本サーバー'].id}"
    press(manager, page, HOST | {"version": "1", "country": "米国"})
    answer = press(manager, page, HOST | {"version": "1", "country": "独国"})
    assert answer.status_code == 409
    assert "米国" in answer.text
    assert "独国" in answer.text
    assert rows(app)["見本サーバー"].country == "米国"


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"name": "  "},
        {"name": "あ" * 101},
        {"relation": "友達"},
        {"vetted_on": "いつか"},
        {"review_on": "0001-01-01"},
        {"does": "あ" * 2001},
    ],
)
def test_what_cannot_be_is_refused(app: Flask, manager: FlaskClient, changes: dict[str, str]) -> None:
    answer = press(manager, "/staff/register/services/new", HOST | {"contract": "消えない言葉"} | changes)
    assert answer.status_code == 400
    assert "消えない言葉" in answer.text
    assert rows(app) == {}


def test_a_name_is_there_once(app: Flask, manager: FlaskClient) -> None:
    press(manager, "/staff/register/services/new", HOST)
    answer = press(manager, "/staff/register/services/new", HOST)
    assert (answer.status_code, "同じ名称のサービスがあります" in answer.text) == (400, True)
    assert len(rows(app)) == 1


def test_a_review_that_is_due_is_told_once_and_ends_when_it_was_done(app: Flask, manager: FlaskClient) -> None:
    due = clock.today() + timedelta(days=30)
    press(manager, "/staff/register/services/new", HOST | {"review_on": due.isoformat()})
    number = rows(app)["見本サーバー"].id

    def told(days: int) -> set[int]:
        with travel_to(clock.now() + timedelta(days=days)), app.app_context():
            jobs.register()
            jobs.register()
            assert len([one for one in list_open_alerts() if one.kind == REVIEW_ALERT]) <= 1
            return list_open_objects(REVIEW_ALERT)

    assert told(29) == set()
    assert told(30) == told(31) == {number}
    with travel_to(clock.now() + timedelta(days=31)):
        later = (clock.today() + timedelta(days=365)).isoformat()
        manager = browser_of(app, hire(app, Role.MANAGER, "other@desk.example"))
        assert "見直しの時期" in manager.get("/staff/register").text
        changed = HOST | {"version": "1", "review_on": later}
        assert press(manager, f"/staff/register/services/{number}", changed).status_code == 303
        with app.app_context():
            assert list_open_objects(REVIEW_ALERT) == set()


def test_a_look_at_its_settings_is_kept_and_the_next_is_due(app: Flask, manager: FlaskClient) -> None:
    today = clock.today()
    yesterday, before, next_year = (today + timedelta(days=days) for days in (-1, -40, 365))
    press(manager, "/staff/register/services/new", HOST | {"review_on": yesterday.isoformat()})
    number = rows(app)["見本サーバー"].id
    with app.app_context():
        jobs.register()
        assert list_open_objects(REVIEW_ALERT) == {number}
    page = f"/staff/register/services/{number}"
    for on, seen, again in ((yesterday, "広告の機能は\n無効", next_year.isoformat()), (before, "匿名化は有効", "")):
        looked = {"checked_on": on.isoformat(), "seen": seen, "again_on": again}
        assert press(manager, f"{page}/checks", looked).status_code == 303
    row = rows(app)["見本サーバー"]
    assert (row.review_on, row.version) == (next_year, 2)
    with app.app_context():
        assert list_open_objects(REVIEW_ALERT) == set()
        kept = [(check.checked_on, check.seen) for check in list_checks(number)]
    assert kept == [(yesterday, "広告の機能は\n無効"), (before, "匿名化は有効")]
    agent = browser_of(app, hire(app, Role.AGENT))
    assert "匿名化は有効" in agent.get(page).text
    assert "設定の確認を記録する" not in agent.get(page).text
    assert press(manager, page, HOST | {"version": "1"}).status_code == 409  # an old page does not take the day back


@pytest.mark.parametrize(
    "changes",
    [{"checked_on": ""}, {"checked_on": "tomorrow"}, {"seen": " "}, {"seen": "あ" * 2001}, {"again_on": "いつか"}],
)
def test_a_look_that_cannot_be_is_refused(app: Flask, manager: FlaskClient, changes: dict[str, str]) -> None:
    press(manager, "/staff/register/services/new", HOST)
    number = rows(app)["見本サーバー"].id
    days = {"today": clock.today(), "tomorrow": clock.today() + timedelta(days=1)}
    looked = {"checked_on": "today", "seen": "消えない言葉", "again_on": ""} | changes
    looked["checked_on"] = str(days.get(looked["checked_on"], ""))
    answer = press(manager, f"/staff/register/services/{number}/checks", looked)
    assert answer.status_code == 400
    assert "見本サーバー" in answer.text
    assert "seen" in changes or "消えない言葉" in answer.text
    with app.app_context():
        assert list_checks(number) == []


def test_a_ticket_knows_which_must_act_and_how_far_they_are(app: Flask, manager: FlaskClient) -> None:
    with app.app_context():
        opened = open_one(kind="S355")
    page = f"/staff/tickets/{opened.ref}"
    assert "外部のサービスの対応を記録する" not in manager.get(page).text  # none is known
    press(manager, "/staff/register/services/new", HOST)
    number = str(rows(app)["見本サーバー"].id)

    def involve(stage: str, service: str = number) -> int:
        with app.app_context():
            version = db.session.get_one(Ticket, opened.ticket_id).version
        data = {
            "involve-version": str(version),
            "involve-seen": "0",
            "involve-service": service,
            "involve-stage": stage,
        }
        return int(press(manager, f"{page}/involve", data).status_code)

    assert involve("needed") == 303
    assert "まだ伝えていません" in manager.get(page).text
    assert involve("told") == 303
    assert "に連絡、完了は未確認" in manager.get(page).text
    assert involve("confirmed") == involve("told") == 303
    shown = manager.get(page).text
    assert "に完了を確認" in shown
    assert "見本サーバー、完了を確認した" in shown
    assert involve("done") == involve("told", "1") == 400
    press(manager, f"/staff/register/services/{number}", HOST | {"version": "1", "is_used": ""})
    assert involve("told") == 400
