"""Whoever saves on a ticket that a colleague has changed sees both versions, whatever else is wrong, and loses no word."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from desk import clock
from desk.accounts.models import Staff
from desk.accounts.permissions import Role
from desk.db import db
from desk.handling.intake import Opened
from desk.policy.consents import Consent
from desk.policy.models import OutsideService
from desk.policy.register import list_services
from desk.transaction import transaction
from tests.cases import add_staff, fields_of, open_one, sign_in, ticket_of
from tests.security.house import WORDS, House

TYPED = "後から書いた長い文章"
SOON = f"{clock.today() + timedelta(days=9)}"
FIRST = {
    "recast": {"recast-kind": "C34", "recast-text": "訂正の請求だった"},
    "close": {"close-outcome": "K-OK", "close-text": "", "step": "send"},
    "assign": {"assign-to": ""},
}
SECOND = {
    "answer": {"answer-text": TYPED, "step": "look"},
    "wait": {"wait-reason": "identity", "wait-text": TYPED, "step": "look"},
    "tell_delay": {"tell_delay-expected_on": SOON, "tell_delay-text": TYPED, "step": "look"},
    "recast": {"recast-kind": "C34", "recast-text": TYPED},
    "close": {"close-outcome": "K-OK", "close-text": TYPED, "step": "look"},
    "note": {"note-text": TYPED},
    "escalate": {"escalate-to": "", "escalate-text": TYPED},
    "assign": {"assign-to": ""},
    "move": {"move-target": "investigating"},
}


@pytest.fixture
def opened(app: Flask) -> Opened:
    """A ticket that two people look at."""
    with app.app_context():
        return open_one()


@pytest.fixture
def two(app: Flask) -> tuple[FlaskClient, FlaskClient]:
    """Two colleagues at their browsers."""
    with app.app_context():
        return sign_in(app, add_staff()), sign_in(app, add_staff(name="鈴木 窓口"))


def page_of(client: FlaskClient, opened: Opened) -> str:
    return client.get(f"/staff/tickets/{opened.ref}").text


def press(client: FlaskClient, opened: Opened, page: str, act: str, typed: dict[str, str]) -> tuple[int, str]:
    """Send the form of an act as it stood on a page."""
    path = f"/staff/tickets/{opened.ref}/{act}"
    answer = client.post(path, data=fields_of(page, path) | typed)
    return answer.status_code, answer.text


@pytest.mark.parametrize("step", ["look", "edit", "send"])
@pytest.mark.parametrize("first", FIRST)
@pytest.mark.parametrize("second", SECOND)
def test_it_shows_both_versions(
    app: Flask, opened: Opened, two: tuple[FlaskClient, FlaskClient], first: str, second: str, step: str
) -> None:
    old = page_of(two[1], opened)
    if first == "assign":
        with app.app_context():
            FIRST["assign"]["assign-to"] = str(add_staff())
    assert press(two[0], opened, page_of(two[0], opened), first, FIRST[first])[0] == 303
    typed = {name: value if name != "step" else step for name, value in SECOND[second].items()}
    status, page = press(two[1], opened, old, second, typed)
    assert status == 409, page
    assert "先に保存された内容" in page
    assert "Not a valid choice" not in page
    assert TYPED not in typed.values() or TYPED in page


def test_it_says_that_the_same_was_done_already(
    app: Flask, opened: Opened, two: tuple[FlaskClient, FlaskClient]
) -> None:
    pages = [page_of(client, opened) for client in two]
    assert press(two[0], opened, pages[0], "recast", FIRST["recast"])[0] == 303
    page = press(two[1], opened, pages[1], "recast", SECOND["recast"])[1]
    assert "この操作はいまの状態ではできません" in page
    assert page.count("訂正・追加・削除") == 2  # in what was saved, and as what was chosen
    assert f'action="/staff/tickets/{opened.ref}/recast"' not in page


@pytest.mark.parametrize("first", ["recast", "close", "move"])
def test_a_mistake_in_the_form_does_not_hide_the_change(
    app: Flask, opened: Opened, two: tuple[FlaskClient, FlaskClient], first: str
) -> None:
    old = page_of(two[1], opened)
    done = {**FIRST, "move": {"move-target": "investigating"}}[first]
    assert press(two[0], opened, page_of(two[0], opened), first, done)[0] == 303
    for act, typed in (("close", {"close-outcome": "", "close-text": TYPED}), ("wait", {"wait-text": ""})):
        assert press(two[1], opened, old, act, typed)[0] == 409
    assert press(two[1], opened, old, "answer", {"answer-text": "あ" * 20_001})[0] == 409


def test_a_reopening_keeps_its_reason(app: Flask, opened: Opened, two: tuple[FlaskClient, FlaskClient]) -> None:
    assert press(two[0], opened, page_of(two[0], opened), "close", FIRST["close"])[0] == 303
    pages = [page_of(client, opened) for client in two]
    assert press(two[0], opened, pages[0], "reopen", {"reopen-text": "連絡があった"})[0] == 303
    status, page = press(two[1], opened, pages[1], "reopen", {"reopen-text": TYPED})
    assert (status, TYPED in page) == (409, True)


def test_a_resuming_that_came_second_is_told(app: Flask, opened: Opened, two: tuple[FlaskClient, FlaskClient]) -> None:
    asked = {"wait-reason": "correction", "wait-text": "会員番号をお知らせください", "step": "send"}
    assert press(two[0], opened, page_of(two[0], opened), "wait", asked)[0] == 303
    pages = [page_of(client, opened) for client in two]
    assert press(two[0], opened, pages[0], "resume", {})[0] == 303
    assert press(two[1], opened, pages[1], "resume", {})[0] == 409


def test_the_same_form_twice_is_no_conflict(app: Flask, opened: Opened, two: tuple[FlaskClient, FlaskClient]) -> None:
    page = page_of(two[0], opened)
    for _click in range(2):
        assert press(two[0], opened, page, "note", {"note-text": TYPED})[0] == 303
    assert page_of(two[0], opened).count(TYPED) == 1


def test_a_colleague_who_left_cannot_be_chosen_and_the_page_says_so(
    app: Flask, opened: Opened, two: tuple[FlaskClient, FlaskClient]
) -> None:
    with app.app_context():
        leaver = add_staff(Role.MANAGER, name="退職 予定")
    page = page_of(two[0], opened)
    with app.app_context(), transaction():
        db.session.execute(update(Staff).where(Staff.id == leaver).values(is_active=False))
    status, answer = press(two[0], opened, page, "escalate", {"escalate-to": str(leaver), "escalate-text": TYPED})
    assert status == 400
    assert "いまは選べません。もう一度選んでください" in answer
    assert TYPED in answer


def test_an_answer_by_mail_becomes_a_notice_where_mail_may_not_carry_it(
    app: Flask, two: tuple[FlaskClient, FlaskClient]
) -> None:
    with app.app_context():
        opened = open_one(kind="N-GEN")
    old = page_of(two[1], opened)
    assert press(two[0], opened, page_of(two[0], opened), "recast", FIRST["recast"])[0] == 303
    typed = {"answer-text": TYPED, "answer-by_mail": "y", "step": "look"}
    late = press(two[1], opened, old, "answer", typed)[1]
    status, preview = press(two[1], opened, late, "answer", {"answer-text": TYPED, "step": "look"})
    assert status == 200
    assert "by_mail" not in preview
    assert press(two[1], opened, preview, "answer", {"step": "send"})[0] == 303
    with app.app_context():
        assert ticket_of(opened).answered_at is not None


@pytest.mark.parametrize("act", ["wait", "close"])
def test_back_from_the_preview_the_form_stands_open_with_its_text(
    app: Flask, opened: Opened, two: tuple[FlaskClient, FlaskClient], act: str
) -> None:
    _status, preview = press(two[0], opened, page_of(two[0], opened), act, SECOND[act])
    status, page = press(two[0], opened, preview, act, {"step": "edit"})
    assert (status, TYPED in page) == (200, True)
    before = page.split(f'action="/staff/tickets/{opened.ref}/{act}"')[0]
    assert " open" in before.rpartition("<details")[2].partition(">")[0]


@pytest.mark.parametrize("seen", ["9" * 30, "9" * 19, "٣", "-1", "x", ""])
def test_a_mark_of_what_was_seen_that_is_none_loses_no_word(
    app: Flask, opened: Opened, two: tuple[FlaskClient, FlaskClient], seen: str
) -> None:
    old = page_of(two[1], opened)
    assert press(two[0], opened, page_of(two[0], opened), "move", SECOND["move"])[0] == 303
    status, page = press(two[1], opened, old, "note", SECOND["note"] | {"note-seen": seen})
    assert (status, TYPED in page) == (409, True)


@pytest.mark.parametrize("gone", [False, True], ids=["still there", "gone meanwhile"])
def test_what_was_chosen_is_said_in_words(app: Flask, gone: bool) -> None:
    house = House(app)
    case, agent, colleague = house.case(house.colleague), house.browser(Role.AGENT), house.browser(Role.MANAGER)
    consent = house.consent()
    page = page_of(agent, case)
    with app.app_context():
        name = next(one.name for one in list_services() if one.id == house.outside)
    assert press(colleague, case, page_of(colleague, case), "note", {"note-text": "先に書いた"})[0] == 303
    if gone:
        with app.app_context(), transaction():
            db.session.execute(update(OutsideService).values(is_used=False))
            db.session.execute(update(Consent).values(withdrawn_at=clock.now()))
    typed = {"involve-service": str(house.outside), "involve-stage": "told"}
    status, text = press(agent, case, page, "involve", typed)
    assert (status, name in text, "伝えた" in text) == (409, True, True)
    status, text = press(agent, case, page, "withdraw_consent", {"withdraw_consent-consent": str(consent)})
    assert (status, WORDS in text.split('id="yours"')[1]) == (409, True)
