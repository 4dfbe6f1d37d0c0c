"""Which services outside must act in the matter of a ticket.

Revision: 0014, after 0013
"""

import sqlalchemy as sa
from alembic import op

from desk.db import Id

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "service_task",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("ticket_id", Id, nullable=False),
        sa.Column("service_id", Id, nullable=False),
        *(
            sa.Column(name, sa.DateTime(timezone=True), nullable=name != "needed_at")
            for name in ("needed_at", "told_at", "confirmed_at")
        ),
        sa.ForeignKeyConstraint(["service_id"], ["outside_service.id"], name=op.f("fk_service_task_service_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_service_task_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_task")),
        sa.UniqueConstraint("ticket_id", "service_id", name=op.f("uq_service_task_ticket_id_service_id")),
    )
    op.create_index(op.f("ix_service_task_ticket_id"), "service_task", ["ticket_id"])


def downgrade() -> None:
    """Go back: who was told is still in the trail."""
    op.drop_table("service_task")
