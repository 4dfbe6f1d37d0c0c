"""Business days: the official table, the rolls, the counts against a plain oracle, and the end of the data."""

from datetime import date, timedelta
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk import clock
from desk.law.calendar import Calendar, OutsideCalendar, japan_calendar
from desk.law.closures import DEFAULT, Closures, DatedRange, YearlyRange
from desk.law.table import LAST_YEAR, japan_table, render_table

JAPAN = japan_calendar()

# Cabinet Office (内閣府), national holidays; the equinoxes of 2028 are predictions.
HOLIDAYS = {
    2027: "1/1 1/11 2/11 2/23 3/21 3/22 4/29 5/3 5/4 5/5 7/19 8/11 9/20 9/23 10/11 11/3 11/23",
    2028: "1/1 1/10 2/11 2/23 3/20 4/29 5/3 5/4 5/5 7/17 8/11 9/18 9/22 10/9 11/3 11/23",
}


@pytest.mark.parametrize("year", HOLIDAYS)
def test_it_knows_the_public_holidays(year: int) -> None:
    expected = {date(year, *map(int, entry.split("/"))) for entry in HOLIDAYS[year].split()}
    assert {day for day in JAPAN.holidays if day.year == year} == expected


def test_its_holiday_data_has_not_run_out() -> None:
    assert clock.today().year + 10 <= LAST_YEAR, "the calendar ends too soon: raise LAST_YEAR"
    for year in range(clock.today().year, LAST_YEAR + 1):
        assert sum(1 for day in JAPAN.holidays if day.year == year) >= 16, f"holidays of {year} are missing"


def test_its_table_is_that_of_the_installed_package() -> None:
    written = resources.files("desk.law").joinpath("tables", "jp-holidays.toml").read_text(encoding="utf-8")
    assert written == render_table(), "run: python -m desk.law.table"
    assert japan_table().days.keys() == JAPAN.holidays


@pytest.mark.parametrize(("day", "open_"), [
    ("2026-11-20", True),
    ("2026-11-21", False),  # Saturday
    ("2026-11-22", False),  # Sunday
    ("2026-11-23", False),  # Labour Thanksgiving Day
    ("2027-03-22", False),  # substitute holiday
    ("2026-09-22", False),  # a day between two holidays
    ("2026-12-28", True),
    ("2026-12-29", False),  # closure
    ("2027-01-03", False),
    ("2027-01-04", True),
])  # fmt: skip
def test_it_tells_business_days(day: str, open_: bool) -> None:
    assert JAPAN.is_business_day(date.fromisoformat(day)) is open_


def test_it_rolls_over_weekends_holidays_and_closures() -> None:
    assert JAPAN.roll_back(date(2027, 1, 3)) == date(2026, 12, 28)
    assert JAPAN.roll_forward(date(2026, 12, 29)) == date(2027, 1, 4)
    assert JAPAN.roll_back(date(2027, 5, 5)) == date(2027, 4, 30)
    assert JAPAN.roll_forward(date(2027, 5, 1)) == date(2027, 5, 6)
    assert JAPAN.roll_back(date(2027, 6, 7)) == JAPAN.roll_forward(date(2027, 6, 7)) == date(2027, 6, 7)


@pytest.mark.parametrize(("start", "end", "days"), [
    ("2027-06-07", "2027-06-07", 0),
    ("2027-06-04", "2027-06-07", 1),  # Friday to Monday
    ("2027-06-07", "2027-06-04", -1),
    ("2027-06-04", "2027-06-06", 0),  # nothing works on a weekend
    ("2027-06-05", "2027-06-07", 1),
    ("2026-12-28", "2027-01-04", 1),  # over the new year
    ("2027-04-28", "2027-05-06", 2),  # Golden Week
])  # fmt: skip
def test_it_counts_business_days_between(start: str, end: str, days: int) -> None:
    assert JAPAN.business_days_between(date.fromisoformat(start), date.fromisoformat(end)) == days


def test_it_names_holidays_and_closed_days() -> None:
    assert JAPAN.holiday_name(date(2026, 11, 23)) == "勤労感謝の日"
    assert JAPAN.holiday_name(date(2026, 11, 23), "en") == "Labor Thanksgiving Day"
    assert JAPAN.holiday_name(date(2026, 11, 24)) is None
    reasons = {day: JAPAN.closed_reason(date.fromisoformat(day)) for day in ("2026-11-21", "2026-12-29", "2026-11-24")}
    assert [reason and reason.ja for reason in reasons.values()] == ["土曜日", "休業日", None]
    assert Calendar("x", frozenset({date(2026, 6, 1)}), Closures()).holiday_name(date(2026, 6, 1)) == "祝日"


def test_it_refuses_years_it_does_not_know() -> None:
    for day in (date(2014, 12, 31), date(LAST_YEAR + 1, 1, 1)):
        with pytest.raises(OutsideCalendar, match="2015 to"):
            JAPAN.is_business_day(day)


def test_it_refuses_closures_that_leave_no_business_day() -> None:
    never = Calendar("x", frozenset(), Closures(yearly=(YearlyRange((1, 1), (12, 31)),)))
    with pytest.raises(OutsideCalendar, match="no business day"):
        never.add_business_days(date(2027, 1, 1), 1)
    with pytest.raises(OutsideCalendar, match="no day beyond"):
        never.roll_forward(date.max)


def test_it_lists_the_times_without_a_business_day() -> None:
    closures = Closures(DEFAULT.yearly, (DatedRange(date(2027, 8, 2), date(2027, 8, 31)),))
    closed = Calendar("x", JAPAN.holidays, closures, 2026, 2028)
    # Monday to Tuesday, the weekend before it belongs to it
    assert closed.list_spells(31) == [(date(2027, 7, 31), date(2027, 8, 31))]
    assert closed.list_spells(32) == []
    assert (date(2026, 12, 29), date(2027, 1, 3)) in closed.list_spells(5)
    never = Calendar("x", frozenset(), Closures(yearly=(YearlyRange((1, 1), (12, 31)),)), 2026, 2028)
    assert never.list_spells(30) == [(date(2026, 1, 1), date(2028, 12, 31))]
    assert JAPAN.list_spells(12) == []


def test_its_version_names_the_data_and_the_closures() -> None:
    assert JAPAN.version.startswith("jp-holidays-")
    assert "/2015-2045/closures-" in JAPAN.version
    other = japan_calendar(Closures(DEFAULT.yearly, (DatedRange(date(2027, 8, 12), date(2027, 8, 13)),)))
    assert other.version != JAPAN.version
    assert japan_calendar() is JAPAN
    assert not other.is_business_day(date(2027, 8, 12))


# An oracle that shares nothing with the code: the set of open days, sorted, and positions in it.
SPAN = [date(2026, 1, 1) + timedelta(days=i) for i in range(1100)]
OPEN = [
    day
    for day in SPAN
    if day.strftime("%a") not in ("Sat", "Sun")
    and day not in JAPAN.holidays
    and (day.month, day.day) not in {(12, 29), (12, 30), (12, 31), (1, 1), (1, 2), (1, 3)}
]
DAYS = st.sampled_from(SPAN[60:-60])


@given(DAYS, st.integers(1, 20))
def test_it_adds_like_the_oracle(day: date, n: int) -> None:
    assert JAPAN.add_business_days(day, n) == [open_ for open_ in OPEN if open_ > day][n - 1]
    assert JAPAN.add_business_days(day, -n) == [open_ for open_ in OPEN if open_ < day][-n]
    assert JAPAN.add_business_days(day, 0) == day


@given(DAYS, DAYS)
def test_it_counts_like_the_oracle(start: date, end: date) -> None:
    low, high = sorted((start, end))
    count = len([day for day in OPEN if low < day <= high])
    assert JAPAN.business_days_between(start, end) == (count if start <= end else -count)


@given(DAYS)
def test_it_rolls_like_the_oracle(day: date) -> None:
    assert JAPAN.roll_back(day) == max(open_ for open_ in OPEN if open_ <= day)
    assert JAPAN.roll_forward(day) == min(open_ for open_ in OPEN if open_ >= day)


@given(DAYS, st.integers(1, 30))
def test_it_counts_back_what_it_added(day: date, n: int) -> None:
    assert JAPAN.business_days_between(day, JAPAN.add_business_days(day, n)) == n
