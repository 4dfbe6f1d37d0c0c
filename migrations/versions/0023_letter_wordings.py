"""The words of letters that an administrator has put in place of the desk's own.

Revision: 0023, after 0022
"""

import sqlalchemy as sa
from alembic import op

from desk.db import Id

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "letter_wording",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("number", Id, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", Id, nullable=True),
        sa.ForeignKeyConstraint(["made_by"], ["staff.id"], name=op.f("fk_letter_wording_made_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_wording")),
        sa.UniqueConstraint("code", "language", "number", name=op.f("uq_letter_wording_code_language_number")),
    )


def downgrade() -> None:
    """Go back: the letters have again the words that come with the desk."""
    op.drop_table("letter_wording")
