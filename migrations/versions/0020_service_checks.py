"""How services outside were found to be set, and when.

Revision: 0020, after 0019
"""

import sqlalchemy as sa
from alembic import op

from desk.db import Id

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "service_check",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("service_id", Id, nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=False),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", Id, nullable=True),
        sa.ForeignKeyConstraint(["recorded_by"], ["staff.id"], name=op.f("fk_service_check_recorded_by")),
        sa.ForeignKeyConstraint(["service_id"], ["outside_service.id"], name=op.f("fk_service_check_service_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_check")),
    )
    op.create_index(op.f("ix_service_check_service_id"), "service_check", ["service_id"])


def downgrade() -> None:
    """Go back: that somebody looked, and when, is still in the trail."""
    op.drop_index(op.f("ix_service_check_service_id"), table_name="service_check")
    op.drop_table("service_check")
