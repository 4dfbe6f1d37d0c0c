"""The yearly inspection in the manager's door, from the first look to the representative's receipt; PDF and JSON."""

import json
import sys
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from desk.accounts.permissions import Role
from desk.clock import TOKYO
from desk.db import db
from desk.develop.seed.run import seed_tickets
from desk.events.kinds import EventKind
from desk.events.models import Event
from desk.policy.inspections import CorrectiveAction, Inspection
from tests.moment import Traveller
from tests.people import browser_of, hire
from tests.test_typeset import words_of
from tests.web.pages import form_in, send

PAGE = "/manager/inspections/2026"


@pytest.fixture
def people(app: Flask, moment: Traveller) -> tuple[FlaskClient, FlaskClient]:
    """Two managers' browsers, shortly after the year 2026 has ended, at a desk with cases."""
    moment.move_to(datetime(2027, 4, 5, 10, tzinfo=TOKYO))
    with app.app_context():
        seed_tickets(120, seed=7)
    return browser_of(app, hire(app, Role.MANAGER)), browser_of(app, hire(app, Role.MANAGER, "m2@desk.example"))


def count(app: Flask, model: type, *conditions: object) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0  # type: ignore[arg-type]  # any condition


def test_it_goes_from_the_first_look_to_the_receipt(app: Flask, people: tuple[FlaskClient, FlaskClient]) -> None:
    manager, _other = people
    assert PAGE.replace("2026", "2027") in manager.get("/manager/inspections").text
    looked = manager.get(PAGE)
    assert "途中経過" in looked.text
    assert count(app, Inspection) == 0  # to look opens nothing
    assert send(manager, form_in(looked, f"{PAGE}/open")).status_code == 303
    typed = {
        "trained": "12", "trained_on": "2027-03-01", "rights_reviewed_on": "2027-03-02", "sampled": "5",
        "sample_errors": "1", "findings": "手順書が古い。\r\n名簿の保管場所を決める。",
    }  # fmt: skip
    saved = send(manager, form_in(manager.get(PAGE), PAGE), **typed)
    assert (saved.status_code, saved.location) == (303, f"{PAGE}#record")
    action = {"new-what": "手順書を改める", "new-due_on": "2027-06-30"}
    assert send(manager, form_in(manager.get(PAGE), f"{PAGE}/actions"), **action).status_code == 303
    draft = words_of(manager.get(f"{PAGE}/record.pdf").data)
    assert "署名前の控え" in draft
    assert send(manager, form_in(manager.get(PAGE), f"{PAGE}/sign")).status_code == 303
    signed = manager.get(PAGE)
    assert "署名済み" in signed.text
    assert f'action="{PAGE}"' not in signed.text  # nothing of it can be changed any more
    receipt = {
        "receipt-received_by": "見本 一郎",
        "receipt-received_on": "2027-04-05",
        "receipt-decisions": "教育を年2回に。",
    }
    assert send(manager, form_in(signed, f"{PAGE}/receipt"), **receipt).status_code == 303
    done = {"is_done": "y", "result": "改めて配った。"}
    form = form_in(manager.get(PAGE), f"{PAGE}/actions/")
    prefix = next(name for name in form.fields if name.endswith("-what")).removesuffix("what")
    assert send(manager, form, **{prefix + name: value for name, value in done.items()}).status_code == 303
    whole = words_of(manager.get(f"{PAGE}/record.pdf").data)
    for text in (
        "2026年度個人情報の取扱いに関する点検記録",
        "名簿の保管場所を決める。",
        "教育を年2回に。",
        "見本一郎",
        "改めて配った。",
    ):
        assert text in whole
    assert "署名前の控え" not in whole
    found = json.loads(manager.get(f"{PAGE}/record.json").data)
    assert (found["state"], found["sampled"], found["received_by"]) == ("received", 5, "見本 一郎")
    assert found["actions"][0]["closed_by"] == found["signed_by"] == "manager さん"
    assert found["before"] is not None
    assert found["figures"]["received"] > 10
    assert count(app, Event, Event.kind == EventKind.EXPORTED) == 3


def test_what_was_signed_stays_as_it_was(
    app: Flask, people: tuple[FlaskClient, FlaskClient], moment: Traveller
) -> None:
    manager, _other = people
    send(manager, form_in(manager.get(PAGE), f"{PAGE}/open"))
    send(manager, form_in(manager.get(PAGE), f"{PAGE}/sign"))
    before = json.loads(manager.get(f"{PAGE}/record.json").data)["figures"]
    moment.shift(timedelta(minutes=5))
    with app.app_context():
        seed_tickets(60, seed=8)
    assert json.loads(manager.get(f"{PAGE}/record.json").data)["figures"] == before


def test_a_save_that_comes_too_late_shows_both(app: Flask, people: tuple[FlaskClient, FlaskClient]) -> None:
    first, second = people
    send(first, form_in(first.get(PAGE), f"{PAGE}/open"))
    stale = form_in(second.get(PAGE), PAGE)
    stale_sign = form_in(second.get(PAGE), f"{PAGE}/sign")
    assert send(first, form_in(first.get(PAGE), PAGE), findings="先の内容").status_code == 303
    late = send(second, stale, findings="後の内容")
    assert (late.status_code, "先の内容" in late.text, "後の内容" in late.text) == (409, True, True)
    assert send(second, stale_sign).status_code == 409  # nobody signs what they have not seen
    assert count(app, Inspection, Inspection.signed_at.is_not(None)) == 0
    assert send(second, form_in(late, PAGE)).status_code == 303
    action = {"new-what": "直す", "new-due_on": "2027-06-30"}
    send(first, form_in(first.get(PAGE), f"{PAGE}/actions"), **action)
    one, other = (form_in(client.get(PAGE), f"{PAGE}/actions/") for client in people)
    prefix = next(name for name in one.fields if name.endswith("-what")).removesuffix("what")
    assert send(first, one, **{f"{prefix}what": "先に直す"}).status_code == 303
    late = send(second, other, **{f"{prefix}what": "後で直す"})
    assert (late.status_code, "先に直す" in late.text, "後で直す" in late.text) == (409, True, True)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"trained": "-1"}, "整数を入力"),
        ({"trained": "1000001"}, "整数を入力"),
        ({"trained": "9" * 30}, "整数を入力"),
        ({"trained_on": "2027-04-06"}, "今日までの日付"),
        ({"trained_on": "3月"}, "今日までの日付"),
        ({"sampled": "3", "sample_errors": "4"}, "件の数を超えて"),
        ({"sample_errors": "1"}, "件の数を超えて"),
        ({"findings": "長" * 4001}, "4000文字以内"),
    ],
)
def test_it_says_what_is_wrong_and_keeps_what_was_typed(
    people: tuple[FlaskClient, FlaskClient], typed: dict[str, str], said: str
) -> None:
    manager, _other = people
    send(manager, form_in(manager.get(PAGE), f"{PAGE}/open"))
    answer = send(manager, form_in(manager.get(PAGE), PAGE), **typed)
    assert (answer.status_code, said in answer.text) == (400, True)
    kept = form_in(answer, PAGE).fields
    assert {name: kept[name] for name in typed} == typed


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"new-what": " ", "new-due_on": "2027-06-30"}, "是正する内容を入力"),
        ({"new-what": "直す", "new-due_on": ""}, "期限を入力"),
        ({"new-what": "直す", "new-due_on": "1999-01-01"}, "の形で入力"),
        ({"new-what": "直す", "new-due_on": "2027-06-30", "new-owner": "7"}, "担当を選び直して"),
        ({"new-what": "直す", "new-due_on": "2027-06-30", "new-is_done": "y"}, "行ったことと結果を入力"),
    ],
)
def test_an_action_is_written_down_whole(
    app: Flask, people: tuple[FlaskClient, FlaskClient], typed: dict[str, str], said: str
) -> None:
    manager, _other = people
    send(manager, form_in(manager.get(PAGE), f"{PAGE}/open"))
    answer = send(manager, form_in(manager.get(PAGE), f"{PAGE}/actions"), **typed)
    assert (answer.status_code, said in answer.text) == (400, True)
    assert count(app, CorrectiveAction) == 0


def test_it_is_not_signed_before_the_year_is_over(app: Flask, people: tuple[FlaskClient, FlaskClient]) -> None:
    manager, _other = people
    page = PAGE.replace("2026", "2027")
    send(manager, form_in(manager.get(page), f"{page}/open"))
    opened = manager.get(page)
    assert f"{page}/sign" not in opened.text
    form = form_in(opened, page)
    form.action = f"{page}/sign"
    refused = send(manager, form)
    assert (refused.status_code, "まだ署名できません" in refused.text) == (409, True)


@pytest.mark.parametrize("year", ["2028", "1999", "0", "99999", "9" * 30])
def test_there_is_no_other_year(people: tuple[FlaskClient, FlaskClient], year: str) -> None:
    manager, _other = people
    form = form_in(manager.get(PAGE), f"{PAGE}/open")
    for path in ("", "/record.pdf", "/record.json"):
        assert manager.get(f"/manager/inspections/{year}{path}").status_code == 404
    for path in ("", "/open", "/sign", "/receipt", "/actions", "/actions/1"):
        form.action = f"/manager/inspections/{year}{path}"
        assert send(manager, form).status_code == 404


def test_an_auditor_reads_and_changes_nothing(app: Flask, people: tuple[FlaskClient, FlaskClient]) -> None:
    manager, _other = people
    send(manager, form_in(manager.get(PAGE), f"{PAGE}/open"))
    auditor = browser_of(app, hire(app, Role.AUDITOR))
    page = auditor.get(PAGE)
    assert (page.status_code, "<form" in page.text.partition("<main")[2]) == (200, False)
    assert auditor.get(f"{PAGE}/record.pdf").data.startswith(b"%PDF-")


def test_a_paper_that_cannot_be_made_is_said(
    people: tuple[FlaskClient, FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert people[0].get(f"{PAGE}/record.pdf").status_code == 503
