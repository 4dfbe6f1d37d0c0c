"""Making many invented tickets: shares the work between processes, each with a database connection of its own."""

import multiprocessing
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any

import psycopg
from sqlalchemy import insert, select, text

from desk import clock
from desk.accounts.models import Staff
from desk.accounts.permissions import Role
from desk.company.settings import get_setting
from desk.db import db, is_sqlite, new_id
from desk.develop.seed.bulk import copy_rows, insert_rows
from desk.develop.seed.course import Chronicle
from desk.develop.seed.people import FAMILIES, GIVEN
from desk.develop.seed.rows import Rows, Setting, new_rows
from desk.develop.seed.story import Scribe
from desk.develop.seed.texts import COMMON_EVERY, COMMON_WORD, RARE_WORD, is_rare
from desk.handling.calendars import desk_calendar
from desk.law.calendar import Calendar
from desk.law.regimes import REGIME, get_regime
from desk.policy.register import list_versions
from desk.reporting.rollup import fold as fold_figures
from desk.tickets.tally import fold_tally
from desk.transaction import transaction
from desk.vault.keys import Vault, vault

AGENTS = 12
CHUNK = 1_000
"""Tickets in one transaction."""
INVALID = "seed.invalid"
"""Domain of the invented staff's addresses: nobody can be written to there, and so nobody can sign in."""


@dataclass(frozen=True, slots=True)
class Seeded:
    """What was made, and what the benchmarks can look for."""

    tickets: int
    seed: int
    seconds: float
    staff: int
    common_word: str
    common_tickets: int
    rare_word: str
    rare_tickets: int


@dataclass(frozen=True, slots=True)
class Order:
    """Everything that a process needs to write its part."""

    seed: int
    total: int
    setting: Setting
    calendar: Calendar
    vault: Vault

    def scribe(self) -> Scribe:
        """Return a scribe for this process."""
        regime = get_regime(REGIME)
        chronicle = Chronicle(regime, self.calendar, self.setting.now, len(self.setting.staff_ids))
        return Scribe(chronicle, regime, self.vault, self.setting)


def seed_tickets(total: int, seed: int) -> Seeded:
    """Add `total` invented tickets to the desk's database, beside whatever is there. Commits chunk by chunk."""
    began = time.monotonic()
    order = _order(total, seed)
    sqlite = is_sqlite(db.engine)
    write = _into_sqlite if sqlite else _into_postgres
    write(order)
    _settle(sqlite=sqlite)
    return Seeded(
        tickets=total,
        seed=seed,
        seconds=round(time.monotonic() - began, 1),
        staff=len(order.setting.staff_ids),
        common_word=COMMON_WORD,
        common_tickets=-(-total // COMMON_EVERY),
        rare_word=RARE_WORD,
        rare_tickets=sum(is_rare(index, total) for index in range(total)),
    )


def _order(total: int, seed: int) -> Order:
    with transaction():
        *agents, manager_id = _staff()
        staff_ids = tuple(agents)
    policies = tuple((one.effective_on, one.number) for one in list_versions() if one.effective_on and one.number)
    setting = Setting(clock.now(), staff_ids, get_setting("link_days"), get_setting("trace_days"), manager_id, policies)
    calendar = desk_calendar()
    db.session.commit()
    # The private key stays here: writing needs none.
    return Order(seed, total, setting, calendar, Vault(vault().public_key, None, vault().index_key))


def _staff() -> tuple[int, ...]:
    """Return the invented agents and, last, their manager, made if there are none."""
    emails = [*(f"agent{number:02}@{INVALID}" for number in range(1, AGENTS + 1)), f"manager@{INVALID}"]
    known = {
        email: row_id
        for row_id, email in db.session.execute(select(Staff.id, Staff.email).where(Staff.email.in_(emails)))
    }
    for number, email in enumerate(emails):
        if email not in known:
            known[email] = new_id()
            role = Role.AGENT if number < AGENTS else Role.MANAGER
            name = f"{FAMILIES[number * 4 % len(FAMILIES)][0]} {GIVEN[number * 3 % len(GIVEN)][0]}"
            values = {"id": known[email], "email": email, "name": name, "role": role, "created_at": clock.now()}
            db.session.execute(
                insert(Staff),
                [values | {"language": "ja", "must_change_password": False, "is_active": True, "version": 1}],
            )
    return tuple(known[email] for email in emails)


def make_chunk(order: Order, first: int) -> Rows:
    """Return the rows of one chunk of tickets, beginning with number `first`."""
    scribe, rows = _scribe(order), new_rows()
    for index in range(first, min(first + CHUNK, order.total)):
        scribe.write(rows, order.seed, index, order.total)
    return rows


_scribes: list[tuple[Order, Scribe]] = []


def _scribe(order: Order) -> Scribe:
    """Return this process's scribe for an order, who remembers the dates reckoned so far."""
    if not _scribes or _scribes[0][0] != order:
        _scribes[:] = [(order, order.scribe())]
    return _scribes[0][1]


def _into_sqlite(order: Order) -> None:
    path = db.engine.url.database or ""
    with closing(sqlite3.connect(path, isolation_level=None, timeout=60)) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")
        for rows in _chunks(order, partial(make_chunk, order)):
            insert_rows(connection, rows)


def _into_postgres(order: Order) -> None:
    url = db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    for _ in _chunks(order, partial(copy_chunk, order, url)):
        pass


def copy_chunk(order: Order, url: str, first: int) -> int:
    """Make one chunk and write it from this very process; return its first number."""
    copy_rows(_connection(url), make_chunk(order, first))
    return first


_connections: dict[str, psycopg.Connection[Any]] = {}


def _connection(url: str) -> psycopg.Connection[Any]:
    if url not in _connections:
        _connections[url] = psycopg.connect(url)
    return _connections[url]


def _chunks(order: Order, act: Any) -> Iterator[Any]:
    """Run `act` on the first number of each chunk, in as many processes as there are processors when that pays."""
    firsts = range(0, order.total, CHUNK)
    workers = min(os.cpu_count() or 1, len(firsts))
    if workers < 2:
        yield from map(act, firsts)
        for connection in _connections.values():
            connection.close()
        _connections.clear()
        return
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        yield from pool.imap(act, firsts)


def _settle(*, sqlite: bool) -> None:
    """Add up what the triggers wrote, and let the database look at what it got, so that its plans fit."""
    with transaction():
        fold_tally()
        fold_figures()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE" if sqlite else "VACUUM (ANALYZE)"))
