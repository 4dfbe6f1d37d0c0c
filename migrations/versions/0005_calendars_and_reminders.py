"""One reminder for one ticket, rule and day, the days looked at, and the calendars that the desk counted by.

Revision: 0005, after 0004
"""

from itertools import groupby
from typing import Any

import sqlalchemy as sa
from alembic import op

from desk.db import Id, new_id

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ONE_EACH = "uq_reminder_ticket_id_rule_on_staff_id"
ONE = "uq_reminder_ticket_id_rule_on"
STAFF = "fk_reminder_staff_id_staff"

REMINDER = sa.table(
    "reminder",
    *(sa.column(name, Id) for name in ("id", "ticket_id", "staff_id")),
    sa.column("rule", sa.String),
    sa.column("on", sa.Date),
    sa.column("told", sa.JSON),
    sa.column("created_at", sa.DateTime(timezone=True)),
)
SAME = ("ticket_id", "rule", "on")


def upgrade() -> None:
    """Go up: the rows of one reminder become one, which names everybody who was told."""
    op.create_table(
        "calendar_edition",
        sa.Column("version", sa.String(length=80), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_edition")),
    )
    op.create_table(
        "reminder_day",
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("on", name=op.f("pk_reminder_day")),
    )
    with op.batch_alter_table("reminder") as batch:
        batch.add_column(sa.Column("told", sa.JSON(), nullable=False, server_default="[]"))
    _merge()
    with op.batch_alter_table("reminder") as batch:
        batch.drop_constraint(ONE_EACH, type_="unique")
        batch.drop_constraint(STAFF, type_="foreignkey")
        batch.drop_column("staff_id")
        batch.create_unique_constraint(ONE, list(SAME))


def downgrade() -> None:
    """Go down: a row for each person again; calendars and days looked at are gone."""
    with op.batch_alter_table("reminder") as batch:
        batch.drop_constraint(ONE, type_="unique")
        batch.add_column(sa.Column("staff_id", Id, nullable=True))
    _part()
    with op.batch_alter_table("reminder") as batch:
        batch.alter_column("staff_id", existing_type=Id, nullable=False)
        batch.create_foreign_key(STAFF, "staff", ["staff_id"], ["id"])
        batch.create_unique_constraint(ONE_EACH, [*SAME, "staff_id"])
        batch.drop_column("told")
    op.drop_table("reminder_day")
    op.drop_table("calendar_edition")


def _merge() -> None:
    columns = REMINDER.c
    in_order = sa.select(columns.id, columns.staff_id, *(columns[name] for name in SAME))
    rows = op.get_bind().execute(in_order.order_by(*(columns[name] for name in SAME), columns.id)).all()
    first, others = [], []
    for _same, each in groupby(rows, key=lambda row: tuple(row[2:])):
        found = list(each)
        first.append({"row": found[0].id, "staff": [row.staff_id for row in found]})
        others += [{"row": row.id} for row in found[1:]]
    by_row = columns.id == sa.bindparam("row")
    _run(sa.update(REMINDER).where(by_row).values(told=sa.bindparam("staff")), first)
    _run(sa.delete(REMINDER).where(by_row), others)


def _part() -> None:
    columns = REMINDER.c
    rows = op.get_bind().execute(sa.select(columns.id, columns.told, columns.created_at, *(columns[n] for n in SAME)))
    first, others, nobody = [], [], []
    for row in rows.mappings().all():
        told, shared = row["told"], {name: row[name] for name in ("created_at", *SAME)}
        if told:
            first.append({"row": row["id"], "staff": told[0]})
        else:
            nobody.append({"row": row["id"]})
        others += [{"id": new_id(), "staff_id": staff_id, "told": told, **shared} for staff_id in told[1:]]
    by_row = columns.id == sa.bindparam("row")
    _run(sa.update(REMINDER).where(by_row).values(staff_id=sa.bindparam("staff")), first)
    _run(sa.delete(REMINDER).where(by_row), nobody)
    _run(sa.insert(REMINDER), others)


def _run(statement: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        op.get_bind().execute(statement, rows)
