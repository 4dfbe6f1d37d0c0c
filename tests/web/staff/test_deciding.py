"""From the ticket's page: duties ticked off, a decision drafted, sent back, approved by a second person, and told."""

from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from desk.accounts.permissions import Role
from desk.db import db
from desk.handling.intake import Opened
from desk.mail.models import OutboxMail
from desk.tickets.decisions import Decision
from tests.cases import add_staff, fields_of, open_one, sign_in, ticket_of

TICKED = [
    ("check_duties-done", code) for code in ["scope", "sources", "third-parties", "grounds", "method", "delivery"]
]
PART = {
    "decide-outcome": "D-PART",
    "decide-what_0": "問い合わせメール",
    "decide-result_0": "granted",
    "decide-what_1": "推薦者の所見",
    "decide-result_1": "refused",
    "decide-ground_1": "G5",
    "decide-facts_1": "推薦者が特定されるおそれがあるため",
    "decide-hidden": "推薦者は退職している",
}


@pytest.fixture
def opened(app: Flask) -> Opened:
    """A disclosure request."""
    with app.app_context():
        return open_one(kind="D33")


@pytest.fixture
def people(app: Flask) -> dict[str, FlaskClient]:
    """An agent, a colleague, a manager and an auditor at their browsers."""
    roles = {"agent": Role.AGENT, "colleague": Role.AGENT, "manager": Role.MANAGER, "auditor": Role.AUDITOR}
    with app.app_context():
        known = {name: add_staff(role, name=f"{name} さん") for name, role in roles.items()}
    return {name: sign_in(app, staff) for name, staff in known.items()}


def page_of(client: FlaskClient, opened: Opened, page: str = "/decision") -> str:
    return client.get(f"/staff/tickets/{opened.ref}{page}").text


def press(client: FlaskClient, opened: Opened, act: str, page: str = "/decision", **typed: str) -> tuple[int, str]:
    """Fill in a form of the decision's page and send it."""
    path = f"/staff/tickets/{opened.ref}/{act}"
    answer = client.post(path, data=fields_of(page_of(client, opened, page), path) | typed)
    return answer.status_code, answer.text


def tick_all(client: FlaskClient, opened: Opened) -> None:
    known = {"confirm_identity-basis": "known", "confirm_identity-text": "会員ページから届いた"}
    assert press(client, opened, "confirm_identity", "", **known)[0] == 303
    path = f"/staff/tickets/{opened.ref}/check_duties"
    fields = fields_of(page_of(client, opened, ""), path)
    fields.pop("check_duties-done", None)
    assert client.post(path, data=MultiDict([*fields.items(), *TICKED])).status_code == 303


def test_a_refusal_goes_from_draft_to_notice(app: Flask, people: dict[str, FlaskClient], opened: Opened) -> None:
    agent, manager = people["agent"], people["manager"]
    assert "確認事項（0/8）" in page_of(agent, opened, "")
    tick_all(agent, opened)
    assert "確認事項（7/8）" in page_of(agent, opened, "")
    assert press(agent, opened, "decide", **PART)[0] == 303
    page = page_of(agent, opened)
    assert all(words in page for words in ("承認待ち", "推薦者の所見", "推薦者は退職している", "manager さん"))
    assert 'action="/staff/tickets/' + opened.ref + '/approve"' not in page
    assert "/approve" not in page_of(people["colleague"], opened)
    assert press(manager, opened, "approve")[0] == 303
    page = page_of(agent, opened)
    assert "承認済み" in page
    closing = fields_of(page, f"/staff/tickets/{opened.ref}/close")
    assert "・問い合わせメール：ご請求のとおりにいたします。" in closing["close-text"]
    assert "（個人情報保護法33条2項1号）" in closing["close-text"]
    assert "退職" not in closing["close-text"]
    status, look = press(agent, opened, "close", **{"close-outcome": "D-PART", "step": "look"})
    assert status == 200
    assert "推薦者" not in look.split('id="by-mail"')[1].split("</section>")[0]
    sent = fields_of(look, f"/staff/tickets/{opened.ref}/close") | {"step": "send"}
    assert agent.post(f"/staff/tickets/{opened.ref}/close", data=sent).status_code == 303
    with app.app_context():
        assert ticket_of(opened).outcome == "D-PART"
        assert "closing" in db.session.scalars(select(OutboxMail.kind)).all()
    assert "判断を承認しました（一部開示、別の方が承認、未了の確認事項：なし）" in page_of(agent, opened, "")


def test_nothing_is_refused_without_the_decision(app: Flask, people: dict[str, FlaskClient], opened: Opened) -> None:
    status, page = press(people["agent"], opened, "close", "", **{"close-outcome": "D-PART", "step": "send"})
    assert (status, "この結果で終了するには、判断の承認が必要です" in page) == (400, True)
    with app.app_context():
        assert ticket_of(opened).closed_at is None


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"decide-outcome": ""}, "結果を選択してください"),
        ({"decide-facts_1": ""}, "根拠とそう判断した事実を入力してください"),
        ({"decide-ground_1": ""}, "根拠とそう判断した事実を入力してください"),
        ({"decide-ground_1": "G11"}, "いまは選べません"),
        ({"decide-result_1": "granted"}, "結果と各行の扱いが合っていません"),
        ({"decide-what_0": "あ" * 501}, "500文字以内"),
    ],
)
def test_it_says_what_is_missing_and_keeps_what_was_typed(
    app: Flask, people: dict[str, FlaskClient], opened: Opened, typed: dict[str, str], told: str
) -> None:
    status, page = press(people["agent"], opened, "decide", **PART | typed)
    assert (status, told in page) == (400, True)
    assert "推薦者は退職している" in page
    with app.app_context():
        assert db.session.scalars(select(Decision)).all() == []


def test_open_duties_are_said_to_who_approves(people: dict[str, FlaskClient], opened: Opened) -> None:
    assert press(people["agent"], opened, "decide", **PART)[0] == 303
    status, page = press(people["manager"], opened, "approve")
    assert (status, "未了の確認事項か、回答を待っている調査があります" in page) == (400, True)
    assert press(people["manager"], opened, "approve", **{"approve-text": "窓口で本人に会った"})[0] == 303
    assert "窓口で本人に会った" in page_of(people["agent"], opened, "")


def test_it_goes_back_with_a_reason(people: dict[str, FlaskClient], opened: Opened) -> None:
    assert press(people["agent"], opened, "decide", **PART)[0] == 303
    status, page = press(people["manager"], opened, "send_back")
    assert (status, "差し戻す理由を入力してください" in page) == (400, True)
    assert press(people["manager"], opened, "send_back", **{"send_back-text": "事実が足りない"})[0] == 303
    page = page_of(people["agent"], opened)
    assert "これまでの判断" in page
    assert "差し戻し" in page


def test_a_second_draft_that_comes_late_shows_both(people: dict[str, FlaskClient], opened: Opened) -> None:
    path = f"/staff/tickets/{opened.ref}/decide"
    pages = [page_of(people[name], opened) for name in ("agent", "colleague")]
    assert people["agent"].post(path, data=fields_of(pages[0], path) | PART).status_code == 303
    late = people["colleague"].post(path, data=fields_of(pages[1], path) | PART)
    assert late.status_code == 409
    assert all(words in late.text for words in ("推薦者の所見", "推薦者は退職している", "判断案を作成しました"))


def test_an_auditor_reads_and_decides_nothing(people: dict[str, FlaskClient], opened: Opened) -> None:
    assert press(people["agent"], opened, "decide", **PART)[0] == 303
    page = page_of(people["auditor"], opened)
    assert "推薦者の所見" in page
    assert f'action="/staff/tickets/{opened.ref}/' not in page


def test_nobody_approves_another_decision_than_the_one_on_the_page(
    app: Flask, people: dict[str, FlaskClient], opened: Opened
) -> None:
    tick_all(people["agent"], opened)
    assert press(people["agent"], opened, "decide", **PART)[0] == 303
    path = f"/staff/tickets/{opened.ref}/approve"
    shown = fields_of(page_of(people["manager"], opened), path)
    assert press(people["agent"], opened, "decide", **PART | {"decide-outcome": "D-NONE"})[0] == 303
    late = people["manager"].post(path, data=shown)
    assert late.status_code == 409
    again = people["manager"].post(
        path, data=fields_of(late.text, path) | {"approve-decision": shown["approve-decision"]}
    )
    assert again.status_code == 400
    with app.app_context():
        states = db.session.scalars(select(Decision.state).order_by(Decision.id)).all()
        assert states == ["replaced", "drafted"]


def test_ticks_that_come_late_show_both(app: Flask, people: dict[str, FlaskClient], opened: Opened) -> None:
    path = f"/staff/tickets/{opened.ref}/check_duties"
    fields = [fields_of(page_of(people[name], opened, ""), path) for name in ("agent", "colleague")]
    one = MultiDict([*fields[0].items(), ("check_duties-done", "method")])
    assert people["agent"].post(path, data=one).status_code == 303
    other = MultiDict([*fields[1].items(), ("check_duties-done", "scope"), ("check_duties-done", "sources")])
    late = people["colleague"].post(path, data=other)
    assert (late.status_code, "開示の範囲を本人と確かめた" in late.text) == (409, True)
    assert late.text.count('name="check_duties-done"') == 2
    assert "確認事項（1/8）" in page_of(people["agent"], opened, "")


def test_a_row_is_chosen_or_empty(app: Flask, people: dict[str, FlaskClient], opened: Opened) -> None:
    status, page = press(people["agent"], opened, "decide", **PART | {"decide-what_2": "写真", "decide-result_2": ""})
    assert (status, "この行の扱いを選択してください" in page, "写真" in page) == (400, True, True)


def test_no_file_is_handed_over_before_the_approval(app: Flask, people: dict[str, FlaskClient], opened: Opened) -> None:
    agent, path = people["agent"], f"/staff/tickets/{opened.ref}"

    def answer() -> int:
        fields = fields_of(page_of(agent, opened, ""), f"{path}/answer") | {"answer-text": "写しです。", "step": "send"}
        return agent.post(f"{path}/answer", data=fields | {"answer-files": (BytesIO(b"memo"), "memo.txt")}).status_code

    assert answer() == 400
    tick_all(agent, opened)
    assert press(agent, opened, "decide", **PART)[0] == 303
    assert answer() == 400
    assert press(people["manager"], opened, "approve")[0] == 303
    assert answer() == 303


def test_a_refusal_of_what_has_no_grounds_is_decided_too(app: Flask, people: dict[str, FlaskClient]) -> None:
    with app.app_context():
        other = open_one(kind="F283")
    status, page = press(people["agent"], other, "close", "", **{"close-outcome": "OUT", "step": "send"})
    assert (status, "判断の承認が必要です" in page) == (400, True)
    assert press(people["agent"], other, "decide", **{"decide-outcome": "OUT"})[0] == 303
    assert press(people["manager"], other, "approve", **{"approve-text": "確かめた"})[0] == 303
    status, _page = press(people["agent"], other, "close", **{"close-outcome": "OUT", "close-text": "", "step": "send"})
    assert status == 303


def test_cards_are_cut_and_accounts_masked(app: Flask, people: dict[str, FlaskClient], opened: Opened) -> None:
    said = PART | {"decide-hidden": "4111 1111 1111 1111 を見た", "decide-measure": "口座番号は 7654321 です"}
    assert press(people["agent"], opened, "decide", **said)[0] == 303
    page = page_of(people["manager"], opened)
    assert "4111 1111 1111" not in page
    assert "7654321" not in page
