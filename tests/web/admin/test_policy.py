"""The policy register in the browser: handed in, looked at, completed, in force; nothing is overwritten unseen."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from desk import clock, jobs
from desk.accounts.permissions import Role
from desk.db import db
from desk.mail.models import MailKind
from desk.policy.models import PolicyVersion
from desk.policy.placing import Group, Relation, Service
from desk.policy.register import find_version, list_drafts, read_version
from tests.people import browser_of, hire
from tests.security.house import press
from tests.web.public.people import csrf_of, mails, open_case

SAMPLE = (Path(__file__).parents[3] / "desk" / "develop" / "sample_policy.ja.md").read_bytes()
SECOND = SAMPLE.replace("お取引に必要なご連絡のため".encode(), "お取引に必要なご連絡とご請求のため".encode())


@pytest.fixture
def admin(app: Flask) -> FlaskClient:
    """An administrator at the browser."""
    return browser_of(app, hire(app, Role.ADMIN))


def hand_in(admin: FlaskClient, content: bytes, name: str = "policy.md") -> str:
    """Hand in a file and return the draft's address."""
    answer = press(admin, "/admin/policy", {"file": (BytesIO(content), name)})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def fields(app: Flask, **changes: str) -> dict[str, str]:
    """Return the form of the one draft as its page would send it."""
    with app.app_context():
        (row,) = list_drafts()
        read = read_version(row)
        said = {str(group): "\n".join(texts) for group, texts in read.purposes.items()}
        said |= {"given": read.categories[0].text, "automatic": "", "services": "Google Analytics／未定"}
        return {"version": str(row.version), "contact": read.contact or "", **said, **changes}


def test_from_the_file_to_the_public_page(app: Flask, admin: FlaskClient) -> None:
    draft = hand_in(admin, SAMPLE)
    page = admin.get(draft).text
    for words in (
        "利用目的",
        "お取引に必要なご連絡のため",
        "Google Analytics／未定",
        "住所が書かれていません",
        "2020-04-01",
    ):
        assert words in page, words
    assert admin.get("/policy").status_code == 404  # a draft is nobody's policy
    answer = press(admin, f"{draft}/adopt", {"version": "1", "effective_on": "2024-04-01"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/policy")
    assert "2024年4月1日（月）から適用します。" in admin.get("/admin/policy").text
    assert "お取引に必要なご連絡のため" in admin.get("/policy").text
    shown = admin.get(draft).text
    assert "版にして公開する" not in shown
    assert "内容を保存する" not in shown


def test_the_same_file_again_leads_to_where_it_is(app: Flask, admin: FlaskClient) -> None:
    first = hand_in(admin, SAMPLE)
    assert hand_in(admin, SAMPLE.replace(b"\n", b"\r\n")) == first
    assert "同じ内容をすでに取り込んでいます" in admin.get(first).text


def test_what_is_placed_by_hand_stands(app: Flask, admin: FlaskClient) -> None:
    draft = hand_in(admin, SAMPLE)
    form = fields(app, user="発送のため\n\n  連絡の ため ", services="Google Analytics / 外部送信\n宅配便／委託\nほか")
    assert press(admin, f"{draft}/place", form).status_code == 303
    with app.app_context():
        (row,) = list_drafts()
        read = read_version(row)
    assert read.purposes[Group.USER] == ("発送のため", "連絡の ため")
    assert read.services == (
        Service("Google Analytics", Relation.TRANSMISSION),
        Service("宅配便", Relation.ENTRUSTMENT),
        Service("ほか", Relation.UNDECIDED),
    )
    assert press(admin, f"{draft}/place", form).status_code == 303  # an old page: told, and nothing is overwritten
    assert "ほかの方が先に変更しました" in admin.get(draft).text


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"services": "宅配便／友達"}, "「名称／関係」の形で入力してください：宅配便／友達"),
        ({"contact": "nobody"}, "メールアドレスを正しく入力してください"),
        ({"user": "あ" * 501}, "1行500文字まで"),
        ({"given": "あ\n" * 201}, "200行まで"),
    ],
)
def test_it_says_what_is_wrong_and_keeps_what_was_typed(
    app: Flask, admin: FlaskClient, changes: dict[str, str], problem: str
) -> None:
    draft = hand_in(admin, SAMPLE)
    answer = press(admin, f"{draft}/place", fields(app, partner="消えない言葉", **changes))
    assert answer.status_code == 400
    assert problem in answer.text
    assert "消えない言葉" in answer.text


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "ファイルに文章がありません"),
        (b"%PDF-1.7", "文章のファイルではありません"),
        (b"# README\n\n## Usage\n", "条項が見つかりません"),
    ],
)
def test_it_says_what_is_no_policy(app: Flask, admin: FlaskClient, content: bytes, problem: str) -> None:
    answer = press(admin, "/admin/policy", {"file": (BytesIO(content), "a.md")})
    assert answer.status_code == 400
    assert problem in answer.text
    with app.app_context():
        assert db.session.scalars(select(PolicyVersion)).all() == []


def test_it_takes_no_file_larger_than_any_policy(app: Flask, admin: FlaskClient) -> None:
    token, edge = csrf_of(admin.get("/status")), "an-edge"
    head = f'--{edge}\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n--{edge}\r\n'
    head += 'Content-Disposition: form-data; name="file"; filename="a.md"\r\n\r\n'
    body = head.encode() + SAMPLE + b"x" * 5_000_000 + f"\r\n--{edge}--\r\n".encode()
    answer = admin.post("/admin/policy", data=body, content_type=f"multipart/form-data; boundary={edge}")
    assert (answer.status_code, "大きすぎます" in answer.text) == (400, True)
    with app.app_context():
        assert db.session.scalars(select(PolicyVersion)).all() == []


def test_it_asks_for_a_file(admin: FlaskClient) -> None:
    answer = press(admin, "/admin/policy", {})
    assert answer.status_code == 400
    assert "ファイルを選んでください" in answer.text


@pytest.mark.parametrize("on", ["", "2024-02-30", "1999-12-31", "明日", "2024-04-01"])
def test_a_day_that_cannot_be_is_refused(app: Flask, admin: FlaskClient, on: str) -> None:
    press(admin, f"{hand_in(admin, SAMPLE)}/adopt", {"version": "1", "effective_on": "2024-04-01"})
    draft = hand_in(admin, SECOND)
    answer = press(admin, f"{draft}/adopt", {"version": "1", "effective_on": on})
    assert answer.status_code == 400
    with app.app_context():
        assert find_version(2) is None


def test_a_second_version_stands_beside_the_first(app: Flask, admin: FlaskClient) -> None:
    press(admin, f"{hand_in(admin, SAMPLE)}/adopt", {"version": "1", "effective_on": "2024-04-01"})
    page = admin.get(hand_in(admin, SECOND)).text
    assert "第1版との違い" in page
    assert "<ins>とご</ins>" in page or "<ins>とご請求</ins>" in page
    assert page.count('class="compare__changed"') == 1
    coming = (clock.today() + timedelta(days=3)).isoformat()
    with app.app_context():
        (draft,) = list_drafts()
    press(admin, f"/admin/policy/{draft.id}/adopt", {"version": "1", "effective_on": coming})
    listed = admin.get("/admin/policy").text
    assert "施行前" in listed
    assert "現在の版" in listed


def test_the_file_comes_back_as_it_was(admin: FlaskClient) -> None:
    content = b"\xef\xbb\xbf" + SAMPLE
    answer = admin.get(f"{hand_in(admin, content)}/original")
    assert answer.data == content
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_a_draft_is_dropped(app: Flask, admin: FlaskClient) -> None:
    draft = hand_in(admin, SAMPLE)
    assert press(admin, f"{draft}/discard", {"version": "1"}).status_code == 303
    assert admin.get(draft).status_code == 404


def adopted(app: Flask, admin: FlaskClient, on: str = "2024-04-01") -> str:
    """Return the address of a version in the register."""
    page = hand_in(admin, SAMPLE)
    assert press(admin, f"{page}/adopt", {"version": "1", "effective_on": on}).status_code == 303
    return page


def test_it_shows_how_people_were_told(app: Flask, admin: FlaskClient) -> None:
    open_case(app)
    page = adopted(app, admin)
    assert "公開ページ" in admin.get(page).text
    assert "対応中の1件の方に送ります。" in admin.get(page).text
    words = {"words_ja": "第2条に目的を加えます。", "words_en": ""}
    assert press(admin, f"{page}/mail", words).status_code == 303
    assert "（作成中）" in admin.get(page).text
    with app.app_context():
        jobs.notices()
    shown = admin.get(page).text
    assert "第2条に目的を加えます。" in shown
    assert "1通" in shown
    assert "メールを送る" not in shown
    assert press(admin, f"{page}/mail", words).status_code == 303  # an old page
    assert "もう一度は送りません。" in admin.get(page).text
    assert press(admin, f"{page}/notice", {"words": "店頭に\n掲示した"}).status_code == 303
    assert "お知らせを記録しました。" in admin.get(page).text
    assert len(mails(app, MailKind.POLICY)) == 1


@pytest.mark.parametrize(
    ("way", "name", "text", "problem"),
    [
        ("mail", "words_ja", " \n ", "変更の内容（日本語）を入力してください"),
        ("mail", "words_ja", "あ" * 2001, "長すぎます。2000文字以内で入力してください"),
        ("notice", "words", "", "お知らせした方法と内容を入力してください"),
        ("notice", "words", "あ" * 2001, "長すぎます。2000文字以内で入力してください"),
    ],
)
def test_it_says_what_is_wrong_with_a_notice(
    app: Flask, admin: FlaskClient, way: str, name: str, text: str, problem: str
) -> None:
    page = adopted(app, admin)
    answer = press(admin, f"{page}/{way}", {name: text, "words_en": "kept as typed"})
    assert answer.status_code == 400
    assert problem in answer.text
    assert way == "notice" or "kept as typed" in answer.text


def test_a_draft_is_not_told_of(app: Flask, admin: FlaskClient) -> None:
    page = hand_in(admin, SAMPLE)
    assert "お知らせの記録" not in admin.get(page).text
    for way, data in (("mail", {"words_ja": "あ"}), ("notice", {"words": "あ"})):
        assert press(admin, f"{page}/{way}", data).status_code == 303
        assert "先に施行日を決めてください。" in admin.get(page).text
