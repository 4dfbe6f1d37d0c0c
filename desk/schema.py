"""Bringing the schema up and down: Alembic over the application's own engine.

Alembic is loaded when the schema is moved, which a web process never does: it and what it brings take nine megabytes.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, inspect, text

from desk.db import db, writing

if TYPE_CHECKING:
    from alembic.config import Config as AlembicConfig

FOLDER = Path(__file__).parent.parent / "migrations"


def upgrade(revision: str = "head") -> None:
    """Bring the schema up to `revision`. Needs an application context."""
    from alembic import command

    _run(lambda config: command.upgrade(config, revision))


def downgrade(revision: str) -> None:
    """Take the schema back to `revision`. Needs an application context."""
    from alembic import command

    _run(lambda config: command.downgrade(config, revision))


def is_current() -> bool:
    """Tell whether the schema is the one this code was written for."""
    with db.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return False
        found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return bool(found == newest())


@cache
def newest() -> str:
    """Return the newest revision: migrations are numbered, and their files begin with the number."""
    return max(path.name.partition("_")[0] for path in (FOLDER / "versions").glob("[0-9]*.py"))


def run_with(connection: Connection, act: Callable[["AlembicConfig"], Any]) -> None:
    """Run one Alembic command over an open connection."""
    from alembic.config import Config as AlembicConfig

    config = AlembicConfig()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    act(config)


def _run(act: Callable[["AlembicConfig"], Any]) -> None:
    # each statement runs once: kept in compiled form it would keep alive the tables as they were at that step
    with db.engine.connect().execution_options(compiled_cache=None) as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:  # outside a transaction: inside one the pragma does nothing
            connection.exec_driver_sql("SELECT 1")
            connection.rollback()
            _pragma(connection, "foreign_keys = OFF")
        try:
            with writing():
                run_with(connection, act)
                connection.commit()
        finally:
            if sqlite:
                connection.rollback()
                _pragma(connection, "foreign_keys = ON")


def _pragma(connection: Connection, text: str) -> None:
    driver = connection.connection.driver_connection
    assert driver is not None  # noqa: S101 - an open connection has one
    driver.execute(f"PRAGMA {text}")
