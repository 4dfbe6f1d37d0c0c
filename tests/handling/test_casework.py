"""Where a ticket stands in the queue after it was recast, and what becomes of it when its assignee goes."""

from datetime import date, timedelta

import pytest
from flask.ctx import AppContext
from sqlalchemy import select

from desk import clock
from desk.accounts.permissions import Role
from desk.accounts.staff import find_staff
from desk.db import db
from desk.events.kinds import EventKind
from desk.events.models import Event
from desk.events.trail import staff_actor
from desk.handling import casework, correspondence, resolution, staffing
from desk.handling.intake import Opened
from desk.handling.resolution import Closing
from desk.tickets.models import RANK_AT_ONCE, RANK_PERSON_WROTE, RANK_USUAL
from desk.tickets.queries import Filters, View, list_queue
from desk.transaction import transaction
from desk.vault.keys import Purpose, keys_of
from desk.vault.seal import new_token
from tests.cases import BASE_URL, act, add_staff, open_one, ticket_of
from tests.moment import Traveller

LATER = date(2100, 1, 1)


def the_person_writes(opened: Opened) -> None:
    added = correspondence.Addition("まだ届きます。", new_token())
    key = keys_of(opened.ticket_id)[Purpose.CASE]
    act(opened, correspondence.receive_addition, added, key, clock.now())


def rank(opened: Opened) -> int:
    return ticket_of(opened).queue_rank


def test_a_breach_cannot_wait_even_if_the_person_wrote(context: AppContext) -> None:
    opened, who = open_one(), staff_actor(add_staff())
    the_person_writes(opened)
    assert rank(opened) == RANK_PERSON_WROTE
    act(opened, casework.recast, "N-BREACH", "漏えいの疑い", who, clock.now())
    assert rank(opened) == RANK_AT_ONCE
    assert list_queue(Filters(View.OVERDUE), 0, LATER).rows == []


def test_what_was_no_breach_shows_that_the_person_waits(context: AppContext, moment: Traveller) -> None:
    opened, who = open_one(kind="N-BREACH"), staff_actor(add_staff())
    the_person_writes(opened)
    assert rank(opened) == RANK_AT_ONCE
    act(opened, casework.recast, "K40", "漏えいではなかった", who, clock.now())
    assert rank(opened) == RANK_PERSON_WROTE
    moment.shift(timedelta(minutes=5))
    act(opened, correspondence.answer, correspondence.Answer("止めました"), who, clock.now(), BASE_URL)
    act(opened, casework.recast, "N-BREACH", "漏えいの疑い", who, clock.now())
    moment.shift(timedelta(minutes=5))
    act(opened, casework.recast, "C34", "漏えいではなかった", who, clock.now())
    assert rank(opened) == RANK_USUAL


def leave(staff_id: int, how: str, admin: int) -> None:
    person = find_staff(staff_id)
    assert person is not None
    version, actor, now = person.version, staff_actor(admin), clock.now()
    with transaction():
        if how == "deactivated":
            staffing.deactivate(staff_id, version=version, actor=actor, now=now)
        else:
            staffing.change_role(staff_id, Role(how), version=version, actor=actor, now=now)


def taken_back(opened: Opened) -> list[tuple[str, dict[str, int]]]:
    """Return by whom and from whom a ticket was taken back."""
    rows = db.session.scalars(
        select(Event).where(Event.ticket_id == opened.ticket_id, Event.kind == EventKind.HANDED_BACK)
    )
    return [(row.actor, row.facts) for row in rows]


@pytest.mark.parametrize(("how", "keeps"), [("deactivated", False), ("auditor", False), ("manager", True)])
def test_open_tickets_of_who_leaves_stand_among_the_unassigned(context: AppContext, how: str, keeps: bool) -> None:
    leaver, stays, admin = add_staff(), add_staff(), add_staff(Role.ADMIN)
    theirs, others, closed = open_one(), open_one(), open_one()
    for opened, holder in ((theirs, leaver), (others, stays), (closed, leaver)):
        act(opened, casework.assign, holder, staff_actor(holder), clock.now())
    act(closed, resolution.close, Closing("K-OK"), staff_actor(leaver), clock.now(), BASE_URL)
    version = ticket_of(theirs).version
    leave(leaver, how, admin)
    held = ticket_of(theirs)
    assert (held.assignee_id, held.version > version) == ((leaver, False) if keeps else (None, True))
    assert taken_back(theirs) == ([] if keeps else [("staff", {"staff": leaver})])
    assert (ticket_of(others).assignee_id, taken_back(others)) == (stays, [])
    assert (ticket_of(closed).assignee_id, taken_back(closed)) == (leaver, [])
    unassigned = {row.id for row in list_queue(Filters(View.UNASSIGNED), stays, clock.today()).rows}
    assert unassigned == (set() if keeps else {theirs.ticket_id})


def test_an_escalated_ticket_stays_so_without_its_manager(context: AppContext) -> None:
    manager, admin, opened = add_staff(Role.MANAGER), add_staff(Role.ADMIN), open_one()
    act(opened, casework.escalate, manager, "判断をお願いします", staff_actor(manager), clock.now())
    leave(manager, "deactivated", admin)
    assert (ticket_of(opened).assignee_id, ticket_of(opened).is_escalated) == (None, True)


@pytest.mark.parametrize("by_person", [True, False])
def test_a_closed_ticket_comes_back_to_nobody_who_left(context: AppContext, by_person: bool) -> None:
    leaver, admin, opened = add_staff(), add_staff(Role.ADMIN), open_one()
    act(opened, casework.assign, leaver, staff_actor(leaver), clock.now())
    act(opened, resolution.close, Closing("K-OK"), staff_actor(leaver), clock.now(), BASE_URL)
    leave(leaver, "deactivated", admin)
    if by_person:
        the_person_writes(opened)
    else:
        act(opened, resolution.reopen, "連絡があった", staff_actor(add_staff()), clock.now())
    assert (ticket_of(opened).assignee_id, taken_back(opened)) == (None, [("desk", {"staff": leaver})])
