"""Duties ticked off on a ticket, and decisions with the second person who approved.

Revision: 0022, after 0021
"""

import sqlalchemy as sa
from alembic import op

from desk.db import Id

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

STANDING = sa.text("state IN ('drafted', 'approved')")


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "duty_check",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("ticket_id", Id, nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("is_done", sa.Boolean(), nullable=False),
        sa.Column("staff_id", Id, nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_duty_check_staff_id_staff")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_duty_check_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_check")),
        sa.UniqueConstraint("ticket_id", "code", name=op.f("uq_duty_check_ticket_id_code")),
    )
    op.create_index(op.f("ix_duty_check_ticket_id"), "duty_check", ["ticket_id"])
    op.create_table(
        "decision",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("ticket_id", Id, nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("grounds", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("rests_on", Id, nullable=True),
        sa.Column("author_id", Id, nullable=True),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approver_id", Id, nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_alone", sa.Boolean(), nullable=False),
        sa.Column("open_duties", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["approver_id"], ["staff.id"], name=op.f("fk_decision_approver_id_staff")),
        sa.ForeignKeyConstraint(["author_id"], ["staff.id"], name=op.f("fk_decision_author_id_staff")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_decision_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
    )
    op.create_index(op.f("ix_decision_ticket_id"), "decision", ["ticket_id"])
    op.create_index(
        "uq_decision_standing",
        "decision",
        ["ticket_id"],
        unique=True,
        postgresql_where=STANDING,
        sqlite_where=STANDING,
    )


def downgrade() -> None:
    """Go back: that a case was decided, and by whom, is still in the trail."""
    op.drop_index("uq_decision_standing", table_name="decision")
    op.drop_index(op.f("ix_decision_ticket_id"), table_name="decision")
    op.drop_table("decision")
    op.drop_index(op.f("ix_duty_check_ticket_id"), table_name="duty_check")
    op.drop_table("duty_check")
