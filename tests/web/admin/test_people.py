"""Staff as an administrator runs them: the list, another role, out and in again; whoever is touched is out at once."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from desk import clock
from desk.accounts.models import StaffSession, TokenPurpose
from desk.accounts.permissions import Role
from desk.accounts.tokens import find_token_staff, issue_token
from desk.db import db, new_id
from desk.events.kinds import EventKind
from desk.events.models import Event
from desk.transaction import transaction
from tests.people import PASSWORD, browser_of, hire, person, try_sign_in
from tests.web.pages import form_in, send


@pytest.fixture
def admin(app: Flask) -> FlaskClient:
    """An administrator's browser."""
    return browser_of(app, hire(app, Role.ADMIN))


@pytest.fixture
def agent(app: Flask) -> int:
    """A member of staff to be touched."""
    return hire(app, Role.AGENT, "hanako@desk.example")


def press(admin: FlaskClient, staff_id: int, act: str, **changed: str) -> TestResponse:
    """Press a button on the page of a member of staff."""
    return send(admin, form_in(admin.get(f"/admin/staff/{staff_id}"), f"/{act}"), **changed)


def sessions(app: Flask, staff_id: int) -> int:
    with app.app_context():
        return len(db.session.scalars(select(StaffSession.id).where(StaffSession.staff_id == staff_id)).all())


def trail(app: Flask, staff_id: int) -> list[str]:
    """Return what the trail says was done to somebody, oldest first."""
    with app.app_context():
        events = db.session.scalars(select(Event).order_by(Event.id))
        return [event.kind for event in events if str(event.facts.get("staff")) == str(staff_id)]


def test_the_list_says_who_is_here_and_how(app: Flask, admin: FlaskClient, agent: int) -> None:
    hire(app, Role.MANAGER, one_time=True)
    gone = hire(app, Role.AUDITOR)
    press(admin, gone, "deactivate")
    form = form_in(admin.get("/admin/staff/invite"), "/invite")
    send(admin, form, email="new@desk.example", name="新人 さん", role="agent", language="ja")
    rows = re.findall(r"<tr class=\"govuk-table__row\">(.*?)</tr>", admin.get("/admin/staff").text, re.DOTALL)
    said = [re.sub(r"<[^>]+>|\s+", " ", row) for row in rows[1:]]
    found = {next(word for word in row.split() if "@" in word): row for row in said}
    for email, words in {
        "admin@desk.example": ("システム管理者", "有効"),
        "hanako@desk.example": ("担当者", "有効"),
        "manager@desk.example": ("初回ログイン待ち",),
        "auditor@desk.example": ("無効",),
        "new@desk.example": ("新人 さん", "招待中"),
    }.items():
        assert [word for word in words if word not in found[email]] == [], found[email]
    assert len(found) == 5


def test_another_role_ends_every_session_and_takes_the_old_rights(app: Flask, admin: FlaskClient, agent: int) -> None:
    browsers = [browser_of(app, agent) for _ in range(3)]
    assert all(browser.get("/staff/").status_code == 200 for browser in browsers)
    assert press(admin, agent, "role", role="admin").status_code == 303
    assert sessions(app, agent) == 0
    assert all(browser.get("/staff/").location.startswith("/sign-in") for browser in browsers)
    again = app.test_client()
    assert try_sign_in(again, "hanako@desk.example", PASSWORD)[0] == 303
    assert again.get("/staff/").status_code == 403
    assert again.get("/admin/").status_code == 200
    assert trail(app, agent)[-1] == EventKind.ROLE_CHANGED


def test_the_same_role_again_ends_nothing(app: Flask, admin: FlaskClient, agent: int) -> None:
    browser = browser_of(app, agent)
    assert press(admin, agent, "role", role="agent").status_code == 303
    assert browser.get("/staff/").status_code == 200
    assert EventKind.ROLE_CHANGED not in trail(app, agent)


@pytest.mark.parametrize("role", ["", "king", "ADMIN"])
def test_a_role_that_is_none_changes_nothing(app: Flask, admin: FlaskClient, agent: int, role: str) -> None:
    assert press(admin, agent, "role", role=role).status_code == 400
    assert person(app, agent).role == Role.AGENT


def test_who_is_deactivated_is_out_at_once_and_every_way_in_is_shut(app: Flask, admin: FlaskClient, agent: int) -> None:
    browser = browser_of(app, agent)
    with app.app_context(), transaction():
        token = issue_token(agent, TokenPurpose.RESET, clock.now())
    assert press(admin, agent, "deactivate").status_code == 303
    assert sessions(app, agent) == 0
    assert browser.get("/staff/").location.startswith("/sign-in")
    assert try_sign_in(app.test_client(), "hanako@desk.example", PASSWORD)[0] == 400
    assert app.test_client().get(f"/reset/{token}").status_code == 404
    assert press(admin, agent, "reactivate").status_code == 303
    assert browser.get("/staff/").location.startswith("/sign-in")  # the old session does not come back
    with app.app_context():
        assert find_token_staff(token, TokenPurpose.RESET, clock.now()) is None
    assert try_sign_in(app.test_client(), "hanako@desk.example", PASSWORD)[0] == 303
    assert trail(app, agent)[-2:] == [EventKind.STAFF_DEACTIVATED, EventKind.STAFF_REACTIVATED]


@pytest.mark.parametrize("act", ["deactivate", "role"])
def test_the_last_administrator_stays(app: Flask, admin: FlaskClient, act: str) -> None:
    me = int(re.findall(r"/admin/staff/(\d+)", admin.get("/admin/staff").text)[0])
    changed = {"role": "agent"} if act == "role" else {}
    assert press(admin, me, act, **changed).status_code == 303
    assert "最後のシステム管理者" in admin.get(f"/admin/staff/{me}").text
    assert (person(app, me).role, person(app, me).is_active) == (Role.ADMIN, True)
    hire(app, Role.ADMIN, "second@desk.example")
    assert press(admin, me, act, **changed).status_code == 303
    assert admin.get("/admin/").location.startswith("/sign-in")


@pytest.mark.parametrize("act", ["deactivate", "role"])
def test_of_two_administrators_the_second_sees_what_the_first_did(
    app: Flask, admin: FlaskClient, agent: int, act: str
) -> None:
    stale = form_in(admin.get(f"/admin/staff/{agent}"), f"/{act}")
    assert press(admin, agent, "role", role="auditor").status_code == 303
    late = send(admin, stale, **({"role": "admin"} if act == "role" else {}))
    assert late.status_code == 409
    assert "ほかの管理者が先に変更しました" in late.text
    assert (person(app, agent).role, person(app, agent).is_active) == (Role.AUDITOR, True)


def test_nobody_of_that_number_is_not_found(admin: FlaskClient) -> None:
    token = form_in(admin.get("/admin/staff/invite"), "/invite").fields["csrf_token"]
    for act in ("role", "deactivate", "reactivate", "link"):
        data = {"csrf_token": token, "version": "1", "role": "agent"}
        assert admin.post(f"/admin/staff/{new_id()}/{act}", data=data).status_code == 404
