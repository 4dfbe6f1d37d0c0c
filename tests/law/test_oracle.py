"""The Act's dates once more, day by day, by a reckoning of its own written from the articles: two hundred cases and more.

Nothing here is shared with the desk: the holidays are written out, business days are counted by walking from one day to the
next, and the ceiling is counted as Articles 140, 141 and 143 of the Civil Code say, the day of arrival left out.
"""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.clock import TOKYO
from desk.law.calendar import japan_calendar
from desk.law.deadlines import ClockEvent, compute
from desk.law.regimes import get_regime

HOLIDAYS = {
    2026: "11-03 11-23",
    2027: "01-01 01-11 02-11 02-23 03-21 03-22 04-29 05-03 05-04 05-05 07-19 08-11 09-20 09-23 10-11 11-03 11-23",
    2028: "01-01 01-10 02-11 02-23 03-20 04-29 05-03 05-04 05-05 07-17 08-11 09-18 09-22 10-09 11-03 11-23",
}
OFF = {date.fromisoformat(f"{year}-{day}") for year, days in HOLIDAYS.items() for day in days.split()}
CLOSED = {(12, 29), (12, 30), (12, 31), (1, 1), (1, 2), (1, 3)}

ASKED = {
    **dict.fromkeys(("I32", "P32", "F283"), (2, "5 business days", 14)),
    **dict.fromkeys(("D33", "T33", "C34"), (2, "10 days", 14)),
    **dict.fromkeys(("S351", "X353", "S355"), (2, "7 days", 14)),
    "K40": (1, "10 days", 30),
}
"""Of every kind of the Act: business days to the first answer, the target, and days to the ceiling."""


def is_open(day: date) -> bool:
    return day.isoweekday() < 6 and day not in OFF and (day.month, day.day) not in CLOSED


def walk(start: date, business_days: int) -> date:
    """Return the day on which so many business days have passed, the first day not counted."""
    day = start
    while business_days:
        day += timedelta(days=1)
        business_days -= is_open(day)
    return day


def back(day: date, arrival: date) -> date:
    """Return the last open day up to a day, but none before the arrival."""
    while not is_open(day) and day > arrival:
        day -= timedelta(days=1)
    return day


def oracle(kind: str, arrival: date) -> tuple[date, date, date, date]:
    """Return first answer, target, due date and ceiling."""
    answer, target, days = ASKED[kind]
    count, _blank, unit = target.partition(" ")
    ceiling = aim = arrival
    for _day in range(days):
        ceiling += timedelta(days=1)
    for _day in range(int(count)):
        aim += timedelta(days=1)
    due = back(ceiling, arrival)
    first = min(walk(arrival, answer), due)
    aim = walk(arrival, int(count)) if unit == "business days" else back(aim, arrival)
    return first, max(min(aim, due), first), due, ceiling


ARRIVALS = st.datetimes(datetime(2026, 11, 1), datetime(2028, 11, 10), timezones=st.just(TOKYO))  # noqa: DTZ001 - naive bounds
WAITS = st.lists(
    st.tuples(st.sampled_from(["identity", "correction", "fee"]), st.integers(1, 9), st.integers(0, 20)), max_size=3
)


@settings(max_examples=400)
@given(kind=st.sampled_from(sorted(ASKED)), arrival=ARRIVALS, waits=WAITS)
def test_every_date_is_the_articles(kind: str, arrival: datetime, waits: list[tuple[str, int, int]]) -> None:
    at, events = arrival, []
    for reason, before, length in waits:  # whatever is awaited, the Act knows no pause
        events.append(ClockEvent(f"wait-{reason}", at := at + timedelta(days=before)))
        events.append(ClockEvent("resumed", at := at + timedelta(days=length)))
    clock = compute(get_regime("jp-appi"), kind, arrival, events, japan_calendar())
    told = (clock.reply_by, clock.target_on, clock.due_on, clock.limit_on)
    assert told == oracle(kind, arrival.date())


@pytest.mark.parametrize(
    ("arrival", "due", "ceiling"),
    [
        ("2026-11-22", "2026-12-04", "2026-12-06"),
        ("2026-12-17", "2026-12-28", "2026-12-31"),
        ("2027-04-19", "2027-04-30", "2027-05-03"),
    ],
)
def test_the_reckoning_itself_agrees_with_the_table(arrival: str, due: str, ceiling: str) -> None:
    assert [day.isoformat() for day in oracle("D33", date.fromisoformat(arrival))[2:]] == [due, ceiling]


def test_no_kind_of_the_act_is_left_out() -> None:
    statutory = {kind.code for kind in get_regime("jp-appi").kinds.values() if kind.statutory and kind.valid_from}
    assert statutory <= set(ASKED)
