"""The services outside that handle or receive personal data.

Revision: 0013, after 0012
"""

import sqlalchemy as sa
from alembic import op

from desk.db import Id

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "outside_service",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("relation", sa.String(length=20), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("does", "holds", "contract", "vetting")),
        sa.Column("country", sa.String(length=100), nullable=False),
        sa.Column("vetted_on", sa.Date(), nullable=True),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("is_used", sa.Boolean(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", Id, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside_service")),
        sa.UniqueConstraint("name", name=op.f("uq_outside_service_name")),
    )


def downgrade() -> None:
    """Go back: what was known of the services is gone."""
    op.drop_table("outside_service")
