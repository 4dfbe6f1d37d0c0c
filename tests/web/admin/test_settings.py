"""The settings page: whole numbers within their bounds and nothing else; two administrators never overwrite each other unseen."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from desk import clock
from desk.accounts.permissions import Role
from desk.company.models import Setting
from desk.company.settings import SETTINGS, BadSetting, Spec, get_setting, set_setting
from desk.db import db
from desk.events.kinds import EventKind
from desk.events.models import Event
from desk.transaction import transaction
from tests.people import browser_of, hire
from tests.web.pages import form_in, send

PAGE = "/admin/settings"
EVERY = pytest.mark.parametrize("spec", SETTINGS.values(), ids=SETTINGS)


@pytest.fixture
def admin(app: Flask) -> FlaskClient:
    """An administrator's browser."""
    return browser_of(app, hire(app, Role.ADMIN))


def values(app: Flask) -> dict[str, int]:
    with app.app_context():
        return {name: get_setting(name) for name in SETTINGS}


def changes(app: Flask) -> int:
    """Count the changes of settings in the trail."""
    with app.app_context():
        return db.session.scalar(select(func.count()).where(Event.kind == EventKind.SETTING_CHANGED)) or 0


@EVERY
def test_it_takes_both_bounds(app: Flask, admin: FlaskClient, spec: Spec) -> None:
    before = values(app)
    for number in (spec.least, spec.most):
        assert send(admin, form_in(admin.get(PAGE), PAGE), **{spec.name: str(number)}).status_code == 303
        assert values(app) == before | {spec.name: number}
    assert changes(app) == 2


@EVERY
def test_it_refuses_what_is_outside_or_no_number(app: Flask, admin: FlaskClient, spec: Spec) -> None:
    before = values(app)
    other = next(name for name in SETTINGS if name != spec.name)
    fine = SETTINGS[other].least
    odd = [str(spec.least - 1), str(spec.most + 1), "", " ", "-1", "1.5", "1e2", "0x10", "１４", "٣", "abc", "9" * 30]
    for text in odd:
        answer = send(admin, form_in(admin.get(PAGE), PAGE), **{spec.name: text, other: str(fine)})
        assert answer.status_code == 400, text
        assert f"{spec.least:,} から {spec.most:,} までの整数" in answer.text, text
        assert form_in(answer, PAGE).fields[spec.name] == text.strip(), text
        assert form_in(answer, PAGE).fields[other] == str(fine), text
    assert values(app) == before
    assert changes(app) == 0


@EVERY
def test_the_verb_itself_keeps_the_bounds(context: object, spec: Spec) -> None:
    for value in (spec.least - 1, spec.most + 1, str(spec.least), float(spec.least), True, None):
        with pytest.raises(BadSetting), transaction():
            set_setting(spec.name, value, clock.now())
    assert db.session.scalar(select(func.count()).select_from(Setting)) == 0
    with pytest.raises(BadSetting):
        get_setting("no_such_setting")


def test_what_is_saved_unchanged_changes_nothing(app: Flask, admin: FlaskClient) -> None:
    assert send(admin, form_in(admin.get(PAGE), PAGE)).status_code == 303
    assert changes(app) == 0


def test_the_second_of_two_sees_what_the_first_saved(app: Flask, admin: FlaskClient) -> None:
    stale = form_in(admin.get(PAGE), PAGE)
    assert send(admin, form_in(admin.get(PAGE), PAGE), wait_days="21").status_code == 303
    late = send(admin, stale, wait_days="30", link_days="100")
    assert late.status_code == 409
    assert "先に 21 に変更しました" in late.text
    assert values(app)["wait_days"] == 21
    assert values(app)["link_days"] == SETTINGS["link_days"].default
    assert send(admin, form_in(late, PAGE)).status_code == 303
    assert (values(app)["wait_days"], values(app)["link_days"]) == (30, 100)
    assert changes(app) == 3
