"""What the company has settled about requests: one row, with nothing said yet and no fee.

Revision: 0011, after 0010
"""

import sqlalchemy as sa
from alembic import op

from desk import clock
from desk.db import Id

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

WORDS = {
    **dict.fromkeys(
        ("representative_ja", "representative_en", "officer_ja", "officer_en", "hours_ja", "hours_en"), 200
    ),
    **dict.fromkeys(("body_ja", "body_en"), 300),
    "commission_phone": 40,
}


def upgrade() -> None:
    """Go forward."""
    table = op.create_table(
        "procedure",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        *(sa.Column(name, sa.String(length=length), nullable=False) for name, length in WORDS.items()),
        sa.Column("fee_yen", Id, nullable=False),
        sa.Column("has_body", sa.Boolean(), nullable=True),
        sa.Column("commission_checked_on", sa.Date(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", Id, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_procedure")),
    )
    row = {"id": 1, **dict.fromkeys(WORDS, ""), "fee_yen": 0, "updated_at": clock.now(), "version": 1}
    op.bulk_insert(table, [row])


def downgrade() -> None:
    """Go back: what was settled is gone."""
    op.drop_table("procedure")
