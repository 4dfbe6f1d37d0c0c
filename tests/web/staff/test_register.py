"""Everybody who answers sees what the policy promises and what to say where it falls short; managers settle that."""

from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from desk import clock
from desk.accounts.permissions import Role
from desk.db import db
from desk.events.trail import DESK
from desk.handling.policies import adopt_policy, import_policy
from desk.policy.register import list_settled_gaps
from desk.transaction import transaction
from tests.people import browser_of, hire
from tests.security.house import press

SAMPLE = (Path(__file__).parents[3] / "desk" / "develop" / "sample_policy.ja.md").read_bytes()
CARE = {"address-version": "0", "address-due_on": "2026-08-01", "address-answer_ja": "東京都千代田区です。"}


@pytest.fixture
def adopted(app: Flask) -> None:
    """A desk whose policy leaves much out."""
    with app.app_context(), transaction():
        row, _is_new = import_policy(SAMPLE, actor=DESK, now=clock.now())
        db.session.flush()
        adopt_policy(row, date(2024, 4, 1), version=1, actor=DESK, now=clock.now())


@pytest.fixture
def manager(app: Flask, adopted: None) -> FlaskClient:
    """A manager at the browser."""
    return browser_of(app, hire(app, Role.MANAGER))


@pytest.mark.parametrize("role", [Role.AGENT, Role.AUDITOR])
def test_who_answers_reads_and_does_not_settle(app: Flask, adopted: None, role: Role) -> None:
    client = browser_of(app, hire(app, role))
    page = client.get("/staff/register").text
    for words in ("お取引に必要なご連絡のため", "IPアドレス", "住所が書かれていません", "当社の住所をお答えします。"):
        assert words in page, words
    assert "対応を保存する" not in page
    assert press(client, "/staff/register/address", CARE).status_code == 403


def test_it_says_when_there_is_no_policy(app: Flask) -> None:
    page = browser_of(app, hire(app, Role.AGENT)).get("/staff/register").text
    assert "適用中のポリシーがありません" in page


def test_a_manager_settles_a_gap(app: Flask, manager: FlaskClient) -> None:
    owner = hire(app, Role.AGENT, "owner@desk.example")
    care = CARE | {"address-owner": str(owner), "address-approved": "y"}
    assert press(manager, "/staff/register/address", care).status_code == 303
    page = manager.get("/staff/register").text
    for words in ("東京都千代田区です。", "2026年8月1日（土）", "owner"):
        assert words in page, words
    with app.app_context():
        row = list_settled_gaps()["address"]
        approved = (row.approved_at, row.approved_by)
    assert None not in approved
    again = care | {"address-version": "1", "address-due_on": ""}
    assert press(manager, "/staff/register/address", again).status_code == 303
    with app.app_context():
        row = list_settled_gaps()["address"]
        assert (row.approved_at, row.approved_by, row.due_on) == (*approved, None)


def test_other_words_need_another_approval(app: Flask, manager: FlaskClient) -> None:
    press(manager, "/staff/register/address", CARE | {"address-approved": "y"})
    changed = CARE | {"address-version": "1", "address-answer_ja": "大阪府です。"}
    assert press(manager, "/staff/register/address", changed).status_code == 303
    assert "まだ承認されていません" in manager.get("/staff/register").text
    with app.app_context():
        assert list_settled_gaps()["address"].approved_at is None


def test_the_second_who_saves_sees_both(app: Flask, manager: FlaskClient) -> None:
    press(manager, "/staff/register/address", CARE)
    answer = press(manager, "/staff/register/address", CARE | {"address-answer_ja": "大阪府です。"})
    assert answer.status_code == 409
    assert "東京都千代田区です。" in answer.text
    assert "大阪府です。" in answer.text
    with app.app_context():
        assert list_settled_gaps()["address"].answer_ja == "東京都千代田区です。"


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"address-due_on": "tomorrow"}, 400),
        ({"address-owner": "1"}, 400),
        ({"address-owner": "x"}, 400),
        ({"address-answer_ja": "あ" * 2001}, 400),
        ({"address-version": "nine"}, 409),
    ],
)
def test_what_cannot_be_is_refused(manager: FlaskClient, changes: dict[str, str], status: int) -> None:
    assert press(manager, "/staff/register/address", CARE | changes).status_code == status
    assert press(manager, "/staff/register/no-such-gap", CARE).status_code == 404
