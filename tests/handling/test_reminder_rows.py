"""The migration that makes one reminder of many rows: nobody who was told is forgotten, down or up."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from flask.ctx import AppContext

from desk import schema
from desk.db import db, new_id
from desk.tickets.models import Reminder
from desk.transaction import transaction
from tests.cases import add_staff, open_one

AT = datetime(2027, 6, 14, tzinfo=UTC)
DAY = date(2027, 6, 14)


def below() -> str:
    """Return the revision before the one that merged the rows, whatever number it has by now."""
    revisions: list[Any] = list(ScriptDirectory(str(schema.FOLDER)).walk_revisions())
    (found,) = [revision for revision in revisions if revision.path.endswith("_calendars_and_reminders.py")]
    return str(found.down_revision)


def reminders() -> list[Any]:
    """Read the table as it is."""
    with db.engine.connect() as connection:
        table = sa.Table("reminder", sa.MetaData(), autoload_with=connection)
        return list(connection.execute(sa.select(table).order_by(table.c.id)).mappings())


def insert(*rows: dict[str, object]) -> None:
    """Write rows into the table as it is."""
    with db.engine.begin() as connection:
        table = sa.Table("reminder", sa.MetaData(), autoload_with=connection)
        connection.execute(table.insert(), list(rows))


def test_many_rows_become_one_and_many_again(context: AppContext) -> None:
    ticket, agents = open_one().ticket_id, [add_staff() for _ in range(3)]
    db.session.remove()
    schema.downgrade(below())
    shared = {"ticket_id": ticket, "on": DAY, "created_at": AT}
    heard = [("due-5bd", agents[0]), ("due-5bd", agents[1]), ("overdue", agents[2])]
    insert(*({"id": new_id(), "rule": rule, "staff_id": person, **shared} for rule, person in heard))
    schema.upgrade()
    merged = {row["rule"]: sorted(row["told"]) for row in reminders()}
    assert merged == {"due-5bd": sorted(agents[:2]), "overdue": [agents[2]]}
    schema.downgrade(below())
    assert sorted((row["rule"], row["staff_id"]) for row in reminders()) == sorted(heard)
    schema.upgrade()
    assert {row["rule"]: sorted(row["told"]) for row in reminders()} == merged
    assert len(reminders()) == 2


def test_the_table_itself_takes_a_reminder_once(context: AppContext) -> None:
    ticket, agents = open_one().ticket_id, [add_staff() for _ in range(2)]
    row = {"ticket_id": ticket, "rule": "due-0", "on": DAY, "created_at": AT}
    with transaction():
        db.session.add(Reminder(told=[agents[0]], **row))
    with pytest.raises(sa.exc.IntegrityError), transaction():
        db.session.add(Reminder(told=[agents[1]], **row))
