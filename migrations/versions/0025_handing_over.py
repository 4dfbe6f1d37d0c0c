"""Until when a person may fetch a file, and how often they have.

Revision: 0025, after 0024
"""

import sqlalchemy as sa
from alembic import op

from desk.db import Id

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward: what was handed over earlier has no last day."""
    with op.batch_alter_table("attachment") as batch:
        batch.add_column(sa.Column("released_until", sa.Date(), nullable=True))
        batch.add_column(sa.Column("fetched", Id, nullable=False, server_default="0"))


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("attachment") as batch:
        batch.drop_column("fetched")
        batch.drop_column("released_until")
