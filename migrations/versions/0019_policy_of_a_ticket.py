"""Which version of the policy a ticket goes by.

Revision: 0019, after 0018
"""

import sqlalchemy as sa
from alembic import op

from desk.db import Id

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward: tickets of before say nothing, which is true."""
    op.add_column("ticket", sa.Column("policy_number", Id, nullable=True))


def downgrade() -> None:
    """Go back."""
    op.execute(sa.text("ALTER TABLE ticket DROP COLUMN policy_number"))
