"""The inbox: every mail that reaches the desk, and the TLS of each mail that leaves, and an address that mail came back from.

Revision: 0007, after 0006
"""

import sqlalchemy as sa
from alembic import op

from desk.db import Id

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "inbox",
        sa.Column("door", sa.String(length=4), nullable=False),
        sa.Column("account", sa.String(length=16), nullable=True),
        sa.Column("folder", sa.String(length=200), nullable=True),
        sa.Column("uidvalidity", Id, nullable=True),
        sa.Column("uid", Id, nullable=True),
        sa.Column("key_id", Id, nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("blob", sa.String(length=40), nullable=True),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.Column("tls", sa.String(length=20), nullable=True),
        sa.Column("size", Id, nullable=False),
        sa.Column("raw_hash", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("journaled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=True),
        sa.Column("identity", sa.LargeBinary(), nullable=True),
        sa.Column("message_print", sa.LargeBinary(), nullable=True),
        sa.Column("parsed", sa.LargeBinary(), nullable=True),
        sa.Column("ticket_id", Id, nullable=True),
        sa.Column("message_id", Id, nullable=True),
        sa.Column("outbox_id", Id, nullable=True),
        sa.Column("first_id", Id, nullable=True),
        sa.Column("guess_id", Id, nullable=True),
        sa.Column("reason", sa.String(length=20), nullable=True),
        sa.Column("verdict", sa.String(length=10), nullable=True),
        sa.Column("spam", sa.SmallInteger(), nullable=False),
        sa.Column("problems", sa.String(length=200), nullable=False),
        sa.Column("wish", sa.String(length=10), nullable=True),
        sa.Column("ingested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decide_by", sa.Date(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", Id, nullable=True),
        sa.Column("id", Id, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint(
            "account", "folder", "uidvalidity", "uid", name=op.f("uq_inbox_account_folder_uidvalidity_uid")
        ),
        sa.UniqueConstraint("blob", name=op.f("uq_inbox_blob")),
        sa.UniqueConstraint("identity", name=op.f("uq_inbox_identity")),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_inbox_{column}_{table}"))
            for column, table in (
                ("key_id", "data_key"),
                ("ticket_id", "ticket"),
                ("message_id", "message"),
                ("outbox_id", "outbox"),
                ("first_id", "inbox"),
                ("guess_id", "ticket"),
                ("decided_by", "staff"),
            )
        ),
    )
    for column in ("raw_hash", "message_print", "ticket_id", "message_id"):
        op.create_index(f"ix_inbox_{column}", "inbox", [column], unique=False)
    for name, columns, state in (
        ("ix_inbox_unread", ["id"], "journaled"),
        ("ix_inbox_held", ["decide_by", "id"], "held"),
    ):
        where = sa.text(f"state = '{state}'")
        op.create_index(name, "inbox", columns, unique=False, postgresql_where=where, sqlite_where=where)
    op.add_column("outbox", sa.Column("tls", sa.String(length=20), nullable=True))
    op.add_column("party", sa.Column("bounced_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Go back."""
    op.drop_column("party", "bounced_at")
    op.drop_column("outbox", "tls")
    op.drop_table("inbox")
    op.execute("DELETE FROM data_key WHERE purpose = 'inbox'")
