"""How people were told of a version of the policy.

Revision: 0018, after 0017
"""

import sqlalchemy as sa
from alembic import op

from desk.db import Id

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

BY_MAIL = sa.text("channel = 'mail'")


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "policy_notice",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("version_id", Id, nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("words_ja", sa.Text(), nullable=False),
        sa.Column("words_en", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_id", Id, nullable=True),
        sa.Column("posted", Id, nullable=False),
        sa.Column("unreached", Id, nullable=False),
        sa.Column("after_id", Id, nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_policy_notice_staff_id")),
        sa.ForeignKeyConstraint(["version_id"], ["policy_version.id"], name=op.f("fk_policy_notice_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_notice")),
    )
    op.create_index(op.f("ix_policy_notice_version_id"), "policy_notice", ["version_id"])
    op.create_index(
        "uq_policy_notice_mail",
        "policy_notice",
        ["version_id"],
        unique=True,
        postgresql_where=BY_MAIL,
        sqlite_where=BY_MAIL,
    )


def downgrade() -> None:
    """Go back: that people were told, and when, is still in the trail."""
    op.drop_index("uq_policy_notice_mail", table_name="policy_notice")
    op.drop_index(op.f("ix_policy_notice_version_id"), table_name="policy_notice")
    op.drop_table("policy_notice")
