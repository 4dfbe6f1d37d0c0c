"""The company's row, which every page and letter needs: an empty desk begins with its first customer's profile.

An administrator changes it in the browser or by `desk company set`. A placeholder that nobody changed gives way to it.

Revision: 0009, after 0008
"""

import sqlalchemy as sa
from alembic import op

from desk import clock

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

COMPANY = sa.table(
    "company",
    sa.column("id", sa.BigInteger),
    *(sa.column(name, sa.Text) for name in ("name_ja", "name_en", "contact_email", "postal_code")),
    *(sa.column(name, sa.Text) for name in ("address_ja", "address_en", "phone", "policy_url")),
    sa.column("closures", sa.JSON),
    sa.column("updated_at", sa.DateTime(timezone=True)),
    sa.column("version", sa.BigInteger),
)
NAMES = {"name_ja": "株式会社for Crafts", "name_en": "for Crafts", "contact_email": "cs@quote4.jp"}
EMPTY = dict.fromkeys(("postal_code", "address_ja", "address_en", "phone", "policy_url"), "")
PLACEHOLDER = {"name_ja": "株式会社サンプル", "contact_email": "privacy@desk.example", "version": 1}


def upgrade() -> None:
    """Go forward."""
    connection, now = op.get_bind(), clock.now()
    if connection.scalar(sa.select(sa.func.count()).select_from(COMPANY)):
        untouched = [COMPANY.c[name] == value for name, value in PLACEHOLDER.items()]
        connection.execute(COMPANY.update().where(*untouched).values(**NAMES, updated_at=now))
    else:
        values = {"id": 1, **NAMES, **EMPTY, "closures": {}, "updated_at": now, "version": 1}
        connection.execute(COMPANY.insert().values(values))


def downgrade() -> None:
    """Go back: the row stays, as it was there before."""
