"""The yearly inspection opens by itself, is signed once the year is over, and says when something is due."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from flask.ctx import AppContext
from sqlalchemy import select

from desk import clock
from desk.clock import TOKYO
from desk.company.settings import set_setting
from desk.db import db
from desk.events.alerts import list_open_alerts, list_open_objects
from desk.events.kinds import EventKind
from desk.events.models import Event
from desk.events.trail import Actor, staff_actor
from desk.handling import inspections
from desk.handling.administration import acknowledge_alert
from desk.handling.changing import ChangedMeanwhile
from desk.handling.inspections import ACTION_ALERT, INSPECTION_ALERT, ActionWords, InspectionWords, Receipt
from desk.policy.inspections import (
    CorrectiveAction,
    Inspection,
    find_inspection,
    list_inspections,
    period_of,
    year_of,
)
from desk.tickets.errors import NotAllowed
from desk.transaction import transaction
from tests.cases import add_staff, open_one
from tests.moment import Traveller

WORDS = InspectionWords(12, date(2027, 3, 1), date(2027, 3, 2), 5, 1, "手順書が古い。")
FIX = ActionWords("手順書を改める", None, date(2027, 6, 30), "", is_done=False)


@pytest.fixture
def actor(context: AppContext) -> Iterator[Actor]:
    """The manager."""
    return staff_actor(add_staff())


def watch() -> None:
    with transaction():
        inspections.watch_inspections(clock.now())


def opened(year: int, actor: Actor) -> Inspection:
    with transaction():
        return inspections.open_inspection(year, actor=actor, now=clock.now())


@pytest.mark.parametrize(
    ("on", "month", "year", "first", "last"),
    [
        (date(2026, 3, 31), 4, 2025, date(2025, 4, 1), date(2026, 3, 31)),
        (date(2026, 4, 1), 4, 2026, date(2026, 4, 1), date(2027, 3, 31)),
        (date(2026, 12, 31), 1, 2026, date(2026, 1, 1), date(2026, 12, 31)),
        (date(2028, 2, 29), 3, 2027, date(2027, 3, 1), date(2028, 2, 29)),
        (date(2026, 12, 1), 12, 2026, date(2026, 12, 1), date(2027, 11, 30)),
    ],
)
def test_it_knows_the_business_year(on: date, month: int, year: int, first: date, last: date) -> None:
    assert (year_of(on, month), period_of(year, month)) == (year, (first, last))


def test_a_record_opens_by_itself_when_the_year_has_ended(context: AppContext, moment: Traveller) -> None:
    moment.move_to(datetime(2027, 3, 31, 23, 59, 59, tzinfo=TOKYO))
    open_one()
    watch()
    assert list_inspections() == []
    moment.shift(timedelta(seconds=1))
    for _time in range(3):
        watch()
    (row,) = list_inspections()
    assert (row.year, row.first_on, row.last_on) == (2026, date(2026, 4, 1), date(2027, 3, 31))
    assert [one.kind for one in list_open_alerts()] == [INSPECTION_ALERT]
    (told,) = db.session.execute(select(Event.actor, Event.facts).where(Event.kind == EventKind.INSPECTION_OPENED))
    assert told == ("desk", {"year": 2026})


def test_no_record_opens_for_a_year_before_the_first_case(context: AppContext, moment: Traveller) -> None:
    moment.move_to(datetime(2027, 4, 1, 0, 0, tzinfo=TOKYO))
    watch()
    open_one()
    watch()
    assert list_inspections() == []


def test_the_business_year_may_begin_in_another_month(context: AppContext, moment: Traveller) -> None:
    moment.move_to(datetime(2026, 9, 30, 12, tzinfo=TOKYO))
    open_one()
    with transaction():
        set_setting("business_year_month", 10, clock.now())
    moment.move_to(datetime(2026, 10, 1, tzinfo=TOKYO))
    watch()
    assert [(row.first_on, row.last_on) for row in list_inspections()] == [(date(2025, 10, 1), date(2026, 9, 30))]


def test_a_year_that_lies_ahead_has_no_record(context: AppContext, actor: Actor, moment: Traveller) -> None:
    moment.move_to(datetime(2027, 3, 31, tzinfo=TOKYO))
    with pytest.raises(NotAllowed), transaction():
        inspections.open_inspection(2027, actor=actor, now=clock.now())
    assert opened(2026, actor).id == opened(2026, actor).id
    assert find_inspection(2027) is None


def test_it_is_signed_when_the_year_is_over_and_never_changed_after(
    context: AppContext, actor: Actor, moment: Traveller
) -> None:
    moment.move_to(datetime(2027, 3, 31, 23, 59, tzinfo=TOKYO))
    row = opened(2026, actor)
    with transaction():
        inspections.change_inspection(row, WORDS, version=1, actor=actor, now=clock.now())
    with pytest.raises(NotAllowed), transaction():
        inspections.sign_inspection(row, {"received": 3}, version=2, actor=actor, now=clock.now())
    moment.move_to(datetime(2027, 4, 1, tzinfo=TOKYO))
    with pytest.raises(ChangedMeanwhile), transaction():
        inspections.sign_inspection(row, {"received": 3}, version=1, actor=actor, now=clock.now())
    with transaction():
        inspections.sign_inspection(row, {"received": 3}, version=2, actor=actor, now=clock.now())
    for late in (
        lambda: inspections.change_inspection(row, WORDS, version=3, actor=actor, now=clock.now()),
        lambda: inspections.sign_inspection(row, {"received": 4}, version=3, actor=actor, now=clock.now()),
    ):
        with pytest.raises(ChangedMeanwhile), transaction():
            late()
    assert (row.findings, row.figures, row.signed_by) == ("手順書が古い。", {"received": 3}, actor.staff_id)


def test_only_a_signed_record_is_received(context: AppContext, actor: Actor, moment: Traveller) -> None:
    moment.move_to(datetime(2027, 4, 5, tzinfo=TOKYO))
    receipt = Receipt(date(2027, 4, 5), "見本 一郎", "教育を年2回にする。")
    row = opened(2026, actor)
    open_one(datetime(2026, 5, 1, tzinfo=TOKYO))
    watch()
    assert list_open_objects(INSPECTION_ALERT) == {row.id}
    with pytest.raises(ChangedMeanwhile), transaction():
        inspections.receive_inspection(row, receipt, version=1, actor=actor, now=clock.now())
    with transaction():
        inspections.sign_inspection(row, {}, version=1, actor=actor, now=clock.now())
    with transaction():
        inspections.receive_inspection(row, receipt, version=2, actor=actor, now=clock.now())
    watch()
    assert list_open_objects(INSPECTION_ALERT) == set()
    assert (row.received_by, row.decisions) == ("見本 一郎", "教育を年2回にする。")


def test_an_action_that_is_due_is_told_each_day_until_it_is_done(
    context: AppContext, actor: Actor, moment: Traveller
) -> None:
    moment.move_to(datetime(2027, 6, 29, 23, 59, tzinfo=TOKYO))
    row = opened(2026, actor)
    with transaction():
        action = inspections.add_action(row, FIX, actor=actor, now=clock.now())
    watch()
    assert list_open_objects(ACTION_ALERT) == set()
    moment.move_to(datetime(2027, 6, 30, 0, 1, tzinfo=TOKYO))
    watch()
    assert list_open_objects(ACTION_ALERT) == {action.id}
    (alert,) = [one for one in list_open_alerts() if one.kind == ACTION_ALERT]
    assert actor.staff_id is not None
    with transaction():
        acknowledge_alert(alert.id, staff_id=actor.staff_id, actor=actor, now=clock.now())
    moment.move_to(datetime(2027, 6, 30, 23, 59, 59, tzinfo=TOKYO))
    watch()
    assert list_open_objects(ACTION_ALERT) == set()  # seen to for that day
    moment.shift(timedelta(seconds=1))
    watch()
    assert list_open_objects(ACTION_ALERT) == {action.id}
    done = ActionWords(FIX.what, None, FIX.due_on, "改めて配った。", is_done=True)
    with transaction():
        inspections.change_action(row, action, done, version=1, actor=actor, now=clock.now())
    assert list_open_objects(ACTION_ALERT) == set()
    watch()
    assert list_open_objects(ACTION_ALERT) == set()


def test_who_closed_an_action_stays_when_its_words_change(context: AppContext, actor: Actor, moment: Traveller) -> None:
    row, other = opened(2025, actor), staff_actor(add_staff(name="鈴木 管理"))
    with transaction():
        action = inspections.add_action(row, FIX, actor=actor, now=clock.now())
    done = ActionWords(FIX.what, None, FIX.due_on, "済み", is_done=True)
    closed_at = clock.now()
    with transaction():
        inspections.change_action(row, action, done, version=1, actor=actor, now=closed_at)
    moment.shift(timedelta(hours=1))
    with transaction():
        inspections.change_action(row, action, done, version=2, actor=other, now=clock.now())
    assert (action.closed_at, action.closed_by) == (closed_at, actor.staff_id)
    with pytest.raises(ChangedMeanwhile), transaction():
        inspections.change_action(row, action, FIX, version=2, actor=other, now=clock.now())
    with transaction():
        inspections.change_action(row, action, FIX, version=3, actor=other, now=clock.now())
    assert (action.closed_at, action.closed_by) == (None, None)
    assert db.session.scalars(select(CorrectiveAction.version)).all() == [4]
