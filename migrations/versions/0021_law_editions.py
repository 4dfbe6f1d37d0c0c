"""The data of each law by which tickets were counted.

Revision: 0021, after 0020
"""

import sqlalchemy as sa
from alembic import op

from desk.db import Id

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "law_edition",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("regime", sa.String(length=20), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("shared", sa.Text(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_law_edition")),
        sa.UniqueConstraint("version", name=op.f("uq_law_edition_version")),
    )


def downgrade() -> None:
    """Go back: tickets keep the version's name."""
    op.drop_table("law_edition")
