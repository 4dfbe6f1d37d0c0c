"""The yearly inspection and its corrective actions.

Revision: 0015, after 0014
"""

import sqlalchemy as sa
from alembic import op

from desk.db import Id

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "inspection",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("year", Id, nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("trained", Id, nullable=True),
        sa.Column("trained_on", sa.Date(), nullable=True),
        sa.Column("rights_reviewed_on", sa.Date(), nullable=True),
        sa.Column("sampled", Id, nullable=True),
        sa.Column("sample_errors", Id, nullable=True),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_by", Id, nullable=True),
        sa.Column("received_on", sa.Date(), nullable=True),
        sa.Column("received_by", sa.String(length=200), nullable=False),
        sa.Column("decisions", sa.Text(), nullable=False),
        sa.Column("version", Id, nullable=False),
        sa.ForeignKeyConstraint(["signed_by"], ["staff.id"], name=op.f("fk_inspection_signed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection")),
        sa.UniqueConstraint("year", name=op.f("uq_inspection_year")),
    )
    op.create_table(
        "corrective_action",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("inspection_id", Id, nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("owner_id", Id, nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", Id, nullable=True),
        sa.Column("version", Id, nullable=False),
        sa.ForeignKeyConstraint(["closed_by"], ["staff.id"], name=op.f("fk_corrective_action_closed_by")),
        sa.ForeignKeyConstraint(["inspection_id"], ["inspection.id"], name=op.f("fk_corrective_action_inspection_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["staff.id"], name=op.f("fk_corrective_action_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrective_action")),
    )
    op.create_index(op.f("ix_corrective_action_inspection_id"), "corrective_action", ["inspection_id"])


def downgrade() -> None:
    """Go back: the records are gone, unless they were saved as PDF or JSON before."""
    op.drop_table("corrective_action")
    op.drop_table("inspection")
