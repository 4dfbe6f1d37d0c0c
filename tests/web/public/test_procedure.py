"""The procedure page says what the desk itself works by, and the administrator is told where the policy says otherwise."""

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
from desk.policy.placing import read_policy
from desk.reporting.promises import contradictions_on, open_gaps
from desk.transaction import transaction
from desk.vault.seal import new_token
from tests.cases import open_one
from tests.people import browser_of, hire
from tests.security.house import press

COMPLETE = (Path(__file__).parents[2] / "policy" / "samples" / "complete.ja.md").read_text()
SAMPLE = Path(__file__).parents[3] / "desk" / "develop" / "sample_policy.ja.md"
SETTLED = {
    "version": "1",
    "representative_ja": "代表取締役 見本 一郎",
    "representative_en": "Ichiro Mihon, Representative Director",
    "officer_ja": "総務部長",
    "hours_ja": "平日9時から17時",
    "fee_yen": "0",
    "has_body": "no",
}


@pytest.fixture
def admin(app: Flask) -> FlaskClient:
    """An administrator at the browser."""
    return browser_of(app, hire(app, Role.ADMIN))


def settle(admin: FlaskClient, **changes: str) -> int:
    """Settle the procedure in the browser; return the answer's status."""
    return int(press(admin, "/admin/procedure", SETTLED | changes).status_code)


def adopt(app: Flask, text: str) -> None:
    """Make a text the version in force."""
    with app.app_context(), transaction():
        row, _is_new = import_policy(text.encode(), actor=DESK, now=clock.now())
        db.session.flush()
        adopt_policy(row, date(2024, 4, 1), version=1, actor=DESK, now=clock.now())


def test_it_says_nothing_that_is_not_settled(client: FlaskClient) -> None:
    page = client.get("/procedure").text
    assert "かかりません。" in page
    for words in ("代表者", "責任者", "受付時間", "認定個人情報保護団体", "相談ダイヤル"):
        assert words not in page, words
    assert "マイナンバーカード（表面のみ）" in page
    assert "個人情報保護法33条2項1号" in page
    assert "No fee" in client.get("/en/procedure").text


def test_what_is_settled_stands_on_the_page(admin: FlaskClient) -> None:
    assert settle(admin, fee_yen="500", commission_phone="03-0000-0000", commission_checked_on="2026-04-01") == 303
    assert "1件500円" in admin.get("/").text
    page, english = admin.get("/procedure").text, admin.get("/en/procedure").text
    for words in (
        "代表取締役 見本 一郎",
        "総務部長",
        "平日9時から17時",
        "500円",
        "03-0000-0000",
        "対象事業者ではありません",
    ):
        assert words in page, words
    for words in ("Ichiro Mihon", "JPY 500", "03-0000-0000"):
        assert words in english, words


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"fee_yen": "-1"}, "整数を入力してください"),
        ({"fee_yen": "1e3"}, "整数を入力してください"),
        ({"fee_yen": "100001"}, "整数を入力してください"),
        ({"has_body": "maybe"}, "Not a valid choice"),
        ({"has_body": "yes"}, "団体の名称と連絡先を入力してください"),
        ({"commission_phone": "03-0000-0000"}, "番号を確認した日も入力してください"),
        ({"commission_phone": "03-0000-0000", "commission_checked_on": "2099-01-01"}, "今日までの日付"),
        ({"hours_ja": "あ" * 201}, "長すぎます"),
    ],
)
def test_it_says_what_is_wrong(admin: FlaskClient, changes: dict[str, str], problem: str) -> None:
    answer = press(admin, "/admin/procedure", SETTLED | {"officer_ja": "消えない言葉"} | changes)
    assert answer.status_code == 400
    assert problem in answer.text or "選択肢" in answer.text or "選んでください" in answer.text
    assert "消えない言葉" in answer.text


def test_the_second_who_saves_sees_both(admin: FlaskClient) -> None:
    assert settle(admin) == 303
    answer = press(admin, "/admin/procedure", SETTLED | {"officer_ja": "人事部長"})
    assert answer.status_code == 409
    assert "総務部長" in answer.text
    assert "人事部長" in answer.text
    assert "総務部長" in admin.get("/procedure").text


def test_settings_cure_what_the_policy_leaves_out(app: Flask, admin: FlaskClient) -> None:
    with app.app_context():
        policy = read_policy(SAMPLE.read_bytes())
        before = {gap.rule.code for gap in open_gaps(policy)}
    assert settle(admin) == 303
    with app.app_context():
        after = {gap.rule.code for gap in open_gaps(policy)}
    assert before - after == {"representative", "window", "certified-body"}
    assert "address" in after
    assert not after & {"procedure", "rights", "fee"}


def test_it_is_quiet_while_both_say_the_same(app: Flask, admin: FlaskClient) -> None:
    adopt(app, COMPLETE.replace("privacy@mihon.example", "cs@quote4.jp"))
    assert settle(admin) == 303
    with app.app_context():
        assert contradictions_on(clock.today()) == []
    assert "食い違っています" not in admin.get("/admin/").text


@pytest.mark.parametrize(
    ("right", "wrong", "changes", "code"),
    [
        ("cs@quote4.jp", "old@quote4.jp", {}, "contact"),
        ("代表取締役 見本 一郎", "代表取締役 見本 二郎", {}, "representative"),
        ("手数料はいただきません", "手数料は1件につき1,000円です", {}, "fee"),
        ("手数料はいただきません", "手数料はいただきません", {"fee_yen": "500"}, "fee"),
        ("当社は認定", "当社は認定", {"has_body": "yes", "body_ja": "見本協会"}, "certified_body"),
        (
            "当社は認定個人情報保護団体の対象事業者ではありません",
            "当社は認定個人情報保護団体である見本協会の対象事業者です",
            {},
            "certified_body",
        ),
    ],
)
def test_each_contradiction_is_an_error_for_the_administrator(
    app: Flask, admin: FlaskClient, right: str, wrong: str, changes: dict[str, str], code: str
) -> None:
    text = COMPLETE.replace("privacy@mihon.example", "cs@quote4.jp")
    assert right in text
    adopt(app, text.replace(right, wrong))
    assert settle(admin, **changes) == 303
    with app.app_context():
        assert [one.code for one in contradictions_on(clock.today())] == [code]
    for path in ("/admin/", "/admin/policy", "/admin/procedure"):
        assert "ポリシーと設定が食い違っています" in admin.get(path).text, path


@pytest.mark.parametrize(("kind", "fee", "allowed"), [("D33", "300", True), ("D33", "0", False), ("C34", "300", False)])
def test_a_fee_is_asked_for_only_where_one_is_set_and_allowed(
    app: Flask, admin: FlaskClient, kind: str, fee: str, allowed: bool
) -> None:
    assert settle(admin, fee_yen=fee) == 303
    agent = browser_of(app, hire(app, Role.AGENT))
    with app.app_context():
        opened = open_one(kind=kind)
    page = agent.get(f"/staff/tickets/{opened.ref}").text
    assert ('<option value="fee">' in page) is allowed
    data = {"wait-version": "1", "wait-seen": "0", "wait-reason": "fee", "wait-text": "お願いします", "step": "send"}
    answer = press(agent, f"/staff/tickets/{opened.ref}/wait", data | {"wait-nonce": new_token()})
    assert answer.status_code == (303 if allowed else 400)
