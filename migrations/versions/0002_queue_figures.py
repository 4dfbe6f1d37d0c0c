"""Figures of the queue's filters, kept by triggers, and an index for each filter.

Revision: 0002, after 0001
"""

import sqlalchemy as sa
from alembic import op

from desk.db import Id
from desk.tickets.triggers import create_triggers, drop_triggers

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

OPEN = "closed_at IS NULL"
CLOSED = "closed_at IS NOT NULL"
QUEUE = ["queue_rank", "queue_on", "id"]
INDEXES: dict[str, tuple[list[str], str]] = {
    "ix_ticket_open_state": (["state", *QUEUE], OPEN),
    "ix_ticket_open_population": (["population", *QUEUE], OPEN),
    "ix_ticket_waiting": (QUEUE, f"{OPEN} AND waiting_for IS NOT NULL"),
    "ix_ticket_escalated": (QUEUE, f"{OPEN} AND is_escalated"),
    "ix_ticket_closed": (["closed_at", "id"], CLOSED),
    "ix_ticket_closed_state": (["state", "closed_at", "id"], CLOSED),
    "ix_ticket_closed_kind": (["kind", "closed_at", "id"], CLOSED),
    "ix_ticket_closed_assignee": (["assignee_id", "closed_at", "id"], CLOSED),
}


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "ticket_tally",
        sa.Column("facet", sa.String(length=12), nullable=False),
        sa.Column("value", sa.String(length=40), nullable=False),
        sa.Column("n", Id, nullable=False),
        sa.PrimaryKeyConstraint("facet", "value", name=op.f("pk_ticket_tally")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.create_table(
            "ticket_change",
            sa.Column("id", Id, autoincrement=True, nullable=False),
            sa.Column("n", sa.SmallInteger(), nullable=False),
            sa.Column("is_open", sa.Boolean(), nullable=False),
            sa.Column("state", sa.String(length=16), nullable=False),
            sa.Column("kind", sa.String(length=10), nullable=False),
            sa.Column("population", sa.String(length=10), nullable=False),
            sa.Column("assignee_id", Id, nullable=True),
            sa.Column("is_escalated", sa.Boolean(), nullable=False),
            sa.Column("due_on", sa.Date(), nullable=True),
            sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_change")),
        )
    for name, (columns, where) in INDEXES.items():
        op.create_index(name, "ticket", columns, postgresql_where=sa.text(where), sqlite_where=sa.text(where))
    create_triggers(op.get_bind())


def downgrade() -> None:
    """Go down."""
    drop_triggers(op.get_bind())
    for name in INDEXES:
        op.drop_index(name, "ticket")
    if op.get_bind().dialect.name == "postgresql":
        op.drop_table("ticket_change")
    op.drop_table("ticket_tally")
