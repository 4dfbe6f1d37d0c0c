"""The policy in public: the version in force, the one announced, the history; a change takes over at midnight by itself."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from desk import clock
from desk.db import db
from desk.events.trail import DESK
from desk.handling.administration import CompanyWords, change_company
from desk.handling.policies import adopt_policy, import_policy
from desk.transaction import transaction
from tests.moment import travel_to

SAMPLE = (Path(__file__).parents[3] / "desk" / "develop" / "sample_policy.ja.md").read_bytes()
SECOND = SAMPLE.replace("お取引に必要なご連絡のため".encode(), "お取引に必要なご連絡とご請求のため".encode())


def adopt(app: Flask, content: bytes, on: date) -> None:
    """Make a text the version in force from a day on."""
    with app.app_context(), transaction():
        row, _is_new = import_policy(content, actor=DESK, now=clock.now())
        db.session.flush()
        adopt_policy(row, on, version=row.version, actor=DESK, now=clock.now())


def test_it_shows_the_version_in_force(app: Flask, client: FlaskClient) -> None:
    adopt(app, SAMPLE, date(2024, 4, 1))
    page = client.get("/policy").text
    assert "<h1" in page
    assert "第1版、2024年4月1日（月）施行" in page
    assert '<h2 class="govuk-heading-m" id="article-2">2. 利用目的</h2>' in page
    assert '<a class="govuk-link" href="#article-2">2. 利用目的</a>' in page
    assert "お取引に必要なご連絡のため" in page
    assert "令和2年04月01日 制定・施行" in page
    assert client.get("/policy/1").text.count("<h2") == page.count("<h2")
    assert client.get("/policy/2").status_code == client.get(f"/policy/{10**30}").status_code == 404
    assert 'lang="ja"' in client.get("/en/policy").text


def test_a_change_is_announced_and_takes_over_at_midnight_in_japan(app: Flask, client: FlaskClient) -> None:
    adopt(app, SAMPLE, date(2024, 4, 1))
    on = clock.today() + timedelta(days=10)
    adopt(app, SECOND, on)
    midnight = datetime(on.year, on.month, on.day, tzinfo=UTC) - timedelta(hours=9)
    with travel_to(midnight - timedelta(seconds=1)):
        before, new, landing = (client.get(path).text for path in ("/policy", "/policy/2", "/"))
        assert "ご請求のため" not in before
        assert "変更後の内容を見る" in before
        assert "/policy/2" in landing
        assert "まだ施行されていない版です" in new
        assert "ご請求のため" in new
    with travel_to(midnight):
        after, old, landing = (client.get(path).text for path in ("/policy", "/policy/1", "/"))
        assert "ご請求のため" in after
        assert "過去の版です" in old
        assert "変更のお知らせ" not in after + landing


def test_a_text_runs_nothing(app: Flask, client: FlaskClient) -> None:
    hostile = "# プライバシー<script>alert(1)</script>\n\n## 利用目的\n\n- <img src=x onerror=alert(1)>個人情報\n\n## 窓口\n\n[押す](javascript:alert(1))\n"
    adopt(app, hostile.encode(), date(2024, 4, 1))
    page = client.get("/policy").text
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "javascript:" not in page.replace("javascript:alert(1))", "")
    assert "&lt;img src=x onerror=alert(1)&gt;" in page


def test_every_public_page_leads_to_it(app: Flask, client: FlaskClient) -> None:
    assert 'href="/policy"' not in client.get("/").text
    adopt(app, SAMPLE, date(2024, 4, 1))
    app.extensions.pop("policy_standing")
    for path in ("/", "/requests/new?kind=D33", "/status"):
        assert 'href="/policy"' in client.get(path).text, path
    assert 'href="/en/policy"' in client.get("/en/").text


def test_without_a_policy_it_leads_to_the_page_that_the_company_names(app: Flask, client: FlaskClient) -> None:
    assert client.get("/policy").status_code == 404
    with app.app_context(), transaction():
        words = CompanyWords("株式会社見本", "Mihon", "cs@quote4.jp", "", "", "", "", "https://mihon.example/privacy")
        change_company(words, version=1, actor=DESK, now=clock.now())
    answer = client.get("/policy")
    assert (answer.status_code, answer.headers["Location"]) == (302, "https://mihon.example/privacy")


@pytest.mark.parametrize("path", ["/policy", "/policy/1", "/en/policy/1"])
def test_it_is_found_by_search_engines(app: Flask, client: FlaskClient, path: str) -> None:
    adopt(app, SAMPLE, date(2024, 4, 1))
    assert "noindex" not in client.get(path).text
