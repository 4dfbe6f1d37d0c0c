"""The figures equal a plain count of the tickets, whatever happened to them, for whole months and for parts."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from math import ceil
from statistics import median

import pytest
from sqlalchemy import select, text

from desk import clock, jobs
from desk.db import db
from desk.develop.seed.run import seed_tickets
from desk.handling.clockwork import REGIME
from desk.law.regimes import Counting, get_regime
from desk.reporting import rollup
from desk.reporting.contributions import APART, EXCLUDED
from desk.reporting.distribution import Measure
from desk.reporting.response_times import BadPeriod, Group, months_between, response_times
from desk.schedule import TABLE
from desk.tickets.models import Ticket
from desk.transaction import transaction

TALLY = text("SELECT * FROM figure_tally WHERE n <> 0 ORDER BY dim, month, key, measure, value")


@pytest.fixture
def tickets(context: object) -> list[Ticket]:
    """A desk with invented tickets."""
    seed_tickets(300, seed=11)
    return list(db.session.scalars(select(Ticket).order_by(Ticket.id)))


def steps(value: int, fine: int, below: int, coarse: int) -> int:
    """Cut a value off to the documented resolution."""
    return value // fine * fine if value < below else value // coarse * coarse


def seconds(ticket: Ticket, end: datetime) -> int:
    return int(end.timestamp()) - int(ticket.received_at.timestamp())


def plain(ticket: Ticket, measure: Measure) -> tuple[float, bool | None] | None:
    """Return a ticket's value in the measure's unit and whether it was in time, straight from its columns."""
    if measure is Measure.ACK:
        if ticket.acknowledged_at is None:
            return None
        return steps(seconds(ticket, ticket.acknowledged_at), 1, 120, 60) / 60, ticket.acknowledged_at <= ticket.ack_by
    if measure is Measure.NOTICE:
        if ticket.notified_at is None:
            return None
        on = clock.date_of(ticket.notified_at)
        return (on - ticket.received_on).days, None if ticket.limit_on is None else on <= ticket.limit_on
    if ticket.answered_at is None or ticket.answered_days is None:
        return None
    if ticket.reply_by_at is not None:
        in_time = ticket.answered_at <= ticket.reply_by_at
    else:
        in_time = clock.date_of(ticket.answered_at) <= (ticket.reply_by or date.max)
    if measure is Measure.DAYS:
        return ticket.answered_days, in_time
    return steps(seconds(ticket, ticket.answered_at) // 60, 6, 600, 60) / 60, in_time


def check(group: Group, tickets: list[Ticket], today: date) -> None:
    """Compare a group with its tickets, counted one by one."""
    counted = [t for t in tickets if t.outcome not in {"SPAM", "DUP"}]
    usual = [t for t in counted if t.outcome not in {"WD", "LAPSED"} and t.state not in {"withdrawn", "lapsed"}]
    assert group.excluded == len(tickets) - len(counted)
    assert group.received == len(counted)
    assert group.withdrawn + group.lapsed == len(counted) - len(usual)
    for measure in Measure:
        values = [found for t in usual if (found := plain(t, measure)) is not None]
        stat = group.stats[measure]
        late = [t for t in usual if t.closed_at is None and t.notified_at is None and t.limit_on and t.limit_on < today]
        termed = [in_time for _, in_time in values if in_time is not None]
        base = len(termed) + (len(late) if measure is Measure.NOTICE else 0)
        assert (stat.n, stat.in_time, stat.termed) == (len(values), sum(termed), base)
        ordered = sorted(value for value, _ in values)
        assert stat.median == (round(median(ordered), 2) if ordered else None)
        assert stat.p90 == (round(ordered[ceil(len(ordered) * 0.9) - 1], 2) if ordered else None)
        assert stat.share == (round(100 * sum(termed) / base, 1) if base >= 20 else None)


@pytest.mark.parametrize(
    ("first", "last"),
    [("2024-01-01", "2030-12-31"), ("2025-02-11", "2026-03-19"), ("2026-02-05", "2026-02-20"), ("2023-01-01", "2023-02-28")],
)  # fmt: skip
def test_it_equals_a_plain_count(tickets: list[Ticket], first: str, last: str) -> None:
    start, end, today = date.fromisoformat(first), date.fromisoformat(last), clock.today()
    found = response_times(start, end, today)
    inside = [ticket for ticket in tickets if start <= ticket.received_on <= end]
    check(found.overall, inside, today)
    groupings: list[tuple[tuple[Group, ...], Callable[[Ticket], str]]] = [
        (found.by_kind, lambda t: t.kind),
        (found.by_month, lambda t: f"{t.received_on:%Y-%m}"),
        (found.by_agent, lambda t: str(t.assignee_id or 0)),
    ]
    for groups, key in groupings:
        assert {group.key for group in groups} == {key(ticket) for ticket in inside}
        for group in groups:
            check(group, [ticket for ticket in inside if key(ticket) == group.key], today)


def test_it_follows_every_change_before_and_after_folding(tickets: list[Ticket]) -> None:
    today = clock.today()
    with transaction():
        agent = tickets[0].assignee_id  # read first: reading writes what was changed before
        for number, ticket in enumerate(tickets[-40:]):
            ticket.answered_at = ticket.received_at + timedelta(minutes=7 * number, microseconds=999_999)
            ticket.answered_days = number % 4
            ticket.acknowledged_at = ticket.received_at + timedelta(seconds=5 * number)
            ticket.notified_at = ticket.received_at + timedelta(hours=11 * number)
            ticket.assignee_id = agent
            ticket.kind = "K40" if number % 2 else ticket.kind
            ticket.outcome = "DUP" if number % 7 == 0 else ticket.outcome
    assert rollup.waiting_lines() == 80
    rows = list(db.session.scalars(select(Ticket)))
    check(response_times(date(2024, 1, 1), date(2030, 12, 31), today).overall, rows, today)
    with transaction():
        rollup.fold()
    assert rollup.waiting_lines() == 0
    check(response_times(date(2024, 1, 1), date(2030, 12, 31), today).overall, rows, today)


def test_it_can_be_rebuilt_to_the_same(tickets: list[Ticket]) -> None:
    with transaction():
        tickets[0].closed_at = tickets[0].notified_at = datetime(2026, 1, 5, 15, 0, tzinfo=UTC)  # midnight in Japan
        tickets[1].outcome = "SPAM"
    with transaction():
        rollup.fold()
    kept = db.session.execute(TALLY).all()
    with transaction():
        rollup.rebuild()
    assert db.session.execute(TALLY).all() == kept


def test_it_counts_what_is_late_and_still_open_against_the_share(tickets: list[Ticket]) -> None:
    today = clock.today() + timedelta(days=60)  # by then everything that is open now is late
    late = [ticket for ticket in tickets if ticket.closed_at is None and ticket.notified_at is None and ticket.limit_on]
    notice = response_times(date(2024, 1, 1), date(2030, 12, 31), today).overall.stats[Measure.NOTICE]
    assert late
    assert notice.termed > notice.in_time
    check(response_times(date(2024, 1, 1), date(2030, 12, 31), today).overall, tickets, today)


def test_it_excludes_what_the_regime_excludes() -> None:
    outcomes = get_regime(REGIME).outcomes.values()
    assert {each.code for each in outcomes if each.counting is Counting.EXCLUDED} == set(EXCLUDED)
    assert {each.code for each in outcomes if each.counting is Counting.APART} == set(APART)


def test_it_splits_a_period_into_months_and_parts() -> None:
    whole, parts = months_between(date(2025, 12, 15), date(2026, 3, 1))
    assert whole == ("2026-01", "2026-02")
    assert parts == [(date(2025, 12, 15), date(2025, 12, 31)), (date(2026, 3, 1), date(2026, 3, 1))]
    assert months_between(date(2026, 2, 1), date(2026, 2, 28)) == (("2026-02", "2026-02"), [])


def test_it_refuses_a_period_that_ends_before_it_begins(context: object) -> None:
    with pytest.raises(BadPeriod):
        response_times(date(2026, 2, 1), date(2026, 1, 31), date(2026, 2, 1))


def test_it_is_folded_by_the_clock(tickets: list[Ticket]) -> None:
    with transaction():
        tickets[0].outcome = "SPAM"
    assert rollup.waiting_lines() > 0
    jobs.figures()
    assert rollup.waiting_lines() == 0
    assert "figures" in {periodic.job for periodic in TABLE}
