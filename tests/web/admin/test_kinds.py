"""A kind whose source is not the law itself is offered only once an administrator has written down who checked it."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from desk import clock
from desk.accounts.permissions import Role
from desk.company.models import Activation
from desk.db import db, new_id
from desk.events.kinds import EventKind
from desk.events.models import Event
from desk.events.trail import staff_actor
from desk.handling import casework, kinds
from desk.law.regimes import REGIME
from desk.tickets.errors import NotAllowed
from desk.tickets.models import Ticket
from desk.transaction import transaction
from tests.cases import act, add_staff, open_one
from tests.people import browser_of, hire
from tests.security.house import press

PATH = "/admin/settings/kinds"
CHECKED = {"checked_by": "顧問 花子", "checked_on": "2026-04-01", "source": "電気通信事業法27条の12"}


@pytest.fixture
def admin(app: Flask) -> FlaskClient:
    """An administrator at the browser."""
    return browser_of(app, hire(app, Role.ADMIN))


def form(code: str = "N-COOKIE", **changes: str) -> dict[str, str]:
    return {"activate": code} | {f"{code}-{name}": value for name, value in (CHECKED | changes).items()}


def offered(app: Flask) -> dict[str, bool]:
    """Return where the kind can be chosen: on the landing page, by address, and where staff recast."""
    client, agent = (
        app.test_client(),
        browser_of(app, hire(app, Role.AGENT, f"a{new_id()}@desk.example")),
    )
    with app.app_context():
        ref = open_one().ref
    return {
        "landing": "kind=N-COOKIE" in client.get("/").text,
        "address": 'name="kind" value="N-COOKIE"' in client.get("/requests/new?kind=N-COOKIE").text,
        "recast": '<option value="N-COOKIE"' in agent.get(f"/staff/tickets/{ref}").text.split('name="recast-kind"')[1],
    }


def decisions(app: Flask) -> list[tuple[str, bool, str, str | None]]:
    with app.app_context():
        rows = db.session.scalars(select(Activation).order_by(Activation.at, Activation.id))
        return [(row.kind, row.is_active, row.checked_by, row.source) for row in rows]


def test_it_offers_the_kind_from_the_moment_it_was_checked(app: Flask, admin: FlaskClient) -> None:
    assert set(offered(app).values()) == {False}
    page = admin.get(PATH)
    assert page.status_code == 200
    assert ("N-COOKIE" in page.text, "N-APPL" in page.text, "S357" in page.text) == (True, True, False)
    assert "C：二次的な資料によるものです。" in page.text
    assert press(admin, PATH, form()).location == PATH
    assert set(offered(app).values()) == {True}
    page = admin.get(PATH).text
    assert all(value in page for value in ("顧問 花子", "2026年4月1日（水）", "電気通信事業法27条の12"))
    assert press(admin, PATH, {"deactivate": "N-COOKIE"}).location == PATH
    assert set(offered(app).values()) == {False}
    assert decisions(app) == [
        ("N-COOKIE", True, "顧問 花子", "電気通信事業法27条の12"),
        ("N-COOKIE", False, "admin さん", None),
    ]
    with app.app_context():
        told = (EventKind.KIND_ACTIVATED, EventKind.KIND_DEACTIVATED)
        rows = db.session.scalars(select(Event).where(Event.kind.in_(told)).order_by(Event.id)).all()
        assert [(row.kind, row.facts) for row in rows] == [
            (kind, {"regime": REGIME, "kind": "N-COOKIE"}) for kind in told
        ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"checked_by": " "},
        {"source": ""},
        {"checked_on": ""},
        {"checked_on": "きのう"},
        {"checked_on": "2999-01-01"},
        {"source": "あ" * 501},
    ],
)
def test_it_wants_name_day_and_source(app: Flask, admin: FlaskClient, wrong: dict[str, str]) -> None:
    answer = press(admin, PATH, form(**wrong))
    assert answer.status_code == 400
    assert "入力内容を確認してください" in answer.text
    assert decisions(app) == []


@pytest.mark.parametrize("code", ["D33", "S357", "nonsense", ""])
def test_it_switches_only_what_needs_a_check(app: Flask, admin: FlaskClient, code: str) -> None:
    assert press(admin, PATH, form(code)).status_code == 400
    assert press(admin, PATH, {"deactivate": code}).status_code == 400
    assert decisions(app) == []


def test_the_verb_refuses_a_kind_that_is_offered_anyway(context: object, app: Flask) -> None:
    check = kinds.Check("顧問 花子", clock.today(), "条文")
    with pytest.raises(NotAllowed), transaction():
        kinds.activate(REGIME, "D33", check, actor=staff_actor(1), now=clock.now())


def test_a_ticket_takes_the_kind_only_while_it_is_active_and_then_keeps_it(app: Flask, admin: FlaskClient) -> None:
    with app.app_context():
        opened, who = open_one(), staff_actor(add_staff())
        with pytest.raises(NotAllowed):
            act(opened, casework.recast, "N-COOKIE", "Cookieの件", who, clock.now())
    press(admin, PATH, form())
    with app.app_context():
        act(opened, casework.recast, "N-COOKIE", "Cookieの件", who, clock.now())
    press(admin, PATH, {"deactivate": "N-COOKIE"})
    with app.app_context():
        assert db.session.get_one(Ticket, opened.ticket_id).kind == "N-COOKIE"


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("K40", "A：法令の条文で確認済みです。"),
        ("N-GEN", "I：当窓口で定めたものです。"),
        ("N-BREACH", "A/D：法令の条文で確認済みです。細部はまだ確認できていません。"),
        ("N-COOKIE", "C：二次的な資料によるものです。"),
    ],
)
def test_a_ticket_shows_how_sure_its_kind_is(app: Flask, kind: str, sentence: str) -> None:
    agent = browser_of(app, hire(app, Role.AGENT))
    with app.app_context():
        ref = open_one(kind=kind).ref
    assert sentence in agent.get(f"/staff/tickets/{ref}").text


def test_a_kind_under_the_law_of_another_country_is_switched_by_itself(app: Flask, admin: FlaskClient) -> None:
    page = admin.get(PATH).text
    assert all(law in page for law in ("GDPR（EU）", "UK GDPR（英国）", "CCPA", "個人情報保護法（韓国）"))
    assert press(admin, PATH, form("eu-gdpr-D33", source="GDPR Art. 12(3)")).location == PATH
    agent = browser_of(app, hire(app, Role.AGENT))
    with app.app_context():
        rows = db.session.execute(select(Activation.regime, Activation.kind, Activation.is_active)).all()
        assert rows == [("eu-gdpr", "D33", True)]
        mine, other = open_one(kind="D33").ref, open_one(kind="C34").ref
    assert '<option value="eu-gdpr"' in agent.get(f"/staff/tickets/{mine}").text
    assert '<option value="eu-gdpr"' not in agent.get(f"/staff/tickets/{other}").text
    assert press(admin, PATH, {"deactivate": "eu-gdpr-D33"}).location == PATH
    assert '<option value="eu-gdpr"' not in agent.get(f"/staff/tickets/{mine}").text
    assert press(admin, PATH, form("eu-gdpr-N-GEN")).status_code == 400
