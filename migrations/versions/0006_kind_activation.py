"""Which kinds an administrator has activated, and against which source.

Revision: 0006, after 0005
"""

import sqlalchemy as sa
from alembic import op

from desk.db import Id

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "kind_activation",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("regime", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("checked_by", sa.String(length=100), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=True),
        sa.Column("source", sa.String(length=500), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kind_activation")),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("kind_activation")
