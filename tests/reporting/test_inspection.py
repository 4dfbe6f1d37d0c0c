"""The figures of the yearly inspection are those that a plain recount finds."""

from collections import Counter
from datetime import date, datetime, timedelta

import pytest
from flask.ctx import AppContext
from sqlalchemy import select

from desk import clock
from desk.clock import TOKYO, date_of
from desk.db import db
from desk.develop.seed.run import seed_tickets
from desk.events.kinds import EventKind
from desk.events.models import Event
from desk.events.trail import DESK, staff_actor
from desk.handling.resolution import Closing, close, reopen
from desk.handling.services import ServiceWords, add_service
from desk.law.regimes import REGIME, get_regime
from desk.policy.placing import Relation
from desk.reporting.inspection import count_open, inspect_year
from desk.reporting.inspection_words import sections_of
from desk.tickets.models import Ticket
from desk.transaction import transaction
from tests.cases import BASE_URL, act, add_staff, open_one
from tests.moment import Traveller

YEAR = (date(2026, 4, 1), date(2027, 3, 31))
OUTSIDE = {"SPAM", "DUP"}


def test_it_counts_as_a_plain_recount_does(context: AppContext, moment: Traveller) -> None:
    moment.move_to(datetime(2026, 11, 27, 10, tzinfo=TOKYO))
    seed_tickets(600, seed=3)
    found = inspect_year(*YEAR, clock.now())
    rows = db.session.scalars(select(Ticket)).all()
    came = [row for row in rows if YEAR[0] <= row.received_on <= YEAR[1]]
    counted = [row for row in came if row.outcome not in OUTSIDE]
    ended = [
        row
        for row in rows
        if row.closed_at and YEAR[0] <= date_of(row.closed_at) <= YEAR[1] and row.outcome not in OUTSIDE
    ]
    assert (found["received"], found["excluded"]) == (len(counted), len(came) - len(counted))
    assert found["by_population"] == Counter(str(row.population) for row in counted)
    assert found["by_channel"] == Counter(str(row.channel) for row in counted)
    assert {one["kind"]: one["received"] for one in found["by_kind"] if one["received"]} == Counter(
        row.kind for row in counted
    )
    outcomes = Counter(row.outcome for row in ended)
    assert (found["ended"], found["outcomes"]) == (len(ended), outcomes)
    assert sum((Counter(one["outcomes"]) for one in found["by_kind"]), Counter()) == outcomes
    assert found["complaints"] == Counter(row.outcome for row in ended if row.kind == "K40")
    refusals = {code for code, one in get_regime(REGIME).outcomes.items() if one.refusal}
    parts = found["refused"] + found["not_held"] + found["unproven"]
    assert parts == sum(n for code, n in outcomes.items() if code in refusals) > 0
    assert (found["lapsed"], found["withdrawn"], found["referred"]) == tuple(
        outcomes[code] for code in ("LAPSED", "WD", "REF")
    )
    assert found["response"]["answer"]["n"] > 100
    assert found["open_at_end"] == sum(row.closed_at is None for row in rows)


def test_it_knows_what_was_open_at_any_instant(context: AppContext, moment: Traveller) -> None:
    actor, states = staff_actor(add_staff()), []

    def note() -> None:
        """Move on, and keep how many are open in between."""
        moment.shift(timedelta(hours=1))
        db.session.rollback()
        now_open = sum(row.closed_at is None for row in db.session.scalars(select(Ticket)).all())
        states.append((clock.now(), now_open))
        moment.shift(timedelta(hours=1))

    note()
    first, second = open_one(), open_one()
    note()
    act(first, close, Closing("K-OK"), actor, clock.now(), BASE_URL)
    note()
    act(first, reopen, "", actor, clock.now())
    note()
    act(second, close, Closing("K-DIFF"), actor, clock.now(), BASE_URL)
    note()
    act(first, close, Closing("K-OK"), actor, clock.now(), BASE_URL)
    note()
    act(first, reopen, "", actor, clock.now())
    note()
    assert [n for _at, n in states] == [0, 2, 1, 2, 1, 0, 1]
    assert [count_open(at) for at, _n in states] == [n for _at, n in states]
    assert db.session.scalars(select(Event.kind).where(Event.kind == EventKind.REOPENED)).all() == ["reopened"] * 2


@pytest.mark.parametrize(
    ("vetted", "review", "reviewed", "overdue"),
    [(None, None, 0, 0), (date(2026, 4, 1), date(2026, 6, 9), 1, 1), (date(2026, 3, 31), date(2026, 6, 10), 0, 0)],
)
def test_it_counts_the_reviews_of_services(
    context: AppContext, vetted: date | None, review: date | None, reviewed: int, overdue: int, moment: Traveller
) -> None:
    moment.move_to(datetime(2026, 6, 10, 10, tzinfo=TOKYO))
    with transaction():
        for name, is_used in (("解析", True), ("以前の解析", False)):
            words = ServiceWords(name, Relation.UNDECIDED, "", "", "", "", "", vetted, review, is_used)
            add_service(words, actor=DESK, now=clock.now())
    found = inspect_year(*YEAR, clock.now())["services"]
    assert found == {"used": 1, "undecided": 1, "reviewed": reviewed, "overdue": overdue}


def test_a_figure_that_only_last_year_had_is_shown(context: AppContext, moment: Traveller) -> None:
    moment.move_to(datetime(2026, 6, 10, 10, tzinfo=TOKYO))
    open_one(datetime(2026, 3, 1, tzinfo=TOKYO))
    this = inspect_year(*YEAR, clock.now())
    last = inspect_year(date(2025, 4, 1), date(2026, 3, 31), clock.now())
    kinds = next(section for section in sections_of(this, last) if section.code == "kinds")
    assert [(line.label, line.value, line.before) for line in kinds.lines] == [("苦情", "0", "1")]
    alone = next(section for section in sections_of(last, None) if section.code == "kinds")
    assert [(line.value, line.before) for line in alone.lines] == [("1", None)]
