"""Bringing the schema up and down: Alembic over the application's own engine."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from desk.db import db, writing

FOLDER = Path(__file__).parent.parent / "migrations"


def upgrade(revision: str = "head") -> None:
    """Bring the schema up to `revision`. Needs an application context."""
    _run(lambda config: command.upgrade(config, revision))


def downgrade(revision: str) -> None:
    """Take the schema back to `revision`. Needs an application context."""
    _run(lambda config: command.downgrade(config, revision))


def is_current() -> bool:
    """Tell whether the schema is the one this code was written for."""
    with db.engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    return found == ScriptDirectory(str(FOLDER)).get_current_head()


def run_with(connection: Connection, act: Callable[[AlembicConfig], Any]) -> None:
    """Run one Alembic command over an open connection."""
    config = AlembicConfig()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    act(config)


def _run(act: Callable[[AlembicConfig], Any]) -> None:
    with db.engine.connect() as connection:
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
