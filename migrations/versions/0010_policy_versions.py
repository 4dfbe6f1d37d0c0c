"""The versions of the company's policy.

Revision: 0010, after 0009
"""

import sqlalchemy as sa
from alembic import op

from desk.db import Id

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "policy_version",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("number", Id, nullable=True),
        sa.Column("effective_on", sa.Date(), nullable=True),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("original", sa.LargeBinary(), nullable=False),
        sa.Column("original_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("text_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported_by", Id, nullable=True),
        sa.Column("adopted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("adopted_by", Id, nullable=True),
        sa.Column("version", Id, nullable=False),
        sa.ForeignKeyConstraint(["adopted_by"], ["staff.id"], name=op.f("fk_policy_version_adopted_by")),
        sa.ForeignKeyConstraint(["imported_by"], ["staff.id"], name=op.f("fk_policy_version_imported_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_version")),
        sa.UniqueConstraint("effective_on", name=op.f("uq_policy_version_effective_on")),
        sa.UniqueConstraint("number", name=op.f("uq_policy_version_number")),
    )


def downgrade() -> None:
    """Go back: the versions are gone, the files they came from are the company's."""
    op.drop_table("policy_version")
