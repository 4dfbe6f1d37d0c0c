"""Of two calendars the earlier date holds, is said, and stays in order with the others."""

from datetime import date, datetime

from hypothesis import given
from hypothesis import strategies as st

from desk.clock import TOKYO
from desk.law.calendar import Calendar, japan_calendar
from desk.law.closures import Closures, DatedRange
from desk.law.deadlines import Clock, compute
from desk.law.holding import hold_earlier
from desk.law.regimes import get_regime

APPI = get_regime("jp-appi")
JAPAN = japan_calendar()
# A disclosure request of Monday 2027-06-07: reply 06-09, target 06-17, due and ceiling Mon 06-21.
ARRIVAL = datetime(2027, 6, 7, 10, tzinfo=TOKYO)
CLOSED = japan_calendar(Closures(dated=(DatedRange(date(2027, 6, 21), date(2027, 6, 21)),)))


def reckon(kind: str, calendar: Calendar) -> Clock:
    return compute(APPI, kind, ARRIVAL, (), calendar)


def test_it_holds_the_earlier_date_and_says_so_last() -> None:
    held = hold_earlier(APPI, reckon("D33", JAPAN), [reckon("D33", CLOSED)])
    assert (held.due_on, held.limit_on, held.calendar) == (date(2027, 6, 18), date(2027, 6, 21), JAPAN.version)
    assert [line.rule for line in held.explanation].count("held") == 1
    line = held.explanation[-1]
    assert (line.rule, line.on) == ("held", date(2027, 6, 18))
    assert "期限は、営業日の暦が変わる前に定めた2027年6月18日（金）のまま" in line.text.ja
    assert "2027年6月21日（月）" in line.text.ja
    assert "The due date stays Fri 18 Jun 2027" in line.text.en


def test_it_says_nothing_where_the_new_date_is_the_earlier() -> None:
    fresh = reckon("D33", CLOSED)
    assert hold_earlier(APPI, fresh, [reckon("D33", JAPAN)]) == fresh
    assert hold_earlier(APPI, fresh, []) == fresh


def test_it_lets_a_case_without_dates_be() -> None:
    breach = reckon("N-BREACH", JAPAN)
    assert hold_earlier(APPI, breach, [reckon("N-BREACH", CLOSED), reckon("D33", CLOSED)]) == breach


@given(st.sampled_from(list(APPI.kinds)), st.dates(date(2027, 6, 1), date(2027, 7, 20)), st.integers(0, 20))
def test_it_keeps_the_order_of_dates(kind: str, first: date, length: int) -> None:
    last = date.fromordinal(first.toordinal() + length)
    closed = Calendar("test", JAPAN.holidays, Closures(JAPAN.closures.yearly, (DatedRange(first, last),)))
    fresh, other = reckon(kind, closed), reckon(kind, JAPAN)
    held = hold_earlier(APPI, fresh, [other])
    for name in ("reply_by", "target_on", "due_on", "limit_on"):
        pair = [getattr(fresh, name), getattr(other, name)]
        assert getattr(held, name) == (min(pair) if None not in pair else None)
    if held.target_on and held.due_on and held.limit_on:
        assert ARRIVAL.date() <= held.reply_by <= held.target_on <= held.due_on <= held.limit_on


def test_a_calendar_comes_back_from_its_data() -> None:
    again = Calendar.from_data(CLOSED.to_data())
    assert again == CLOSED
    assert reckon("D33", again) == reckon("D33", CLOSED)
