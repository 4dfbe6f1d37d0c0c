"""Identity documents: what each file is, how it was judged, and when it is destroyed; addresses that wait for a second person.

Revision: 0026, after 0025
"""

import sqlalchemy as sa
from alembic import op

from desk.db import Id

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

UNERASED = sa.text("erased_at IS NULL")
OPEN = sa.text("answered_at IS NULL")
WAITING = sa.text("decided_at IS NULL")


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "identity_document",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("ticket_id", Id, nullable=False),
        sa.Column("file_id", Id, nullable=False),
        sa.Column("document", sa.String(length=20), nullable=False),
        sa.Column("of_agent", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_by", Id, nullable=True),
        sa.Column("seen", sa.JSON(), nullable=False),
        sa.Column("erase_on", sa.Date(), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erased", sa.String(length=10), nullable=True),
        sa.ForeignKeyConstraint(["checked_by"], ["staff.id"], name=op.f("fk_identity_document_checked_by_staff")),
        sa.ForeignKeyConstraint(["file_id"], ["attachment.id"], name=op.f("fk_identity_document_file_id_attachment")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_identity_document_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_document")),
        sa.UniqueConstraint("file_id", name=op.f("uq_identity_document_file_id")),
    )
    op.create_index(op.f("ix_identity_document_ticket_id"), "identity_document", ["ticket_id"])
    op.create_index(
        "ix_identity_document_unerased",
        "identity_document",
        ["erase_on"],
        postgresql_where=UNERASED,
        sqlite_where=UNERASED,
    )
    _create_address_request()
    op.create_index("ix_source_task_open", "source_task", ["due_on"], postgresql_where=OPEN, sqlite_where=OPEN)


def _create_address_request() -> None:
    op.create_table(
        "address_request",
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.Column("ticket_id", Id, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", Id, nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", Id, nullable=True),
        sa.Column("is_approved", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["asked_by"], ["staff.id"], name=op.f("fk_address_request_asked_by_staff")),
        sa.ForeignKeyConstraint(["decided_by"], ["staff.id"], name=op.f("fk_address_request_decided_by_staff")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_address_request_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_request")),
    )
    op.create_index(
        "uq_address_request_waiting",
        "address_request",
        ["ticket_id"],
        unique=True,
        postgresql_where=WAITING,
        sqlite_where=WAITING,
    )


def downgrade() -> None:
    """Go back: which files are documents is lost, and so is an address that waits; the files stay."""
    op.drop_index("ix_source_task_open", table_name="source_task")
    op.drop_table("address_request")
    op.drop_table("identity_document")
