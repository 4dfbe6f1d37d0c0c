"""The figures equal a plain count of the tickets, whatever happened to them, for whole months and for parts."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, text

from desk import clock, jobs
from desk.db import db
from desk.develop.seed.run import seed_tickets
from desk.law.regimes import REGIME, Counting, get_regime
from desk.reporting import rollup
from desk.reporting.contributions import APART, EXCLUDED
from desk.reporting.distribution import Measure
from desk.reporting.response_times import BadPeriod, months_between, response_times
from desk.schedule import TABLE
from desk.tickets.models import Ticket
from desk.transaction import transaction
from tests.reporting.plain import check, check_all

TALLY = text("SELECT * FROM figure_tally WHERE n <> 0 ORDER BY dim, month, key, measure, value")


@pytest.fixture
def tickets(context: object) -> list[Ticket]:
    """A desk with invented tickets."""
    seed_tickets(300, seed=11)
    return list(db.session.scalars(select(Ticket).order_by(Ticket.id)))


@pytest.mark.parametrize(
    ("first", "last"),
    [("2024-01-01", "2030-12-31"), ("2025-02-11", "2026-03-19"), ("2026-02-05", "2026-02-20"), ("2023-01-01", "2023-02-28")],
)  # fmt: skip
def test_it_equals_a_plain_count(tickets: list[Ticket], first: str, last: str) -> None:
    check_all(tickets, date.fromisoformat(first), date.fromisoformat(last), clock.today())


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
