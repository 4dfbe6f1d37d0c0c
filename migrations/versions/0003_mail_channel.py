"""The pause of the mail channel, and an index over what was sent lately.

Revision: 0003, after 0002
"""

import sqlalchemy as sa
from alembic import op

from desk.db import Id

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "mail_channel",
        sa.Column("name", sa.String(length=10), nullable=False),
        sa.Column("paused_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failures", Id, nullable=False),
        sa.Column("last_code", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_mail_channel")),
    )
    op.create_index("ix_outbox_sent", "outbox", ["sent_at"], unique=False)


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_outbox_sent", "outbox")
    op.drop_table("mail_channel")
