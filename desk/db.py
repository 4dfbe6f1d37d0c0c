"""The database under everything: model base, session, naming of constraints, and the dialects' differences."""

import os
import secrets
import select
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar
from weakref import WeakSet

import psycopg
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger, Connection, DateTime, Engine, Executable, Insert, Integer, MetaData, event, text
from sqlalchemy import Row as Found
from sqlalchemy.engine.interfaces import DBAPIConnection, Dialect
from sqlalchemy.exc import IntegrityError, InvalidatePoolError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, SessionTransaction, mapped_column, registry
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection
from sqlalchemy.types import TypeDecorator

NAMES = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

BUSY_MS = 30_000
"""How long a writer on SQLite waits for another one before the desk answers 503."""

Id = BigInteger().with_variant(Integer(), "sqlite")
"""A 63-bit number; SQLite's INTEGER PRIMARY KEY is the row id itself."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, always UTC in Python, on both databases; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Refuse naive instants and store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return UTC, which SQLite has forgotten and PostgreSQL may show in the server's zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The parent of every model."""

    registry = registry(
        metadata=MetaData(naming_convention=NAMES), type_annotation_map={datetime: UtcDateTime(), int: Id}
    )


class Row(Base):
    """A model with the desk's usual key: a number made by `new_id`."""

    __abstract__ = True
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False, default=lambda: new_id())  # noqa: PLW0108 - defined below


db = SQLAlchemy(model_class=Base, disable_autonaming=True)


class _Ids:
    """Makes ids; those of one process in one millisecond ascend, so that rows keep the order they were made in."""

    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """Begin anew, as in a forked child: a lock that another thread held would stay shut there."""
        self.lock, self.at, self.bits = threading.Lock(), 0, 0

    def make(self) -> int:
        """Return an id."""
        with self.lock:
            at = int(time.time() * 1000) - 1_704_067_200_000
            if at == self.at:
                self.bits += 1 + secrets.randbits(4)  # room for 130,000 in a millisecond
            else:
                self.at, self.bits = at, secrets.randbits(21)
            return (at << 22) + self.bits


_ids = _Ids()
os.register_at_fork(after_in_child=_ids.renew)


def new_id() -> int:
    """Return a fresh 63-bit id: 41 bits of milliseconds since 2024, then 22 bits by chance.

    Ids are made before the first INSERT, so that all rows of a transaction can leave in one go; they sort by time
    and tell nothing about how many tickets there are. Two processes can still meet, once in two million ids of the
    same millisecond: the key's uniqueness shows it, and `desk.transaction.attempt` does the act again.
    """
    return _ids.make()


def insert_rows(model: type[Base], rows: list[dict[str, Any]]) -> None:
    """Insert rows of one model in the current transaction, past the ORM: several times as fast, and no objects."""
    db.session.connection().execute(_insert(model), rows)


@cache
def _insert(model: type[Base]) -> Insert:
    return model.__table__.insert()  # type: ignore[attr-defined, no-any-return]  # a mapped table


def read_rows(statement: Executable, **values: Any) -> Sequence[Found[Any]]:
    """Return the rows of a statement that was built once, past the ORM: plain values by name, a third of the time."""
    db.session.flush()  # what this transaction holds back is part of what it reads
    return db.session.connection().execute(statement, values).all()


@contextmanager
def in_one_go() -> Iterator[None]:
    """Send the INSERTs inside to PostgreSQL without waiting for each; their errors come at the end.

    Only for statements whose results nobody reads. Raises what SQLAlchemy would raise.
    """
    if is_sqlite(db.engine):
        yield
        return
    raw = db.session.connection().connection.driver_connection
    try:
        with raw.pipeline():  # type: ignore[union-attr]  # psycopg's own connection
            yield
    except psycopg.IntegrityError as error:
        raise IntegrityError("several INSERTs", None, error) from error
    except psycopg.OperationalError as error:
        raise OperationalError("several INSERTs", None, error) from error


T = TypeVar("T")


def once(name: str, read: Callable[[], T]) -> T:
    """Return what `read` gives, read at most once in a transaction: for small things that everything asks for."""
    kept: dict[str, T] = db.session().info.setdefault("once", {})
    if name not in kept:
        kept[name] = read()
    return kept[name]


def read_again() -> None:
    """Forget what was read once, because this transaction changed it."""
    db.session().info.pop("once", None)


@event.listens_for(db.session, "after_transaction_end")
def _forget(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop("once", None)


_writing: ContextVar[bool] = ContextVar("writing", default=False)


@contextmanager
def writing() -> Iterator[None]:
    """Make the transaction begun inside take SQLite's write lock at once (BEGIN IMMEDIATE).

    A transaction that reads first and writes later fails with 'locked' under load; one that begins as a writer waits.
    """
    token = _writing.set(True)
    try:
        yield
    finally:
        _writing.reset(token)


_engines: WeakSet[Engine] = WeakSet()


def _leave_connections() -> None:
    for engine in list(_engines):
        engine.dispose(close=False)


os.register_at_fork(after_in_child=_leave_connections)


def init_db(app: Flask) -> None:
    """Bind the session to the application's database and teach the dialect its manners."""
    db.init_app(app)
    with app.app_context():
        engine = db.engine
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "checkout", _refuse_dead)
    _engines.add(engine)


def engine_options(database_url: str) -> dict[str, Any]:
    """Return the options of the engine for this database."""
    # hide_parameters: an error of the database must not carry a row's values into a log
    if database_url.startswith("sqlite"):
        return {"hide_parameters": True, "connect_args": {"timeout": BUSY_MS / 1000, "check_same_thread": False}}
    return {
        "hide_parameters": True,
        "pool_size": 8,
        "max_overflow": 8,
        "pool_timeout": 10,
        "connect_args": {"connect_timeout": 5, "application_name": "desk"},
    }


def _prepare_sqlite(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:  # noqa: ARG001
    connection.isolation_level = None  # SQLAlchemy's begin event speaks, not the driver
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout = {BUSY_MS}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "secure_delete = ON",
        "foreign_keys = ON",
        "temp_store = MEMORY",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _refuse_dead(connection: DBAPIConnection, _record: ConnectionPoolEntry, _proxy: PoolProxiedConnection) -> None:
    """Have the pool connect anew where the server has hung up: an idle line on which something waits says goodbye.

    Costs no round trip, as asking the server would. Raises `InvalidatePoolError`, which the pool understands.
    """
    idle: psycopg.Connection[Any] = connection  # type: ignore[assignment]
    waiting = select.poll()
    if not idle.closed:
        waiting.register(idle.fileno(), select.POLLIN)
    if idle.closed or waiting.poll(0):
        raise InvalidatePoolError


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if _writing.get() else "BEGIN")


def is_sqlite(engine: Engine) -> bool:
    """Tell whether this engine speaks to SQLite."""
    return engine.dialect.name == "sqlite"


TURN = text("SELECT pg_advisory_xact_lock(:number)")


def take_turn(name: bytes) -> None:
    """Wait while another transaction has the turn of this name (8 bytes or more), and have it until this one ends.

    On SQLite a transaction that writes is alone anyway, once it has begun.
    """
    connection = db.session.connection()
    if not is_sqlite(db.engine):
        connection.execute(TURN, {"number": int.from_bytes(name[:8], signed=True)})


def after_commit(job: str, row_id: int = 0) -> None:
    """Ask for `job` to be rung once the current transaction is committed (at most once a job)."""
    db.session().info.setdefault("rings", {})[job] = row_id
