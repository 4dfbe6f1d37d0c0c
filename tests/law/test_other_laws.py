"""The laws of other countries: each row of their times, what moves them, and an independent reckoning day by day."""

from calendar import monthrange
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.law.calendar import japan_calendar
from desk.law.deadlines import Clock, ClockEvent, add_months, compute
from desk.law.regimes import REGIME, REGIMES, UnknownKind, get_regime
from desk.law.waits import BadEvent

JAPAN = japan_calendar()
OTHERS = [code for code in REGIMES if code != REGIME]


def day(text: str) -> date:
    return date.fromisoformat(text)


def reckon(regime: str, kind: str, received: str | date, *events: str, as_of: date | None = None) -> Clock:
    """Reckon a case; events are written `TYPE@DAY`, as on the command line."""
    happened = [ClockEvent(name, day(on)) for name, _, on in (event.partition("@") for event in events)]
    arrival = day(received) if isinstance(received, str) else received
    return compute(get_regime(regime), kind, arrival, happened, JAPAN, as_of)


def rules_of(clock: Clock) -> list[str]:
    return [line.rule for line in clock.explanation]


def test_each_is_named_and_holds_together() -> None:
    for code in REGIMES:
        regime = get_regime(code)
        assert regime.code == code
        assert regime.version.startswith(code)
        assert set(regime.kinds) <= set(get_regime(REGIME).kinds), "a kind keeps its code under every law"


@pytest.mark.parametrize("code", OTHERS)
def test_none_is_offered_before_somebody_has_checked_it(code: str) -> None:
    regime, on = get_regime(code), date(2026, 11, 28)
    assert regime.kinds
    assert all(kind.certainty[0] in "CD" for kind in regime.kinds.values())
    assert regime.active_kinds(on) == ()
    assert [kind.code for kind in regime.active_kinds(on, set(regime.kinds))] == list(regime.kinds)


@pytest.mark.parametrize(("regime", "kind", "received", "events", "limit", "due"), [
    # EU: one month, the same day of the next month or its last one; two more when told in time; identity pauses
    ("eu-gdpr", "D33", "2026-03-30", "", "2026-04-30", "2026-04-30"),
    ("eu-gdpr", "D33", "2026-01-31", "", "2026-02-28", "2026-02-27"),
    ("eu-gdpr", "C34", "2028-01-31", "", "2028-02-29", "2028-02-29"),
    ("eu-gdpr", "S355", "2026-01-31", "extended@2026-02-20", "2026-04-30", "2026-04-30"),
    ("eu-gdpr", "S355", "2026-01-31", "extended@2026-02-28", "2026-04-30", "2026-04-30"),
    ("eu-gdpr", "S355", "2026-01-31", "extended@2026-03-01", "2026-02-28", "2026-02-27"),
    ("eu-gdpr", "D33", "2026-01-31", "wait-identity@2026-02-03 resumed@2026-02-10", "2026-03-07", "2026-03-06"),
    ("eu-gdpr", "D33", "2026-01-31", "wait-correction@2026-02-03 resumed@2026-02-10", "2026-02-28", "2026-02-27"),
    ("eu-gdpr", "D33", "2026-11-30", "extended@2026-12-01", "2027-02-28", "2027-02-26"),
    # UK: from the latest of receipt, identity and fee; clarification is not counted; on to the next working day
    ("uk-gdpr", "D33", "2026-03-31", "", "2026-04-30", "2026-04-30"),
    ("uk-gdpr", "D33", "2026-04-02", "wait-identity@2026-04-06 resumed@2026-04-10", "2026-05-11", "2026-05-08"),
    ("uk-gdpr", "D33", "2026-04-02", "wait-fee@2026-04-06 resumed@2026-04-13", "2026-05-13", "2026-05-13"),
    ("uk-gdpr", "D33", "2026-04-02", "wait-correction@2026-04-06 resumed@2026-04-13", "2026-05-11", "2026-05-08"),
    (
        "uk-gdpr", "D33", "2026-04-02",
        "wait-correction@2026-04-03 resumed@2026-04-06 wait-identity@2026-04-06 resumed@2026-04-13",
        "2026-05-13", "2026-05-13",
    ),
    ("uk-gdpr", "D33", "2026-04-02", "extended@2026-04-20", "2026-07-02", "2026-07-02"),
    # UK complaints: acknowledged within 30 days, then without undue delay
    ("uk-complaints", "K40", "2026-07-31", "", "2026-08-30", "2026-08-28"),
    # California: 45 days with the verification in them, 45 more with notice; opt-out in 15 business days
    ("us-ccpa", "D33", "2026-09-01", "", "2026-10-16", "2026-10-16"),
    ("us-ccpa", "D33", "2026-09-01", "wait-identity@2026-09-02 resumed@2026-09-30", "2026-10-16", "2026-10-16"),
    ("us-ccpa", "C34", "2026-09-01", "extended@2026-10-16", "2026-11-30", "2026-11-30"),
    ("us-ccpa", "S355", "2026-09-01", "extended@2026-10-17", "2026-10-16", "2026-10-16"),
    ("us-ccpa", "P32", "2026-09-01", "", "2026-10-16", "2026-10-16"),
    ("us-ccpa", "X353", "2026-09-01", "", "2026-09-25", "2026-09-25"),
    ("us-ccpa", "S351", "2026-09-01", "extended@2026-09-10", "2026-09-25", "2026-09-25"),
    # Korea: ten days; a postponement has no number
    ("kr-pipa", "D33", "2026-09-01", "", "2026-09-11", "2026-09-11"),
    ("kr-pipa", "C34", "2026-09-10", "", "2026-09-20", "2026-09-18"),
    ("kr-pipa", "S355", "2026-09-01", "extended@2026-09-05", "2026-09-11", "2026-09-11"),
    ("kr-pipa", "S351", "2026-09-01", "", "2026-09-11", "2026-09-11"),
])  # fmt: skip
def test_it_reckons_each_row(regime: str, kind: str, received: str, events: str, limit: str, due: str) -> None:
    clock = reckon(regime, kind, received, *events.split())
    assert (clock.limit_on, clock.due_on) == (day(limit), day(due))


def test_every_row_is_reckoned_above() -> None:
    rows = test_it_reckons_each_row.pytestmark[0].args[1]  # type: ignore[attr-defined]
    tried = {(regime, kind) for regime, kind, *_ in rows}
    alike = {"eu-gdpr", "uk-gdpr"}  # all their kinds have the same times, as the data says once
    assert tried >= {(code, kind) for code in OTHERS if code not in alike for kind in get_regime(code).kinds}
    for code in alike:
        kinds = get_regime(code).kinds.values()
        assert len({(kind.ceiling, kind.extension, kind.starts_after, kind.pauses) for kind in kinds}) == 1


@pytest.mark.parametrize(("regime", "kind", "by"), [
    ("us-ccpa", "D33", "2026-09-15"), ("uk-complaints", "K40", "2026-10-01"),
])  # fmt: skip
def test_it_tells_of_an_acknowledgement_that_the_law_asks_for(regime: str, kind: str, by: str) -> None:
    clock = reckon(regime, kind, "2026-09-01")
    (line,) = [line for line in clock.explanation if line.rule == "ack-law"]
    assert line.on == day(by)
    assert clock.ack_by.date() < line.on


def test_it_says_what_moved_the_ceiling() -> None:
    told = ("wait-identity@2026-04-06", "resumed@2026-04-10", "wait-correction@2026-04-14", "resumed@2026-04-20")
    clock = reckon("uk-gdpr", "D33", "2026-04-02", *told, "extended@2026-05-01")
    rules = rules_of(clock)
    moved = ["count-from", "limit-law", "limit-paused", "limit-extended"]
    assert [rule for rule in rules if rule in moved] == moved
    assert {"stops-identity", "stops-correction", "runs-again"} <= set(rules)
    assert not {"wait-identity", "resumed"} & set(rules)
    assert "limit-extended-late" in rules_of(reckon("eu-gdpr", "D33", "2026-01-31", "extended@2026-03-01"))
    words = "".join(line.text.ja + line.text.en for line in clock.explanation)
    assert "{" not in words


@pytest.mark.parametrize(
    ("regime", "event"),
    [
        ("eu-gdpr", "wait-identity"),
        ("uk-gdpr", "wait-identity"),
        ("uk-gdpr", "wait-correction"),
        ("uk-gdpr", "wait-fee"),
    ],
)
def test_what_has_passed_is_not_moved_by_asking_late(regime: str, event: str) -> None:
    plain = reckon(regime, "D33", "2026-04-02")
    assert plain.limit_on is not None
    for days, moves in ((0, True), (1, False)):
        since = plain.limit_on + timedelta(days=days)
        late = reckon(regime, "D33", "2026-04-02", f"{event}@{since}", f"resumed@{since + timedelta(days=20)}")
        assert (late.limit_on != plain.limit_on) == moves
        assert late.limit_on is not None


def test_a_wait_that_still_runs_moves_the_ceiling_up_to_the_day_looked_at() -> None:
    told = "wait-identity@2026-02-03"
    assert reckon("eu-gdpr", "D33", "2026-01-31", told).limit_on == day("2026-02-28")
    looked = reckon("eu-gdpr", "D33", "2026-01-31", told, as_of=day("2026-02-13"))
    assert looked.limit_on == day("2026-03-10")


def test_a_kind_of_before_may_be_unknown_to_the_law_of_now() -> None:
    clock = reckon("kr-pipa", "N-GEN", "2026-09-01", "recast:D33@2026-09-02")
    assert clock.limit_on == day("2026-09-11")
    with pytest.raises(UnknownKind, match="N-GEN"):
        reckon("kr-pipa", "D33", "2026-09-01", "recast:N-GEN@2026-09-02")
    with pytest.raises(UnknownKind, match="D99"):
        reckon("kr-pipa", "D99", "2026-09-01", "recast:D33@2026-09-02")
    with pytest.raises(UnknownKind, match="D99"):
        reckon("kr-pipa", "D33", "2026-09-01", "recast:D99@2026-09-02", "recast:D33@2026-09-03")
    with pytest.raises(BadEvent):
        reckon("eu-gdpr", "D33", "2026-09-01", "resumed@2026-09-02")


@pytest.mark.parametrize(("start", "n", "end"), [
    ("2026-01-31", 1, "2026-02-28"), ("2027-12-31", 2, "2028-02-29"), ("2026-12-01", 1, "2027-01-01"),
    ("2026-05-31", 13, "2027-06-30"), ("2026-05-15", 0, "2026-05-15"),
])  # fmt: skip
def test_a_month_ends_on_the_same_day_or_on_the_last(start: str, n: int, end: str) -> None:
    assert add_months(day(start), n) == day(end)


# The oracle: each law once more from its words, by walking from day to day ----------------------------------------------


def walk_months(start: date, n: int) -> date:
    """Walk on until the day number has come n times; a month that lacks it ends with its last day."""
    at = start
    while n:
        at += timedelta(days=1)
        last = monthrange(at.year, at.month)[1]
        n -= at.day == min(start.day, last)
    return at


def oracle(regime: str, arrival: date, events: list[tuple[str, date]]) -> date:
    """Return the last day for an access request under a law, from the words of its article.

    The days go by one after the other; what happens once the last day has passed is too late to move it.
    """
    begins, restarts, still = {
        "kr-pipa": (lambda start, _n: start + timedelta(days=10), (), ()),
        "us-ccpa": (lambda start, n: start + timedelta(days=45 * n), (), ()),
        "eu-gdpr": (lambda start, n: walk_months(start, 2 * n - 1), (), ("identity",)),
        "uk-gdpr": (lambda start, n: walk_months(start, 2 * n - 1), ("identity", "fee"), ("correction",)),
    }[regime]
    start, uncounted, n, waiting = arrival, 0, 1, None

    def last() -> date:
        day = begins(start, n) + timedelta(days=uncounted)
        while regime == "uk-gdpr" and not JAPAN.is_business_day(day):
            day += timedelta(days=1)
        return day

    for place, (name, on) in enumerate(events):
        if name == "extended" and on <= last():
            n = 2
        if name.startswith("wait-"):
            waiting = name.removeprefix("wait-") if on <= last() else None
            end = next(day for later, day in events[place + 1 :] if later == "resumed")
            if waiting in restarts:
                start, uncounted = end, 0
            elif waiting in still:
                uncounted += (end - on).days
    return last()


@st.composite
def cases(draw: st.DrawFn) -> tuple[date, list[tuple[str, date]]]:
    """An arrival, waits one after the other, and perhaps extensions."""
    arrival = at = draw(st.dates(date(2026, 3, 1), date(2043, 12, 31)))
    events = []
    for reason, before, length in draw(
        st.lists(
            st.tuples(st.sampled_from(["identity", "correction", "fee"]), st.integers(1, 12), st.integers(0, 30)),
            max_size=4,
        )
    ):
        at += timedelta(days=before)
        events.append((f"wait-{reason}", at))
        at += timedelta(days=length)
        events.append(("resumed", at))
    events += [("extended", arrival + timedelta(days=n)) for n in draw(st.lists(st.integers(0, 100), max_size=2))]
    return arrival, sorted(events, key=lambda event: event[1])


@pytest.mark.parametrize("regime", ["eu-gdpr", "uk-gdpr", "us-ccpa", "kr-pipa"])
@settings(max_examples=250)
@given(case=cases(), shuffler=st.randoms())
def test_it_agrees_with_a_reckoning_from_the_words_of_the_law(
    regime: str, case: tuple[date, list[tuple[str, date]]], shuffler: Any
) -> None:
    arrival, events = case
    mixed = [f"{name}@{on}" for name, on in events]
    shuffler.shuffle(mixed)
    clock = reckon(regime, "D33", arrival, *mixed)
    assert clock.limit_on == oracle(regime, arrival, events)
    assert clock.due_on is not None
    assert clock.limit_on is not None
    assert arrival <= clock.due_on <= clock.limit_on
    assert JAPAN.is_business_day(clock.due_on)
    assert clock.target_on is not None
    assert clock.target_on <= clock.due_on
