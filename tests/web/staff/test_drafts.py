"""An answer about purposes begins with those in force when the data was acquired; a search knows what to look for."""

import html
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from desk import clock
from desk.accounts.permissions import Role
from desk.db import db
from desk.events.trail import DESK
from desk.handling.policies import adopt_policy, import_policy
from desk.handling.services import ServiceWords, add_service, record_check
from desk.policy.models import OutsideService
from desk.policy.placing import Relation
from desk.tickets.models import Population
from desk.transaction import transaction
from tests.cases import open_one
from tests.people import browser_of, hire

SAMPLE = (Path(__file__).parents[3] / "desk" / "develop" / "sample_policy.ja.md").read_bytes()
SECOND = SAMPLE.replace("本サービスを提供し、ご案内するため".encode(), "新しい目的のため".encode())


@pytest.fixture
def agent(app: Flask) -> FlaskClient:
    """An agent of a desk whose purposes changed in May 2025."""
    for content, on in ((SAMPLE, date(2024, 4, 1)), (SECOND, date(2025, 5, 1))):
        with app.app_context(), transaction():
            row, _is_new = import_policy(content, actor=DESK, now=clock.now())
            db.session.flush()
            adopt_policy(row, on, version=1, actor=DESK, now=clock.now())
    return browser_of(app, hire(app, Role.AGENT))


def case(app: Flask, **asked: object) -> str:
    """Open a case and return its page's address."""
    with app.app_context():
        return f"/staff/tickets/{open_one(**asked).ref}"


def answer_of(page: str) -> str:
    """Return what stands in the answer's field."""
    return page.split('id="answer-text"')[1].split(">", 1)[1].split("</textarea>", maxsplit=1)[0]


def test_it_quotes_the_version_in_force_at_that_time(app: Flask, agent: FlaskClient) -> None:
    page = case(app, kind="P32")
    assert answer_of(agent.get(page).text).strip() == ""
    old, new = (answer_of(agent.get(f"{page}?acquired={on}").text) for on in ("2025-04-30", "2025-05-01"))
    assert "・本サービスを提供し、ご案内するため" in old
    assert "2024年4月1日施行" in old
    assert "・新しい目的のため" in new
    assert "2025年5月1日施行" in new
    assert "選考" not in old + new


def test_it_knows_whose_purposes(app: Flask, agent: FlaskClient) -> None:
    applicant = case(app, kind="P32", population=Population.APPLICANT)
    assert "・選考とそのご連絡のため" in answer_of(agent.get(f"{applicant}?acquired=2025-01-01").text)
    other = answer_of(agent.get(f"{case(app, kind='P32', population=Population.OTHER)}?acquired=2025-01-01").text)
    assert [words in other for words in ("利用者の方", "お取引先の方", "採用に応募された方")] == [True] * 3
    english = answer_of(agent.get(f"{case(app, kind='P32', language='en')}?acquired=2025-01-01").text)
    assert "in force from 1 April 2024" in english


@pytest.mark.parametrize("acquired", ["2020-01-01", "x", "", "0000-00-00", "9" * 40])
def test_it_says_so_where_there_was_none(app: Flask, agent: FlaskClient, acquired: str) -> None:
    answer = agent.get(f"{case(app, kind='P32')}?acquired={acquired}")
    assert answer.status_code == 200
    assert answer_of(answer.text).strip() == ""
    assert ("その日に適用していたポリシーがない" in answer.text) == (acquired == "2020-01-01")


def test_other_kinds_have_no_such_draft(app: Flask, agent: FlaskClient) -> None:
    page = agent.get(f"{case(app, kind='K40')}?acquired={clock.today() - timedelta(days=1)}").text
    assert "利用目的の下書き" not in page
    assert answer_of(page).strip() == ""


def test_a_disclosure_lists_what_to_look_for(app: Flask, agent: FlaskClient) -> None:
    page = agent.get(case(app, kind="D33")).text
    assert "探す情報の種類" in page
    assert "お支払いに使うカードや口座の情報" in page
    assert "探す情報の種類" not in agent.get(case(app, kind="K40")).text


def test_it_answers_about_cookies_from_what_is_registered(app: Flask, agent: FlaskClient) -> None:
    known = ServiceWords(
        "見本解析", Relation.TRANSMISSION, "分析", "閲覧したページ", "米国", "", "", None, None, is_used=True
    )
    with app.app_context(), transaction():
        number = add_service(known, actor=DESK, now=clock.now())
        row = db.session.get_one(OutsideService, number)
        record_check(row, "広告の機能は無効", date(2026, 6, 9), None, actor=DESK, now=clock.now())
    page = case(app, kind="N-COOKIE")
    assert answer_of(agent.get(page).text).strip() == ""
    assert answer_of(agent.get(f"{case(app)}?draft=cookies").text).strip() == ""
    text = html.unescape(answer_of(agent.get(f"{page}?draft=cookies").text))
    for words in (
        "・receipt：送信した直後の受付の画面",
        "・見本解析：分析",
        "送られる情報：閲覧したページ",
        "設定：広告の機能は無効（2026年6月9日（火）に確認）",
    ):
        assert words in text, words
    assert "staff" not in text
    english = html.unescape(answer_of(agent.get(f"{case(app, kind='N-COOKIE', language='en')}?draft=cookies").text))
    assert "checked on Tue 9 Jun 2026" in english
    assert "30 minutes" not in english
