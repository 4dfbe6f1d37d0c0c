"""Which reminders fall on which day."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from desk.clock import TOKYO
from desk.law.calendar import japan_calendar
from desk.law.deadlines import ClockEvent, compute
from desk.law.regimes import get_regime
from desk.law.reminders import ClockDates, ReminderRule, reminder_rules

JAPAN = japan_calendar()
# Due Mon 2027-05-10, just after Golden Week (04-29, 05-03 to 05-05 are holidays); first answer by Wed 2027-04-28.
CASE = ClockDates(date(2027, 5, 10), date(2027, 4, 28), answered=True, waiting=False, ended=False)


@pytest.mark.parametrize(
    ("today", "rules"),
    [
        ("2027-04-26", []),
        ("2027-04-27", ["due-5bd"]),
        ("2027-04-28", []),
        ("2027-04-29", []),  # holiday
        ("2027-04-30", ["due-3bd"]),
        ("2027-05-02", []),  # Sunday
        ("2027-05-06", []),
        ("2027-05-07", ["due-1bd"]),
        ("2027-05-09", []),  # Sunday, though one business day is left
        ("2027-05-10", ["due-0"]),
        ("2027-05-11", ["overdue"]),
        ("2027-05-15", []),  # Saturday
        ("2027-05-31", ["overdue"]),
    ],
)
def test_it_reminds_before_on_and_after_the_due_date(today: str, rules: list[str]) -> None:
    assert reminder_rules(CASE, date.fromisoformat(today), JAPAN) == rules


@pytest.mark.parametrize(
    ("today", "rules"),
    [
        ("2027-04-27", ["due-5bd"]),
        ("2027-04-28", ["reply-0"]),
        ("2027-04-30", ["due-3bd", "reply-missed"]),
        ("2027-05-06", ["reply-missed"]),
        ("2027-05-11", ["reply-missed", "overdue"]),
    ],
)
def test_it_reminds_of_the_first_answer_until_it_is_given(today: str, rules: list[str]) -> None:
    assert reminder_rules(replace(CASE, answered=False), date.fromisoformat(today), JAPAN) == rules


@pytest.mark.parametrize("quiet", [replace(CASE, waiting=True), replace(CASE, ended=True)])
def test_it_is_silent_while_waiting_and_after_the_end(quiet: ClockDates) -> None:
    days = [date(2027, 4, 20) + timedelta(days=i) for i in range(40)]
    assert [rule for day in days for rule in reminder_rules(replace(quiet, answered=False), day, JAPAN)] == []


def test_it_reminds_of_a_breach_by_the_day_of_its_instant() -> None:
    case = ClockDates(None, datetime(2027, 6, 7, 0, 30, tzinfo=TOKYO), answered=False, waiting=False, ended=False)
    assert reminder_rules(case, date(2027, 6, 4), JAPAN) == []
    assert reminder_rules(case, date(2027, 6, 7), JAPAN) == ["reply-0"]
    assert reminder_rules(case, date(2027, 6, 8), JAPAN) == ["reply-missed"]


def test_it_fires_each_rule_before_the_due_date_once() -> None:
    days = [date(2027, 4, 1) + timedelta(days=i) for i in range(40)]
    fired = [rule for day in days for rule in reminder_rules(CASE, day, JAPAN)]
    assert fired == [ReminderRule.DUE_5BD, ReminderRule.DUE_3BD, ReminderRule.DUE_1BD, ReminderRule.DUE_0]


def test_it_takes_its_dates_from_a_clock() -> None:
    events = [ClockEvent("wait-fee", date(2027, 6, 8))]
    clock = compute(get_regime("jp-appi"), "D33", date(2027, 6, 7), events, JAPAN)
    expected = ClockDates(date(2027, 6, 21), date(2027, 6, 9), answered=False, waiting=True, ended=False)
    assert ClockDates.of(clock, answered=False) == expected
