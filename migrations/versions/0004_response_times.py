"""Exact tallies behind the response times, kept by triggers.

Revision: 0004, after 0003
"""

import sqlalchemy as sa
from alembic import op

from desk.db import Id
from desk.reporting.rollup import create_triggers, drop_triggers, rebuild

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "figure_tally",
        sa.Column("dim", sa.String(length=5), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("key", sa.String(length=20), nullable=False),
        sa.Column("measure", sa.String(length=10), nullable=False),
        sa.Column("value", Id, autoincrement=False, nullable=False),
        sa.Column("n", Id, nullable=False),
        sa.Column("termed", Id, nullable=False),
        sa.Column("in_time", Id, nullable=False),
        sa.PrimaryKeyConstraint("dim", "month", "key", "measure", "value", name=op.f("pk_figure_tally")),
    )
    op.create_table(
        "figure_change",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("n", sa.SmallInteger(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("agent", Id, nullable=False),
        sa.Column("counting", sa.String(length=10), nullable=False),
        sa.Column("ack", Id, nullable=True),
        sa.Column("ack_in", sa.SmallInteger(), nullable=True),
        sa.Column("answer", Id, nullable=True),
        sa.Column("answer_in", sa.SmallInteger(), nullable=True),
        sa.Column("days", Id, nullable=True),
        sa.Column("notice", Id, nullable=True),
        sa.Column("notice_in", sa.SmallInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_change")),
    )
    create_triggers(op.get_bind())
    rebuild(op.get_bind())


def downgrade() -> None:
    """Go down."""
    drop_triggers(op.get_bind())
    op.drop_table("figure_change")
    op.drop_table("figure_tally")
