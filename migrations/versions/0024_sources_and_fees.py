"""Who was asked to look for a person's data, and what they found; fees by when they arrived.

Revision: 0024, after 0023
"""

import sqlalchemy as sa
from alembic import op

from desk.db import Id

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "source_task",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("ticket_id", Id, nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", Id, nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", Id, nullable=True),
        sa.Column("is_found", sa.Boolean(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["answered_by"], ["staff.id"], name=op.f("fk_source_task_answered_by_staff")),
        sa.ForeignKeyConstraint(["asked_by"], ["staff.id"], name=op.f("fk_source_task_asked_by_staff")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_source_task_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_task")),
    )
    op.create_index(op.f("ix_source_task_ticket_id"), "source_task", ["ticket_id"])
    fees = sa.text("kind = 'fee_paid'")
    op.create_index("ix_event_fee", "event", ["at"], postgresql_where=fees, sqlite_where=fees)


def downgrade() -> None:
    """Go back: what was asked and answered is gone, the trail says that it was."""
    op.drop_index("ix_event_fee", table_name="event")
    op.drop_index(op.f("ix_source_task_ticket_id"), table_name="source_task")
    op.drop_table("source_task")
