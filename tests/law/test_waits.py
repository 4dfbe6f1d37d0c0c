"""What happened to a case: the order it is put in, the days waited, and what contradicts itself."""

from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest

from desk.clock import TOKYO
from desk.law.waits import BadEvent, ClockEvent, Course, EventType, WaitReason, follow

ARRIVAL = datetime(2027, 6, 7, 10, tzinfo=TOKYO)


def course(*events: tuple[str, str], as_of: date | None = None) -> Course:
    """Follow events written as (type, day of June 2027)."""
    read = [ClockEvent(name, date.fromisoformat(f"2027-06-{at}")) for name, at in events]
    return follow("N-GEN", ARRIVAL, read, as_of)


# events, what is waited for, calendar days waited, ended
STORIES: list[tuple[tuple[tuple[str, str], ...], str | None, int, bool]] = [
    ((), None, 0, False),
    ((("wait-identity", "08"),), "identity", 0, False),
    ((("wait-correction", "08"),), "correction", 0, False),
    ((("wait-fee", "08"),), "fee", 0, False),
    ((("wait-identity", "08"), ("resumed", "08")), None, 0, False),
    ((("wait-identity", "08"), ("resumed", "18")), None, 10, False),
    ((("wait-identity", "08"), ("resumed", "10"), ("wait-fee", "10"), ("resumed", "15")), None, 7, False),
    ((("wait-identity", "08"), ("resumed", "10"), ("wait-fee", "12")), "fee", 2, False),
    ((("wait-identity", "08"), ("notified", "11")), None, 3, True),
    ((("wait-identity", "08"), ("closed", "11")), None, 3, True),
    ((("notified", "11"), ("closed", "12")), None, 0, True),
    ((("closed", "11"), ("closed", "11"), ("notified", "12")), None, 0, True),
    ((("closed", "11"), ("reopened", "12")), None, 0, False),
    ((("closed", "11"), ("reopened", "12"), ("wait-fee", "13")), "fee", 0, False),
    ((("notified", "11"), ("wait-correction", "13"), ("resumed", "14")), None, 1, False),
    ((("wait-identity", "08"), ("clarified", "09"), ("extended", "09"), ("recast:D33", "09")), "identity", 0, False),
]


@pytest.mark.parametrize(("events", "waiting", "days", "ended"), STORIES)
def test_it_follows_a_story(events: tuple[tuple[str, str], ...], waiting: str | None, days: int, ended: bool) -> None:
    story = course(*events)
    assert (story.waiting, story.waited_days, story.ended) == (waiting, days, ended)


@pytest.mark.parametrize("events", [story[0] for story in STORIES if len(story[0]) > 1])
def test_it_does_not_care_about_the_order_of_input(events: tuple[tuple[str, str], ...]) -> None:
    assert {course(*order) for order in permutations(events)} == {course(*events)}


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ((("resumed", "08"),), "resumed at 2027-06-08.* the case is open"),
        ((("wait-identity", "08"), ("wait-fee", "09")), "wait-fee at 2027-06-09.* the case is waiting"),
        ((("wait-identity", "08"), ("wait-fee", "08")), "wait-fee"),
        ((("closed", "08"), ("wait-fee", "09")), "wait-fee .* the case is closed"),
        ((("closed", "08"), ("resumed", "09")), "resumed .* the case is closed"),
        ((("reopened", "08"),), "reopened .* the case is open"),
        ((("closed", "06"),), "before the arrival"),
        ((("vanished", "08"),), "unknown event 'vanished'; known: recast"),
        ((("recast", "08"),), "names a kind"),
        ((("closed:D33", "08"),), "names a kind"),
        ((("recast:D33", "08"), ("recast:C34", "08")), "recast to C34 and D33 at the same instant"),
    ],
)
def test_it_refuses_what_contradicts_itself(events: tuple[tuple[str, str], ...], words: str) -> None:
    with pytest.raises(BadEvent, match=words):
        course(*events)


def test_it_takes_the_last_kind() -> None:
    assert course().kind == "N-GEN"
    assert course(("recast:C34", "10"), ("recast:D33", "08")).kind == "C34"
    named = ClockEvent("recast", date(2027, 6, 8), "K40")
    assert follow("N-GEN", ARRIVAL, [named]).kind == "K40"


def test_it_counts_a_running_wait_up_to_a_day_it_is_told() -> None:
    assert course(("wait-identity", "08"), as_of=date(2027, 6, 11)).waited_days == 3
    assert course(("wait-identity", "08"), as_of=date(2027, 6, 1)).waited_days == 0
    assert course(("wait-identity", "08"), ("resumed", "09"), as_of=date(2027, 6, 11)).waited_days == 1


def test_it_counts_waits_by_days_in_japan() -> None:
    begun = ClockEvent("wait-fee", datetime(2027, 6, 8, 14, 59, tzinfo=UTC))  # 23:59 in Japan
    ended = ClockEvent("resumed", datetime(2027, 6, 8, 15, 0, tzinfo=UTC))
    assert follow("D33", ARRIVAL, [ended, begun]).waited_days == 1


def test_it_takes_a_date_on_the_day_of_arrival_as_the_arrival() -> None:
    story = course(("wait-identity", "07"))
    assert story.steps[0].at == ARRIVAL
    with pytest.raises(BadEvent, match="before the arrival"):
        follow("D33", ARRIVAL, [ClockEvent("closed", ARRIVAL - timedelta(microseconds=1))])


def test_it_refuses_a_time_without_offset() -> None:
    with pytest.raises(BadEvent, match="closed: the time 2027-06-08T10:00:00 has no offset"):
        follow("D33", ARRIVAL, [ClockEvent("closed", datetime(2027, 6, 8, 10))])  # noqa: DTZ001 - what is refused


def test_it_names_every_reason_to_wait() -> None:
    waits = {name.removeprefix("wait-") for name in EventType if name.startswith("wait-")}
    assert waits == set(WaitReason)
