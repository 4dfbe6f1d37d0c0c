"""The calculator shows the dates that `desk due` and the tickets have, and says kindly what it cannot reckon."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from desk.accounts.permissions import Role
from desk.law.regimes import REGIME, REGIMES, get_regime
from tests.people import browser_of, hire

PATH = "/staff/calculator"
ASKED = {"law": "jp-appi", "kind": "D33", "received_on": "2026-11-22", "received_at": ""}


@pytest.fixture
def database() -> str:
    """Nothing of it is kept."""
    return "sqlite"


@pytest.fixture
def agent(app: Flask) -> FlaskClient:
    """Somebody at the desk."""
    return browser_of(app, hire(app, Role.AGENT))


def events(*told: tuple[str, str, str]) -> dict[str, str]:
    """Return the fields of what happened: its sort, its day, and for a recast the new kind."""
    return {
        f"events-{row}-{name}": value
        for row, one in enumerate(told)
        for name, value in zip(("type", "on", "kind"), one, strict=True)
    }


def test_it_begins_with_today_and_no_dates(agent: FlaskClient) -> None:
    page = agent.get(PATH)
    assert page.status_code == 200
    assert "計算する" in page.text
    assert "reasons" not in page.text
    for code in REGIMES:
        assert get_regime(code).name.ja in page.text


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({}, ["2026年12月4日", "2026年12月6日", "個人情報保護法39条1項"]),
        ({"received_at": "23:59"}, ["2026年12月4日"]),
        ({"kind": "N-BREACH"}, ["この種別に回答の上限はありません"]),
        ({"law": "eu-gdpr", "received_on": "2026-01-31"}, ["2026年2月27日", "2026年2月28日", "GDPR15条・20条"]),
        (
            {"law": "eu-gdpr", "received_on": "2026-01-31"}
            | events(("wait-identity", "2026-02-03", ""), ("resumed", "2026-02-10", "")),
            ["2026年3月6日", "2026年3月7日", "7日間"],
        ),
        (events(("recast", "2026-11-24", "K40")), ["2026年12月22日", "種別を苦情に改めました"]),
    ],
)
def test_it_shows_the_dates_and_where_they_come_from(
    agent: FlaskClient, asked: dict[str, str], told: list[str]
) -> None:
    page = agent.get(PATH, query_string=ASKED | asked)
    assert page.status_code == 200
    assert all(words in page.text for words in told)
    assert get_regime(asked.get("law", REGIME)).version in page.text


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"received_on": ""}, "2026-12-04 の形"),
        ({"received_on": "2026-02-30"}, "2026-12-04 の形"),
        ({"received_on": "2099-01-01"}, "つじつまが合わないか、暦の範囲"),
        ({"received_at": "25:00"}, "時刻は 09:30 の形"),
        ({"kind": "K40", "law": "kr-pipa"}, "この法令には、この種別の定めがありません"),
        (events(("resumed", "2026-11-24", "")), "つじつまが合わないか"),
        (events(("wait-fee", "2026-11-20", "")), "つじつまが合わないか"),
        (events(("wait-fee", "", "")), "2026-12-04 の形"),
        (events(("recast", "2026-11-24", "")), "変更後の種別を選択してください"),
        (events(("recast", "2026-11-24", "D99")), "変更後の種別を選択してください"),
    ],
)
def test_it_says_what_it_cannot_reckon(agent: FlaskClient, asked: dict[str, str], told: str) -> None:
    page = agent.get(PATH, query_string=ASKED | asked)
    assert page.status_code == 200
    assert told in page.text
    assert "reasons" not in page.text


@pytest.mark.parametrize(
    "asked", [{"law": "mars"}, {"kind": "<b>"}, {"events-0-type": "<b>"}, {"events-900-type": "closed"}]
)
def test_it_takes_no_choice_that_it_does_not_offer(agent: FlaskClient, asked: dict[str, str]) -> None:
    page = agent.get(PATH, query_string=ASKED | asked)
    assert page.status_code == 200
    assert "<b>" not in page.text


def test_it_takes_no_more_rows_than_it_has(agent: FlaskClient) -> None:
    page = agent.get(PATH, query_string=ASKED | events(*[("clarified", "2026-11-24", "")] * 30))
    assert page.status_code == 200
    assert page.text.count('aria-label="') < 40
