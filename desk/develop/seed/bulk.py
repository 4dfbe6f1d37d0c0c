"""Writing many rows at once: COPY on PostgreSQL, prepared statements on SQLite; no ORM in between."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

import psycopg
from psycopg import sql

from desk.develop.seed.rows import Rows
from desk.search.index import as_words

ORDER = (
    "ticket", "data_key", "link", "party", "message", "event", "event_payload", "duty_check", "decision", "wait", "outbox", "trace", "identifier", "search",
)  # fmt: skip
"""Tables in the order of their foreign keys."""

SEARCH = "search"


def copy_rows(connection: psycopg.Connection[Any], rows: Rows) -> None:
    """Write rows into PostgreSQL in one transaction."""
    for table in ORDER:
        if not rows.get(table):
            continue
        name = "search_doc" if table == SEARCH else table
        columns = list(rows[table][0])
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(name), sql.SQL(", ").join(map(sql.Identifier, columns))
        )
        with connection.cursor().copy(statement) as copy:
            copy.write("".join(_line(row.values()) for row in rows[table]))
    connection.commit()


def insert_rows(connection: sqlite3.Connection, rows: Rows) -> None:
    """Write rows into SQLite in one transaction; the connection must be in autocommit mode."""
    connection.execute("BEGIN IMMEDIATE")
    for table in ORDER:
        if not rows.get(table):
            continue
        if table == SEARCH:
            values = [(row["ticket_id"], as_words(row["tokens"])) for row in rows[table]]
            connection.executemany("INSERT INTO search_words(rowid, tokens) VALUES (?, ?)", values)
            continue
        columns = list(rows[table][0])
        names, marks = ", ".join(f'"{column}"' for column in columns), ", ".join("?" * len(columns))
        connection.executemany(
            f"INSERT INTO {table} ({names}) VALUES ({marks})",  # noqa: S608 - our own names
            [[_plain(value) for value in row.values()] for row in rows[table]],
        )
    connection.execute("COMMIT")


def _line(values: Iterable[Any]) -> str:
    return "\t".join([_field(value) for value in values]) + "\n"


def _field(value: Any) -> str:
    """Write a value as COPY's text format reads it."""
    if value is None:
        return "\\N"
    if isinstance(value, bytes):
        return "\\\\x" + value.hex()
    if isinstance(value, str):
        return value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
    if isinstance(value, dict):
        return _field(json.dumps(value))
    if isinstance(value, Sequence):
        return "{" + ",".join(map(str, value)) + "}"
    return str(value)


def _plain(value: Any) -> Any:
    """Write a value as SQLAlchemy's own types would have stored it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return json.dumps(value)
    return str(value) if isinstance(value, str) else value
