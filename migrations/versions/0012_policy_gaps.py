"""What is done about the gaps of the policy.

Revision: 0012, after 0011
"""

import sqlalchemy as sa
from alembic import op

from desk.db import Id

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "policy_gap",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("owner_id", Id, nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("answer_ja", sa.Text(), nullable=False),
        sa.Column("answer_en", sa.Text(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by", Id, nullable=True),
        sa.Column("version", Id, nullable=False),
        sa.ForeignKeyConstraint(["approved_by"], ["staff.id"], name=op.f("fk_policy_gap_approved_by")),
        sa.ForeignKeyConstraint(["owner_id"], ["staff.id"], name=op.f("fk_policy_gap_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_gap")),
        sa.UniqueConstraint("code", name=op.f("uq_policy_gap_code")),
    )


def downgrade() -> None:
    """Go back: owners, dates and approved answers are gone."""
    op.drop_table("policy_gap")
