"""The figures stay exact under whatever happens to tickets: at random, undone, at the same time, while folding."""

import random
import threading
from collections.abc import Callable
from contextlib import nullcontext
from datetime import date, datetime, timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import Row, select, text, update

from desk import clock, schema
from desk.accounts.models import Staff
from desk.db import db
from desk.develop.seed.run import seed_tickets
from desk.reporting import rollup
from desk.reporting.response_times import response_times
from desk.tickets.models import Ticket
from desk.tickets.states import State
from desk.transaction import attempt, transaction
from tests.chance import seeds
from tests.reporting.plain import check_all

EVER = (date(2020, 1, 1), date(2030, 12, 31))
TALLY = text("SELECT * FROM figure_tally WHERE n <> 0 ORDER BY dim, month, key, measure, value")
KINDS = ("K40", "D33", "D34", "X00")
OUTCOMES = (None, None, "SPAM", "DUP", "WD", "LAPSED", "DONE")
STATES = (State.TRIAGED, State.INVESTIGATING, State.NOTIFIED, State.WITHDRAWN, State.LAPSED, State.CLOSED)


def some_instant(rng: random.Random, ticket: Ticket) -> datetime | None:
    """Return an instant after arrival, often within minutes, sometimes a hair beside midnight in Japan, or None."""
    kind = rng.randrange(6)
    if kind == 0:
        return None
    if kind == 1:
        midnight = ticket.received_at.replace(hour=15, minute=0, second=0, microsecond=0) + timedelta(days=1)
        return midnight + timedelta(days=rng.randrange(40), microseconds=rng.choice((-1, 0, 1)))
    return ticket.received_at + timedelta(seconds=rng.choice((90, 130, 40_000, 5_000_000)) * rng.random())


def change(rng: random.Random, ticket: Ticket, agents: list[int | None]) -> None:
    """Change something at random."""
    acts: list[Callable[[], None]] = [
        lambda: setattr(ticket, "acknowledged_at", some_instant(rng, ticket)),
        lambda: setattr(ticket, "notified_at", some_instant(rng, ticket)),
        lambda: setattr(ticket, "assignee_id", rng.choice(agents)),
        lambda: setattr(ticket, "kind", rng.choice(KINDS)),
        lambda: setattr(ticket, "outcome", rng.choice(OUTCOMES)),
        lambda: setattr(ticket, "state", rng.choice(STATES)),
        lambda: setattr(ticket, "is_escalated", not ticket.is_escalated),
        lambda: _answer(rng, ticket),
        lambda: _limit(rng, ticket),
        lambda: _close(rng, ticket),
    ]
    rng.choice(acts)()


def _answer(rng: random.Random, ticket: Ticket) -> None:
    ticket.answered_at = some_instant(rng, ticket)
    ticket.answered_days = None if ticket.answered_at is None else rng.randrange(9)
    ticket.reply_by_at = None if rng.random() < 0.7 else ticket.received_at + timedelta(hours=rng.randrange(1, 90))
    ticket.reply_by = ticket.received_on + timedelta(days=rng.randrange(9)) if ticket.reply_by_at is None else None


def _limit(rng: random.Random, ticket: Ticket) -> None:
    ticket.due_on = ticket.received_on + timedelta(days=rng.randrange(1, 30))
    ticket.limit_on = None if rng.random() < 0.3 else ticket.due_on + timedelta(days=rng.randrange(30))
    ticket.queue_on = ticket.due_on


def _close(rng: random.Random, ticket: Ticket) -> None:
    ticket.closed_at = ticket.received_at + timedelta(days=rng.randrange(30)) if ticket.closed_at is None else None


class ChangedMind(Exception):
    """A transaction that is rolled back at its end."""


def act_at_random(rng: random.Random, tickets: list[Ticket], agents: list[int | None]) -> None:
    """Do one transaction: some changes, kept or undone, by the unit of work or by one statement; or fold."""
    choice = rng.randrange(10)
    undone = pytest.raises(ChangedMind) if choice == 2 else nullcontext()
    with undone, transaction():
        if choice == 0:
            rollup.fold()
        elif choice == 1:
            some = [ticket.id for ticket in rng.sample(tickets, 12)]
            db.session.execute(update(Ticket).where(Ticket.id.in_(some)).values(assignee_id=rng.choice(agents)))
        else:
            change_some(rng, tickets, agents)
        if choice == 2:
            raise ChangedMind


def change_some(rng: random.Random, tickets: list[Ticket], agents: list[int | None]) -> None:
    """Change up to eight tickets, the same one several times perhaps."""
    for ticket in rng.choices(tickets, k=rng.randrange(1, 9)):
        change(rng, ticket, agents)
        db.session.flush()


@pytest.mark.parametrize("seed", seeds(1, 2, 3))
def test_it_stays_exact_under_random_changes(context: object, seed: int) -> None:
    seed_tickets(90, seed=seed)
    rng = random.Random(seed)
    tickets = list(db.session.scalars(select(Ticket).order_by(Ticket.id)))
    agents: list[int | None] = [None, *sorted({ticket.assignee_id for ticket in tickets if ticket.assignee_id})[:4]]
    for _ in range(12):
        for _ in range(10):
            act_at_random(rng, tickets, agents)
        start = rng.choice(tickets).received_on
        today = clock.today() + timedelta(days=rng.choice((0, 0, 45)))
        for first, last in (EVER, (start, start + timedelta(days=rng.randrange(120)))):
            check_all(tickets, first, last, today)
    assert folded() == rebuilt()


def folded() -> list[Row[tuple[object, ...]]]:
    with transaction():
        rollup.fold()
    return list(db.session.execute(TALLY))


def rebuilt() -> list[Row[tuple[object, ...]]]:
    with transaction():
        rollup.rebuild()
    return list(db.session.execute(TALLY))


class Crowd:
    """Threads that change, fold and read at the same time, until the writers are done."""

    def __init__(self, app: Flask, ids: list[int], agents: list[int | None]) -> None:
        self.app, self.ids, self.agents = app, ids, agents
        self.done = threading.Event()
        self.wrong: list[object] = []

    def run(self) -> None:
        """Let them all work, and wait for their end."""
        writers = [threading.Thread(target=self._apart, args=(lambda seed=seed: self.write(seed),)) for seed in (1, 2)]
        others = [threading.Thread(target=self._apart, args=(act,)) for act in (self.fold, self.fold, self.read)]
        for thread in (*writers, *others):
            thread.start()
        for thread in writers:
            thread.join()
        self.done.set()
        for thread in others:
            thread.join()

    def _apart(self, act: Callable[[], None]) -> None:
        with self.app.app_context():
            try:
                act()
            except Exception as error:  # noqa: BLE001 - a thread's failure must fail the test
                self.wrong.append(error)

    def write(self, seed: int) -> None:
        rng = random.Random(seed)
        for _ in range(30):
            attempt(partial(self.change_three, rng), times=50)

    def change_three(self, rng: random.Random) -> None:
        # in one order: two who lock rows crosswise would be a deadlock of this test, not of the desk
        for one in sorted(rng.sample(self.ids, 3)):
            change(rng, db.session.get_one(Ticket, one), self.agents)
            db.session.flush()

    def fold(self) -> None:
        while not self.done.is_set():
            with transaction():
                rollup.fold()
            self.done.wait(0.002)

    def read(self) -> None:
        while not self.done.is_set():
            found = response_times(*EVER, clock.today())
            for groups in ((found.overall,), found.by_kind, found.by_month, found.by_agent):
                if sum(group.received + group.excluded for group in groups) != len(self.ids):
                    self.wrong.append(found)
            db.session.rollback()


def test_it_loses_nothing_while_several_change_fold_and_read(app: Flask, context: object) -> None:
    seed_tickets(60, seed=4)
    ids = list(db.session.scalars(select(Ticket.id)))
    agents: list[int | None] = [None, *sorted(staff for staff in db.session.scalars(select(Staff.id)))[:3]]
    db.session.commit()
    crowd = Crowd(app, ids, agents)
    crowd.run()
    assert crowd.wrong == []
    db.session.expire_all()
    check_all(list(db.session.scalars(select(Ticket))), *EVER, clock.today())
    assert folded() == rebuilt()


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_it_folds_while_two_transactions_are_open(context: object) -> None:
    seed_tickets(30, seed=5)
    first, second = list(db.session.scalars(select(Ticket.id).order_by(Ticket.id)))[:2]
    db.session.commit()
    spam = update(Ticket).values(outcome="SPAM", version=Ticket.version + 1)
    with db.engine.connect() as one, db.engine.connect() as two:
        one.execute(spam.where(Ticket.id == first))
        two.execute(spam.where(Ticket.id == second))
        with transaction():
            rollup.fold()
        one.commit()
        with transaction():
            rollup.fold()
        two.rollback()
    check_all(list(db.session.scalars(select(Ticket))), *EVER, clock.today())
    assert response_times(*EVER, clock.today()).overall.excluded >= 1
    assert folded() == rebuilt()


def test_it_survives_the_way_down_and_up_again_with_data(context: object) -> None:
    seed_tickets(60, seed=6)
    before = folded()
    db.session.commit()
    schema.downgrade("0003")
    schema.upgrade()
    assert list(db.session.execute(TALLY)) == before
    with transaction():
        for ticket in db.session.scalars(select(Ticket).limit(9)):
            ticket.outcome = "DUP"
    check_all(list(db.session.scalars(select(Ticket))), *EVER, clock.today())
