"""The dates of a case: the reckoned table, the edges of the calendar, and properties that must always hold."""

from datetime import UTC, date, datetime, timedelta, timezone
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.clock import TOKYO
from desk.law.calendar import Calendar, OutsideCalendar, japan_calendar
from desk.law.closures import Closures, DatedRange
from desk.law.deadlines import BadEvent, Clock, ClockEvent, compute
from desk.law.regimes import UnknownKind, get_regime

APPI = get_regime("jp-appi")
JAPAN = japan_calendar()
KINDS = list(APPI.kinds)


def reckon(kind: str, received: datetime | date, *events: ClockEvent, calendar: Calendar = JAPAN) -> Clock:
    return compute(APPI, kind, received, events, calendar)


def day(text: str) -> date:
    return date.fromisoformat(text)


def rules_of(clock: Clock) -> list[str]:
    return [line.rule for line in clock.explanation]


# Citation: Act Article 39(1) with Civil Code Articles 140 and 143; the desk's own roll back to a business day.
VECTORS = [
    # arrival, day 14, our due date, first human answer (+2 business days)
    ("2026-11-22", "2026-12-06", "2026-12-04", "2026-11-25"),
    ("2026-12-17", "2026-12-31", "2026-12-28", "2026-12-21"),
    ("2027-04-19", "2027-05-03", "2027-04-30", "2027-04-21"),
    ("2026-09-07", "2026-09-21", "2026-09-18", "2026-09-09"),
]


@pytest.mark.parametrize(("received", "limit", "due", "reply"), VECTORS)
def test_it_reckons_the_table_for_disclosure(received: str, limit: str, due: str, reply: str) -> None:
    clock = reckon("D33", day(received))
    assert (clock.limit_on, clock.due_on, clock.reply_by) == (day(limit), day(due), day(reply))


@pytest.mark.parametrize(
    ("received", "ten", "late"),
    [
        ("2026-11-22", "2026-12-07", "2026-12-06"),
        ("2026-12-17", "2027-01-06", "2026-12-31"),
        ("2027-04-19", "2027-05-07", "2027-05-03"),
        ("2026-09-07", "2026-09-24", "2026-09-21"),
    ],
)
def test_it_shows_why_ten_business_days_are_no_ceiling(received: str, ten: str, late: str) -> None:
    assert JAPAN.add_business_days(day(received), 10) == day(ten) > day(late)


# Every kind, received Mon 2027-06-07 (no holiday until 07-19): reply, target, due, limit.
EVERY_KIND = [
    *((kind, "2027-06-09", "2027-06-14", "2027-06-21", "2027-06-21") for kind in ("I32", "P32", "F283")),
    *((kind, "2027-06-09", "2027-06-17", "2027-06-21", "2027-06-21") for kind in ("D33", "T33", "C34", "N-APPL")),
    *(
        (kind, "2027-06-09", "2027-06-14", "2027-06-21", "2027-06-21")
        for kind in ("S351", "X353", "S355", "N-ACCT", "S357", "S359", "N-GEN", "N-CONS", "N-COOKIE")
    ),
    ("K40", "2027-06-08", "2027-06-17", "2027-07-07", "2027-07-07"),
    ("N-UNSUB", "2027-06-07", "2027-06-08", "2027-06-10", "2027-06-10"),
]


@pytest.mark.parametrize(("kind", "reply", "target", "due", "limit"), EVERY_KIND)
def test_it_reckons_each_kind(kind: str, reply: str, target: str, due: str, limit: str) -> None:
    clock = reckon(kind, datetime(2027, 6, 7, 10, tzinfo=TOKYO))
    assert (clock.reply_by, clock.target_on) == (day(reply), day(target))
    assert (clock.due_on, clock.limit_on) == (day(due), day(limit))


def test_it_leaves_no_kind_out_of_the_table() -> None:
    assert {row[0] for row in EVERY_KIND} | {"N-BREACH"} == set(KINDS)


def test_it_gives_a_breach_one_hour_and_no_due_date() -> None:
    clock = reckon("N-BREACH", datetime(2026, 12, 31, 23, 30, tzinfo=TOKYO))
    assert clock.reply_by == datetime(2027, 1, 1, 0, 30, tzinfo=TOKYO)
    assert (clock.target_on, clock.due_on, clock.limit_on) == (None, None, None)


def test_it_acknowledges_within_half_an_hour() -> None:
    received = datetime(2027, 2, 1, 23, 45, tzinfo=TOKYO)
    assert reckon("D33", received).ack_by == received + timedelta(minutes=30)


@pytest.mark.parametrize(
    "received",
    [
        date(2026, 11, 22),
        datetime(2026, 11, 22, 0, 0, tzinfo=TOKYO),
        datetime(2026, 11, 22, 23, 59, 59, 999999, tzinfo=TOKYO),
        datetime(2026, 11, 21, 15, 0, tzinfo=UTC),
        datetime(2026, 11, 22, 14, 59, 59, tzinfo=UTC),
        datetime(2026, 11, 21, 10, 0, tzinfo=ZoneInfo("America/New_York")),
        datetime(2026, 11, 22, 5, 0, tzinfo=timezone(timedelta(hours=14))),
    ],
)
def test_it_takes_the_day_of_arrival_in_japan(received: datetime | date) -> None:
    assert reckon("D33", received).limit_on == day("2026-12-06")


@pytest.mark.parametrize(
    ("received", "limit"),
    [
        (datetime(2026, 11, 22, 15, 0, tzinfo=UTC), "2026-12-07"),  # 00:00 JST of the 23rd
        (
            datetime(2027, 3, 14, 1, 59, tzinfo=ZoneInfo("America/New_York")),
            "2027-03-28",
        ),  # just before their summer time
        (datetime(2027, 3, 14, 3, 0, tzinfo=ZoneInfo("America/New_York")), "2027-03-28"),  # a minute later
        (datetime(2027, 10, 31, 1, 30, fold=0, tzinfo=ZoneInfo("Europe/London")), "2027-11-14"),
        (datetime(2027, 10, 31, 1, 30, fold=1, tzinfo=ZoneInfo("Europe/London")), "2027-11-14"),
        (date(2028, 2, 15), "2028-02-29"),  # leap day as the last day
        (date(2027, 2, 15), "2027-03-01"),
        (date(2028, 2, 29), "2028-03-14"),
    ],
)
def test_it_counts_over_leap_days_and_summer_time(received: datetime | date, limit: str) -> None:
    assert reckon("D33", received).limit_on == day(limit)


def test_it_counts_midnight_as_an_ordinary_arrival() -> None:
    midnight = reckon("D33", datetime(2027, 6, 7, 0, 0, 0, tzinfo=TOKYO))
    assert midnight.limit_on == day("2027-06-21")
    assert "first-day-not-counted" in rules_of(midnight)


def test_it_carries_unsubscribing_over_the_new_year() -> None:
    clock = reckon("N-UNSUB", datetime(2026, 12, 29, 9, tzinfo=TOKYO))
    assert clock.reply_by == clock.target_on == day("2027-01-04")
    assert clock.due_on == clock.limit_on == day("2027-01-06")


def test_it_keeps_the_first_answer_before_the_due_date_through_a_long_closure() -> None:
    closed = japan_calendar(Closures(dated=(DatedRange(date(2027, 6, 9), date(2027, 6, 30)),)))
    clock = reckon("D33", date(2027, 6, 7), calendar=closed)
    assert clock.due_on == clock.reply_by == clock.target_on == day("2027-06-08")
    assert "reply-capped" in rules_of(clock)


def test_it_never_makes_a_case_due_before_it_arrived() -> None:
    closed = japan_calendar(Closures(dated=(DatedRange(date(2027, 6, 1), date(2027, 6, 30)),)))
    clock = reckon("D33", date(2027, 6, 7), calendar=closed)
    assert clock.due_on == clock.limit_on == clock.reply_by == day("2027-06-21")
    assert "due-closed-throughout" in rules_of(clock)


def test_it_never_aims_before_the_first_answer() -> None:
    clock = reckon("S355", date(2027, 4, 28))  # seven days end in Golden Week
    assert clock.reply_by == clock.target_on == day("2027-05-06")
    assert "target-moved" in rules_of(clock)


def test_it_keeps_the_clock_from_arrival_when_the_kind_is_recast() -> None:
    recast = [ClockEvent("recast", date(2027, 6, 9), "K40"), ClockEvent("recast", date(2027, 6, 10), "S351")]
    clock, plain = reckon("N-GEN", date(2027, 6, 7), *recast), reckon("S351", date(2027, 6, 7))
    assert clock.kind == "S351"
    assert (clock.reply_by, clock.target_on, clock.due_on) == (plain.reply_by, plain.target_on, plain.due_on)


def test_it_moves_no_date_for_waits_and_extensions() -> None:
    events = [
        ClockEvent("wait-identity", date(2027, 6, 8)),
        ClockEvent("resumed", date(2027, 6, 18)),
        ClockEvent("clarified", date(2027, 6, 18)),
        ClockEvent("extended", date(2027, 6, 19)),
    ]
    clock, plain = reckon("D33", date(2027, 6, 7), *events), reckon("D33", date(2027, 6, 7))
    assert (clock.reply_by, clock.target_on, clock.due_on) == (plain.reply_by, plain.target_on, plain.due_on)
    assert clock.limit_on == plain.limit_on
    assert (clock.waiting, clock.waited_days) == (None, 10)
    assert {"wait-identity", "resumed", "clarified", "extended"} <= set(rules_of(clock))


def test_it_explains_each_date_in_both_languages() -> None:
    clock = reckon("D33", datetime(2027, 4, 19, 12, tzinfo=TOKYO))
    rolled = next(line for line in clock.explanation if line.rule == "due-rolled-back")
    assert rolled.on == clock.due_on
    assert "憲法記念日" in rolled.text.ja
    assert "2027年4月30日（金）" in rolled.text.ja
    assert "Constitution Day" in rolled.text.en
    assert "Fri 30 Apr 2027" in rolled.text.en
    words = " ".join(line.text.ja + line.text.en for line in clock.explanation)
    assert "民法140条" in words
    assert "39条1項" in words
    assert "{" not in words


def test_it_says_when_a_kind_is_not_in_force() -> None:
    assert "not-in-force" in rules_of(reckon("S357", date(2027, 6, 7)))
    assert "not-in-force" not in rules_of(reckon("S355", date(2027, 6, 7)))


def test_it_names_the_calendar_it_used() -> None:
    assert reckon("D33", date(2027, 6, 7)).calendar == JAPAN.version


def test_it_refuses_what_it_cannot_reckon() -> None:
    with pytest.raises(UnknownKind, match="D99"):
        reckon("D99", date(2027, 6, 7))
    with pytest.raises(UnknownKind, match="D99"):
        reckon("D33", date(2027, 6, 7), ClockEvent("recast", date(2027, 6, 8), "D99"))
    with pytest.raises(BadEvent, match="offset"):
        reckon("D33", datetime(2027, 6, 7, 10))  # noqa: DTZ001 - the very thing that is refused
    with pytest.raises(OutsideCalendar):
        reckon("D33", date(1999, 6, 7))
    with pytest.raises(OutsideCalendar):
        reckon("D33", date(9999, 12, 30))
    with pytest.raises(OutsideCalendar):
        reckon("D33", date(2045, 12, 25))


# Properties -----------------------------------------------------------------------------------------------------------

ARRIVALS = st.datetimes(datetime(2016, 1, 1), datetime(2044, 12, 31), timezones=st.just(TOKYO))  # noqa: DTZ001
DATED = st.tuples(st.dates(date(2016, 1, 1), date(2045, 1, 31)), st.integers(0, 40)).map(
    lambda pair: DatedRange(pair[0], pair[0] + timedelta(days=pair[1]))
)


@st.composite
def stories(draw: st.DrawFn) -> tuple[datetime, list[ClockEvent]]:
    """An arrival and events that make sense, each at its own instant."""
    arrival = draw(ARRIVALS)
    at, waiting, events = arrival, False, []
    for gap in draw(st.lists(st.integers(1, 200_000), max_size=8)):
        at += timedelta(seconds=gap)
        types = ["clarified", "extended", "recast", *(["resumed"] if waiting else ["wait-identity", "wait-fee"])]
        name = draw(st.sampled_from(types))
        waiting = {"resumed": False, "wait-identity": True, "wait-fee": True}.get(name, waiting)
        events.append(ClockEvent(name, at, draw(st.sampled_from(KINDS)) if name == "recast" else None))
    return arrival, events


@given(stories(), st.sampled_from(KINDS), st.randoms())
def test_it_does_not_care_in_which_order_events_are_given(
    story: tuple[datetime, list[ClockEvent]], kind: str, random: Random
) -> None:
    arrival, events = story
    shuffled = list(events)
    random.shuffle(shuffled)
    assert reckon(kind, arrival, *events) == reckon(kind, arrival, *shuffled)


@given(stories(), st.sampled_from(KINDS), DATED)
def test_it_keeps_the_order_of_dates(story: tuple[datetime, list[ClockEvent]], kind: str, closure: DatedRange) -> None:
    arrival, events = story
    calendar = Calendar("test", JAPAN.holidays, Closures(JAPAN.closures.yearly, (closure,)))
    clock = reckon(kind, arrival, *events, calendar=calendar)
    if clock.due_on is None or clock.limit_on is None:
        assert clock.kind == "N-BREACH"
        return
    assert arrival.date() <= clock.due_on <= clock.limit_on
    assert clock.target_on is not None
    assert arrival.date() <= clock.reply_by <= clock.target_on <= clock.due_on
    span = (clock.limit_on - arrival.date()).days
    whole = [arrival.date() + timedelta(days=i) for i in range(span + 1)]
    assert calendar.is_business_day(clock.due_on) or not any(map(calendar.is_business_day, whole))


@given(stories(), st.sampled_from(KINDS))
def test_it_never_moves_a_date_for_an_event(story: tuple[datetime, list[ClockEvent]], kind: str) -> None:
    arrival, events = story
    clock = reckon(kind, arrival, *events)
    plain = reckon(clock.kind, arrival)
    assert (clock.limit_on, clock.due_on, clock.target_on) == (plain.limit_on, plain.due_on, plain.target_on)
    assert (clock.reply_by, clock.ack_by) == (plain.reply_by, plain.ack_by)


@given(ARRIVALS)
def test_it_sets_the_ceiling_fourteen_days_after_arrival(arrival: datetime) -> None:
    assert reckon("D33", arrival).limit_on == arrival.date() + timedelta(days=14)
    assert reckon("K40", arrival).limit_on == arrival.date() + timedelta(days=30)
