"""M1: every migration goes up, down and up again over a desk at work, loses nothing that has a place to stay, and leaves
a schema on which the code before it still works."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory
from flask import Flask

from desk import schema
from desk.db import db
from desk.develop.seed.run import seed_tickets
from desk.reporting import rollup
from tests.security.house import House

pytestmark = pytest.mark.dateless

REVISIONS = [revision.revision for revision in ScriptDirectory(str(schema.FOLDER)).walk_revisions()]
"""Newest first: a new file in the folder is tested without a word here."""
DERIVED = {"ticket_tally", "ticket_change", "figure_tally", "figure_change", "alembic_version"}
"""Counted anew by their migrations, so they are compared as sums below, not row by row."""

Rows = dict[str, dict[str, list[str]]]


@pytest.fixture
def busy(app: Flask, context: object) -> Flask:
    """A desk with a few hundred tickets in every state, and something in each part of the policy's register."""
    seed_tickets(200, seed=7)
    house = House(app)
    house.policy(on=date(2024, 4, 1))
    house.inspection(is_signed=True)
    house.consent()
    house.use()
    db.session.remove()
    return app


def rows() -> Rows:
    """Return each table's columns with the values of all rows in the order of the key."""
    found: Rows = {}
    with db.engine.connect() as connection:
        metadata = sa.MetaData()
        metadata.reflect(connection)
        for table in metadata.tables.values():
            if table.name in DERIVED or table.name.startswith("search_words"):
                continue
            read = connection.execute(sa.select(table).order_by(*table.primary_key.columns)).all()
            found[table.name] = {
                column.name: [repr(row[index]) for row in read] for index, column in enumerate(table.columns)
            }
    return found


def triggers() -> dict[str, str]:
    """Return the name of each trigger with what it does."""
    statement = "SELECT name, sql AS text FROM sqlite_master WHERE type = 'trigger'"
    if db.engine.dialect.name == "postgresql":
        statement = "SELECT tgname AS name, pg_get_triggerdef(oid) AS text FROM pg_trigger WHERE NOT tgisinternal"
    with db.engine.connect() as connection:
        return {row.name: row.text for row in connection.execute(sa.text(statement))}


def tallies() -> dict[tuple[str, str], int]:
    """Return the figures of the queue, without those that are nought."""
    with db.engine.connect() as connection:
        found = connection.execute(sa.text("SELECT facet, value, sum(n) FROM ticket_tally GROUP BY 1, 2")).all()
    return {(facet, value): int(n) for facet, value, n in found if n}


def figures() -> dict[tuple[object, ...], list[int]]:
    """Return the figures behind the response times, all folded, without those that are nought."""
    rollup.fold()
    db.session.commit()
    with db.engine.connect() as connection:
        found = connection.execute(
            sa.text("SELECT dim, month, key, measure, value, n, termed, in_time FROM figure_tally")
        )
        return {tuple(row[:5]): [int(number) for number in row[5:]] for row in found if any(row[5:])}


def check_against_models() -> None:
    """Fail when the schema and the models differ."""
    with db.engine.connect() as connection:
        schema.run_with(connection, command.check)


def lost(before: Rows, after: Rows) -> list[str]:
    """Name the columns that stand on both sides with other values."""
    both = [(table, column) for table in before.keys() & after.keys() for column in before[table].keys() & after[table]]
    return sorted(f"{table}.{column}" for table, column in both if before[table][column] != after[table][column])


def test_each_step_can_be_taken_back(busy: Flask) -> None:
    for revision in REVISIONS:
        below: Any = ScriptDirectory(str(schema.FOLDER)).get_revision(revision).down_revision
        before, firing = rows(), triggers()
        schema.downgrade(below or "base")
        down = rows()
        assert lost(before, down) == [], revision
        schema.upgrade(revision)
        up = rows()
        assert lost(down, up) == [], revision
        assert {table: set(columns) for table, columns in up.items()} == {
            table: set(columns) for table, columns in before.items()
        }, revision
        assert triggers() == firing, revision
        schema.downgrade(below or "base")
    schema.upgrade()
    check_against_models()


@pytest.mark.parametrize("revision", [*REVISIONS[:4], *REVISIONS[4::5], REVISIONS[-1]])
def test_it_goes_down_and_up_with_everything_in_place(busy: Flask, revision: str) -> None:
    below: Any = ScriptDirectory(str(schema.FOLDER)).get_revision(revision).down_revision
    before, firing, counted, timed = rows(), triggers(), tallies(), figures()
    assert firing
    assert timed
    assert len(before["ticket"]["id"]) == 200
    schema.downgrade(below or "base")
    down = rows()
    assert lost(before, down) == []
    schema.upgrade()
    up = rows()
    assert lost(down, up) == []
    assert up.keys() == before.keys()
    assert {table: set(columns) for table, columns in up.items()} == {
        table: set(columns) for table, columns in before.items()
    }
    assert triggers() == firing
    check_against_models()
    if below:
        assert tallies() == counted
        assert figures() == timed


def test_it_names_each_revision_once_in_one_line() -> None:
    script = ScriptDirectory(str(schema.FOLDER))
    assert schema.newest() == script.get_current_head()
    files = sorted(path.name for path in Path(schema.FOLDER, "versions").glob("*.py"))
    assert len(script.get_heads()) == 1
    assert [name[:4] for name in files] == sorted(REVISIONS)


# Code N-1 on schema N --------------------------------------------------------------------------------------------------

BREAKS: dict[str, str] = {
    "reminder.staff_id: removed": "only the clock reads or writes it, and an upgrade stops the clock first",
    "reminder.ticket_id, rule, on: must be unique": "the same: an older clock would be refused, and the newer one reminds",
}
"""What the code before a migration cannot live with, each with the reason why that harms nobody."""

WIDTH = {sa.SmallInteger: 1, sa.Integer: 2, sa.BigInteger: 3}


def shape() -> sa.MetaData:
    """Read the schema as it is."""
    metadata = sa.MetaData()
    with db.engine.connect() as connection:
        metadata.reflect(connection)
    return metadata


def breaks(old: sa.MetaData, new: sa.MetaData) -> set[str]:
    """Name what statements written for the old schema cannot do in the new one."""
    found = {f"{name}: removed" for name in old.tables.keys() - new.tables.keys()}
    for name in old.tables.keys() & new.tables.keys():
        was, now = old.tables[name], new.tables[name]
        found |= {f"{name}.{column}: removed" for column in _names(was) - _names(now)}
        found |= {f"{name}.{column.key}: must be given" for column in now.columns if _is_new_duty(column, was)}
        both = _names(was) & _names(now)
        found |= {
            f"{name}.{key}: narrower" for key in both if _is_narrower(was.columns[key].type, now.columns[key].type)
        }
        uniques = {columns for columns in _uniques(now) - _uniques(was) if set(columns) <= _names(was)}
        found |= {f"{name}.{', '.join(columns)}: must be unique" for columns in uniques}
    return {problem for problem in found if not problem.startswith("search_words")}


def _names(table: sa.Table) -> set[str]:
    return set(table.columns.keys())


def _is_new_duty(column: sa.Column[Any], was: sa.Table) -> bool:
    """Tell whether an INSERT that does not name this column worked before and does no longer."""
    if column.nullable or column.server_default is not None:
        return False
    return column.key not in was.columns or bool(was.columns[column.key].nullable)


def _is_narrower(was: Any, now: Any) -> bool:
    if was._type_affinity is not now._type_affinity:
        return not isinstance(was, sa.Integer) or not isinstance(now, sa.Integer)
    lengths = [getattr(one, "length", None) for one in (was, now)]
    widths = [next((WIDTH[kind] for kind in type(one).__mro__ if kind in WIDTH), 0) for one in (was, now)]
    return (lengths[1] is not None and (lengths[0] is None or lengths[1] < lengths[0])) or widths[1] < widths[0]


def _uniques(table: sa.Table) -> set[tuple[str, ...]]:
    constraints = [one for one in table.constraints if isinstance(one, sa.UniqueConstraint | sa.PrimaryKeyConstraint)]
    indexes = [index for index in table.indexes if index.unique and not _is_partial(index)]
    return {tuple(column.name for column in one.columns) for one in [*constraints, *indexes]}


def _is_partial(index: sa.Index) -> bool:
    return any(index.dialect_options[name].get("where") is not None for name in ("sqlite", "postgresql"))


@pytest.mark.parametrize("revision", REVISIONS)
def test_the_code_before_works_on_the_schema_after(app: Flask, context: object, revision: str) -> None:
    below: Any = ScriptDirectory(str(schema.FOLDER)).get_revision(revision).down_revision
    db.session.remove()
    if revision != schema.newest():
        schema.downgrade(revision)
    new = shape()
    if below:
        schema.downgrade(below)
        assert breaks(shape(), new) - BREAKS.keys() == set()


def test_it_sees_what_older_code_cannot_live_with() -> None:
    old, new = sa.MetaData(), sa.MetaData()
    for name in ("gone", "kept"):
        sa.Table(name, old, sa.Column("id", sa.BigInteger, primary_key=True))
    for table, length, number in (
        (old.tables["kept"], 20, sa.BigInteger),
        (sa.Table("kept", new), 10, sa.SmallInteger),
    ):
        table.append_column(sa.Column("word", sa.String(length), unique=table.metadata is new))
        table.append_column(sa.Column("number", number, nullable=table.metadata is old))
        table.append_column(sa.Column("same", sa.String(length + 10 * (table.metadata is new)), nullable=False))
        table.append_column(sa.Column("on", sa.Date if table.metadata is old else sa.String(10)))
    old.tables["kept"].append_column(sa.Column("left", sa.Date))
    new.tables["kept"].append_column(sa.Column("id", sa.BigInteger, primary_key=True))
    new.tables["kept"].append_column(sa.Column("asked", sa.Date, nullable=False))
    new.tables["kept"].append_column(sa.Column("given", sa.Date, nullable=False, server_default="2027-01-01"))
    new.tables["kept"].append_column(sa.Column("free", sa.Date))
    assert breaks(old, new) == {
        *("gone: removed", "kept.left: removed", "kept.asked: must be given", "kept.number: must be given"),
        *("kept.word: narrower", "kept.number: narrower", "kept.on: narrower", "kept.word: must be unique"),
    }
    assert breaks(new, new) == breaks(old, old) == set()
