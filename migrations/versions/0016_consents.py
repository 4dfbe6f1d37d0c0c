"""Consents, and which version of the policy needs them.

Revision: 0016, after 0015
"""

import sqlalchemy as sa
from alembic import op

from desk.db import Id

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward; the versions there are needed no consent."""
    op.add_column("policy_version", sa.Column("needs_consent", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "consent",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("key_id", Id, nullable=False),
        sa.Column("mark", sa.LargeBinary(length=16), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("version_id", Id, nullable=True),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", Id, nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_ticket_id", Id, nullable=True),
        sa.ForeignKeyConstraint(["key_id"], ["data_key.id"], name=op.f("fk_consent_key_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["staff.id"], name=op.f("fk_consent_recorded_by")),
        sa.ForeignKeyConstraint(["version_id"], ["policy_version.id"], name=op.f("fk_consent_version_id")),
        sa.ForeignKeyConstraint(["withdrawn_ticket_id"], ["ticket.id"], name=op.f("fk_consent_withdrawn_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index(op.f("ix_consent_mark"), "consent", ["mark"])
    op.create_index(op.f("ix_consent_withdrawn_ticket_id"), "consent", ["withdrawn_ticket_id"])


def downgrade() -> None:
    """Go back: the consents are gone; the keys that said whose they were open nothing any more."""
    op.drop_table("consent")
    with op.batch_alter_table("policy_version") as table:
        table.drop_column("needs_consent")
