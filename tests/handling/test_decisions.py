"""Duties ticked off, decisions with their grounds, and the second person: who may approve what, when, and what stops it."""

from datetime import timedelta

import pytest
from flask.ctx import AppContext
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from desk import clock
from desk.accounts.models import Staff
from desk.accounts.permissions import Role
from desk.db import db, new_id
from desk.events.kinds import EventKind
from desk.events.models import Event
from desk.events.trail import staff_actor
from desk.handling import casework, correspondence, decisions, resolution
from desk.handling.casework import WaitRequest
from desk.handling.decisions import DutiesOpen, NewMessage, NotTheApprover
from desk.handling.intake import Opened
from desk.handling.resolution import Closing
from desk.law.waits import WaitReason
from desk.tickets.content import Contact
from desk.tickets.decisions import Decided, Decision, DecisionState, Item, Result, find_standing
from desk.tickets.errors import NotAllowed
from desk.transaction import transaction
from desk.vault.keys import Purpose, keys_of
from desk.vault.seal import new_token
from tests.cases import BASE_URL, act, add_staff, open_one, see_to_duties, ticket_of
from tests.moment import Traveller

MAIL = Item("問い合わせメール", Result.GRANTED)
REFERENCE = Item("推薦者の所見", Result.REFUSED, "G5", "推薦者が特定され、その利益を害するおそれがある")
PART = Decided("D-PART", (MAIL, REFERENCE))
FULL = Decided("D-FULL", (MAIL,))
NOT_THERE = Decided("D-NOTEXIST", (Item("会員情報", Result.ABSENT),), hidden="存在を答えると警察の捜査に支障がある")


@pytest.fixture
def opened(context: AppContext) -> Opened:
    """A disclosure request."""
    return open_one(kind="D33")


def see_to_all(opened: Opened, staff: int) -> None:
    """Tick off every duty but the approval."""
    act(opened, see_to_duties, staff)


def draft(opened: Opened, staff: int, decided: Decided = PART) -> int:
    return int(act(opened, decisions.draft_decision, decided, staff_actor(staff), clock.now()).id)


def approve(opened: Opened, staff: int, decision: int, why: str = "") -> None:
    act(opened, decisions.approve_decision, decision, why, staff_actor(staff), clock.now())


def close(opened: Opened, outcome: str) -> None:
    act(opened, resolution.close, Closing(outcome), staff_actor(add_staff()), clock.now(), BASE_URL)


def told(kind: EventKind) -> list[dict[str, object]]:
    db.session.rollback()
    return list(db.session.scalars(select(Event.facts).where(Event.kind == kind).order_by(Event.id)))


def test_duties_are_ticked_off_and_taken_back(opened: Opened) -> None:
    staff = add_staff()
    codes = [one.duty.code for one in decisions.list_duties(ticket_of(opened))]
    assert codes == ["identity", "scope", "sources", "third-parties", "grounds", "method", "second-person", "delivery"]
    act(opened, decisions.check_duties, {"sources", "scope"}, staff_actor(staff), clock.now())
    act(opened, decisions.check_duties, {"sources", "method"}, staff_actor(staff), clock.now())
    act(opened, decisions.check_duties, {"sources", "method"}, staff_actor(staff), clock.now())
    seen = {one.duty.code: one for one in decisions.list_duties(ticket_of(opened))}
    assert {code for code, one in seen.items() if one.is_done} == {"sources", "method"}
    assert seen["sources"].staff_id == staff
    assert told(EventKind.DUTIES_CHECKED) == [
        {"done": ["scope", "sources"], "open": []},
        {"done": ["method"], "open": ["scope"]},
    ]
    for wrong in ({"second-person"}, {"identity"}, {"nonsense"}):
        with pytest.raises(NotAllowed):
            act(opened, decisions.check_duties, wrong, staff_actor(staff), clock.now())


def test_a_duty_about_the_agent_is_there_where_one_acts(context: AppContext) -> None:
    agent = Contact(name="代理 花子", email="agent@example.jp", relation="appointed")
    opened = open_one(kind="D33", agent=agent)
    assert "authority" in [one.duty.code for one in decisions.list_duties(ticket_of(opened))]


def test_a_refusal_is_approved_by_a_manager_and_then_told(opened: Opened) -> None:
    author, colleague, manager = add_staff(), add_staff(), add_staff(Role.MANAGER)
    see_to_all(opened, author)
    number = draft(opened, author)
    assert ticket_of(opened).state == "drafted"
    for nobody in (author, colleague, add_staff(Role.AUDITOR), add_staff(Role.ADMIN)):
        with pytest.raises(NotTheApprover):
            approve(opened, nobody, number)
    with pytest.raises(NotAllowed):
        close(opened, "D-PART")
    approve(opened, manager, number)
    ticket = ticket_of(opened)
    assert ticket.state == "approved"
    row = db.session.get_one(Decision, number)
    assert (row.approver_id, row.grounds, row.is_alone, row.open_duties) == (manager, ["G5"], False, [])
    assert Decided.unseal(keys_of(ticket.id)[Purpose.DESK], row.outcome, row.sealed) == PART
    with pytest.raises(NotAllowed):
        close(opened, "D-FULL")
    close(opened, "D-PART")
    assert ticket_of(opened).outcome == "D-PART"


def test_what_hands_data_over_is_approved_by_any_second_person(opened: Opened) -> None:
    author, colleague = add_staff(), add_staff()
    see_to_all(opened, author)
    number = draft(opened, author, FULL)
    with pytest.raises(NotTheApprover):
        approve(opened, author, number)
    approve(opened, colleague, number)
    close(opened, "D-FULL")


def test_what_gives_the_person_all_without_data_needs_nobody_else(context: AppContext) -> None:
    opened, author = open_one(kind="S355"), add_staff()
    stopped = Decided("S-STOP", (Item("配信", Result.GRANTED),), "配信を止めた")
    with pytest.raises(DutiesOpen):
        draft(opened, author, stopped)
    see_to_all(opened, author)
    draft(opened, author, stopped)
    assert ticket_of(opened).state == "approved"
    close(opened, "S-STOP")


def test_open_duties_stop_it_unless_a_manager_says_why(opened: Opened) -> None:
    author, colleague, manager = add_staff(), add_staff(), add_staff(Role.MANAGER)
    number = draft(opened, author, FULL)
    with pytest.raises(DutiesOpen):
        approve(opened, colleague, number, "急ぐ")
    with pytest.raises(DutiesOpen):
        approve(opened, manager, number)
    approve(opened, manager, number, "本人確認は会員ページで済んでいる")
    left = ["identity", "scope", "sources", "third-parties", "grounds", "method"]
    assert db.session.get_one(Decision, number).open_duties == left
    assert told(EventKind.DECISION_APPROVED) == [{"outcome": "D-FULL", "alone": False, "open": left}]


def test_that_the_procedure_cannot_go_on_rests_on_no_duty(opened: Opened) -> None:
    author, manager = add_staff(), add_staff(Role.MANAGER)
    number = draft(opened, author, Decided("ID-NG"))
    approve(opened, manager, number)
    close(opened, "ID-NG")


def test_an_author_without_anybody_else_approves_alone_after_half_an_hour(opened: Opened, moment: Traveller) -> None:
    author = add_staff(Role.MANAGER)
    see_to_all(opened, author)
    number = draft(opened, author)
    with pytest.raises(NotTheApprover):
        approve(opened, author, number, "ほかにいない")
    moment.shift(timedelta(minutes=30))
    with pytest.raises(NotTheApprover):
        approve(opened, author, number)
    second = add_staff(Role.MANAGER)
    with pytest.raises(NotTheApprover):
        approve(opened, author, number, "ほかにいない")
    with transaction():
        db.session.execute(update(Staff).where(Staff.id == second).values(is_active=False))
    approve(opened, author, number, "ほかにいない")
    assert db.session.get_one(Decision, number).is_alone
    assert told(EventKind.DECISION_APPROVED)[0]["alone"] is True


def test_a_message_after_the_draft_has_it_looked_at_again(opened: Opened) -> None:
    author, manager = add_staff(), add_staff(Role.MANAGER)
    see_to_all(opened, author)
    number = draft(opened, author)
    the_person_writes(opened)
    with pytest.raises(NewMessage):
        approve(opened, manager, number)
    again = draft(opened, author)
    approve(opened, manager, again)
    assert db.session.get_one(Decision, number).state == DecisionState.REPLACED
    the_person_writes(opened)
    with pytest.raises(NewMessage):
        close(opened, "D-PART")


def the_person_writes(opened: Opened) -> None:
    added = correspondence.Addition("もう1つあります。", new_token())
    act(opened, correspondence.receive_addition, added, keys_of(opened.ticket_id)[Purpose.CASE], clock.now())


@pytest.mark.parametrize(
    "wrong",
    [
        Decided("K-OK"),
        Decided("nonsense"),
        Decided("WD"),
        Decided("D-PART"),
        Decided("D-PART", (MAIL,)),
        Decided("D-FULL", (MAIL, REFERENCE)),
        Decided("D-PART", (Item("所見", Result.REFUSED, "G5"),)),
        Decided("D-PART", (Item("所見", Result.REFUSED, "", "事実"),)),
        Decided("D-PART", (Item("所見", Result.REFUSED, "G11", "事実"),)),
        Decided("D-PART", (Item("所見", Result.REFUSED, "G99", "事実"),)),
        Decided("D-METHOD", (Item("全部", Result.OTHERWISE, "G10"),)),
    ],
)
def test_it_refuses_what_does_not_hold_together(opened: Opened, wrong: Decided) -> None:
    with pytest.raises(NotAllowed):
        draft(opened, add_staff(), wrong)
    assert find_standing(opened.ticket_id) is None
    assert ticket_of(opened).state != "drafted"


def test_what_must_not_be_revealed_is_said_in_the_words_of_what_is_not_there(opened: Opened) -> None:
    author, manager = add_staff(), add_staff(Role.MANAGER)
    see_to_all(opened, author)
    approve(opened, manager, draft(opened, author, NOT_THERE))
    close(opened, "D-NOTEXIST")


def test_nothing_is_decided_while_the_person_is_waited_for(opened: Opened) -> None:
    staff = add_staff()
    asked = WaitRequest(WaitReason.IDENTITY, "お送りください")
    act(opened, casework.start_wait, asked, staff_actor(staff), clock.now(), BASE_URL)
    with pytest.raises(NotAllowed):
        draft(opened, staff)


def test_it_goes_back_with_a_reason(opened: Opened) -> None:
    author, manager = add_staff(), add_staff(Role.MANAGER)
    number = draft(opened, author)
    act(opened, decisions.return_decision, number, "事実が足りない", staff_actor(manager), clock.now())
    assert ticket_of(opened).state == "investigating"
    with pytest.raises(NotAllowed):
        approve(opened, manager, number)
    with pytest.raises(NotAllowed):
        act(opened, decisions.return_decision, number, "もう一度", staff_actor(manager), clock.now())


@pytest.mark.parametrize("change", ["recast", "reopen"])
def test_a_decision_stands_no_longer_when_what_it_rested_on_has_changed(opened: Opened, change: str) -> None:
    author, manager = add_staff(), add_staff(Role.MANAGER)
    see_to_all(opened, author)
    approve(opened, manager, draft(opened, author))
    if change == "recast":
        act(opened, casework.recast, "C34", "訂正だった", staff_actor(author), clock.now())
    else:
        close(opened, "D-PART")
        act(opened, resolution.reopen, "資料が見つかった", staff_actor(author), clock.now())
    assert find_standing(opened.ticket_id) is None


def test_two_cannot_stand_at_once(opened: Opened) -> None:
    draft(opened, add_staff())
    twin = db.session.scalars(select(Decision)).one()
    values = {column.name: getattr(twin, column.name) for column in Decision.__table__.columns}
    db.session.add(Decision(**values | {"id": new_id()}))
    with pytest.raises(IntegrityError):
        db.session.flush()
    db.session.rollback()


def test_a_kind_without_grounds_is_answered_and_not_decided(context: AppContext) -> None:
    opened = open_one(kind="K40")
    assert decisions.decidable(ticket_of(opened)) == ()
    close(opened, "K-OK")
