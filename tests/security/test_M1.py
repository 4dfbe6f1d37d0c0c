"""M1: every migration goes up, down and up again over a desk at work, and loses nothing that has a place to stay."""

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

REVISIONS = [revision.revision for revision in ScriptDirectory(str(schema.FOLDER)).walk_revisions()]
"""Newest first: a new file in the folder is tested without a word here."""
DERIVED = {"ticket_tally", "ticket_change", "figure_tally", "figure_change", "alembic_version"}
"""Counted anew by their migrations, so they are compared as sums below, not row by row."""

Rows = dict[str, dict[str, list[str]]]


@pytest.fixture
def busy(app: Flask, context: object) -> Flask:
    """A desk with a few hundred tickets in every state."""
    seed_tickets(200, seed=7)
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


def check_against_models() -> None:
    """Fail when the schema and the models differ."""
    with db.engine.connect() as connection:
        schema.run_with(connection, command.check)


def lost(before: Rows, after: Rows) -> list[str]:
    """Name the columns that stand on both sides with other values."""
    both = [(table, column) for table in before.keys() & after.keys() for column in before[table].keys() & after[table]]
    return sorted(f"{table}.{column}" for table, column in both if before[table][column] != after[table][column])


@pytest.mark.parametrize("revision", REVISIONS)
def test_it_goes_down_and_up_with_everything_in_place(busy: Flask, revision: str) -> None:
    below: Any = ScriptDirectory(str(schema.FOLDER)).get_revision(revision).down_revision
    before, firing, counted = rows(), triggers(), tallies()
    assert firing
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


def test_it_names_each_revision_once_in_one_line() -> None:
    script = ScriptDirectory(str(schema.FOLDER))
    files = sorted(path.name for path in Path(schema.FOLDER, "versions").glob("*.py"))
    assert len(script.get_heads()) == 1
    assert [name[:4] for name in files] == sorted(REVISIONS)
