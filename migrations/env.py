"""How Alembic reaches the desk's database: the application's own engine, on both dialects."""

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from sqlalchemy import Connection

import desk.accounts.models
import desk.attachments.models
import desk.company.models
import desk.events.models
import desk.mail.models
import desk.policy.consents
import desk.policy.inspections
import desk.policy.models
import desk.policy.notices
import desk.policy.uses
import desk.reporting.rollup
import desk.search.models
import desk.tickets.address_requests
import desk.tickets.decisions
import desk.tickets.identity
import desk.tickets.links
import desk.tickets.models
import desk.tickets.sources
import desk.tickets.tally
import desk.tickets.wordings
import desk.vault.keys  # noqa: F401 - the models, so that the metadata is whole
from desk.db import Base, UtcDateTime

FTS_TABLES = ("search_words",)
"""SQLite's full-text table and the shadow tables that it makes for itself: not ours to compare."""


def include_name(name: str | None, kind: str, _parents: object) -> bool:
    """Leave the full-text tables out of comparisons."""
    return not (kind == "table" and name is not None and name.startswith(FTS_TABLES))


def include_object(item: object, _name: str | None, _kind: str, _reflected: bool, _other: object) -> bool:
    """Leave out what exists on the other dialect only."""
    table = getattr(item, "table", item)
    only_on = getattr(table, "info", {}).get("only_on")
    return only_on in {None, context.config.attributes["connection"].dialect.name}


def render_item(kind: str, item: object, autogen: Any) -> str | Literal[False]:
    """Write the desk's own column types as what the database sees."""
    if kind != "type":
        return False
    if isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, sa.BigInteger):
        autogen.imports.add("from desk.db import Id")
        return "Id"
    return False


def run(connection: Connection) -> None:
    """Run the migrations on an open connection; on SQLite foreign keys rest meanwhile and are checked after."""
    sqlite = connection.dialect.name == "sqlite"
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=sqlite,
        compare_type=True,
        include_name=include_name,
        include_object=include_object,
        render_item=render_item,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()
        if sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()):
            raise RuntimeError(f"rows without their parent after migration: {broken[:5]}")


run(context.config.attributes["connection"])
