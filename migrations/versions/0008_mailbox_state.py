"""How reading a mailbox fares.

Revision: 0008, after 0007
"""

import sqlalchemy as sa
from alembic import op

from desk.db import Id

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "mailbox_state",
        sa.Column("account", sa.String(length=16), nullable=False),
        sa.Column("last_success_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", Id, nullable=False),
        sa.Column("last_code", sa.String(length=40), nullable=True),
        sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("journaled", Id, nullable=False),
        sa.Column("waiting", Id, nullable=False),
        sa.Column("reconciled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unknown", Id, nullable=False),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_mailbox_state")),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("mailbox_state")
