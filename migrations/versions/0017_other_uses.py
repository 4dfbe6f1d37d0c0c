"""Uses of personal data beyond the published purposes.

Revision: 0017, after 0016
"""

import sqlalchemy as sa
from alembic import op

from desk.db import Id

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "other_use",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", Id, nullable=True),
        sa.Column("ground", sa.String(length=10), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", Id, nullable=True),
        sa.ForeignKeyConstraint(["asked_by"], ["staff.id"], name=op.f("fk_other_use_asked_by")),
        sa.ForeignKeyConstraint(["decided_by"], ["staff.id"], name=op.f("fk_other_use_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_other_use")),
    )


def downgrade() -> None:
    """Go back: who allowed what is still in the trail."""
    op.drop_table("other_use")
