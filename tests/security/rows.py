"""What the database holds in clear, and what one press of a button changed of it."""

from collections import Counter
from datetime import date, datetime
from typing import Any

from flask import Flask
from sqlalchemy import LargeBinary, Row, Table, select

from desk.db import db

Rows = dict[str, dict[tuple[Any, ...], Row[Any]]]
RANDOM = {"ref", "message_id", "blob", "dedupe_key", "password_hash", "figures", "size"}
"""Columns that are different each time (a letter's size by the reference on it), and what is counted from all other rows."""

COUNTS = {"figure_change", "figure_tally", "ticket_change", "ticket_tally"}
"""Tables that triggers keep from the others."""


def read_rows(app: Flask) -> Rows:
    """Return every clear column of every row, by table and key."""
    with app.app_context():
        dialect = db.engine.dialect.name
        return {
            table.name: _rows(table)
            for table in db.metadata.sorted_tables
            if table.info.get("only_on") in {None, dialect} and table.name not in COUNTS
        }


def _rows(table: Table) -> dict[tuple[Any, ...], Row[Any]]:
    clear = [column for column in table.columns if not isinstance(column.type, LargeBinary) and not column.primary_key]
    keys = list(table.primary_key)
    return {tuple(row[: len(keys)]): row for row in db.session.execute(select(*keys, *clear))}


def changes(before: Rows, after: Rows, known: dict[Any, str]) -> Counter[str]:
    """Return what changed, said so that twins of one act say the same: `known` names numbers and texts."""
    said: Counter[str] = Counter()
    for table, rows in after.items():
        for key, row in rows.items():
            was = before[table].get(key)
            if was is None:
                said[f"{table} + {_plain(row._asdict(), known)}"] += 1
            elif was != row:
                old = was._asdict()
                changed = {name: value for name, value in row._asdict().items() if old[name] != value}
                said[f"{table} {_name(key[0], known)}: {_plain(changed, known)}"] += 1
        said.update(f"{table} - {_name(key[0], known)}" for key in before[table] if key not in rows)
    return said


def _plain(row: dict[str, Any], known: dict[Any, str]) -> str:
    return str({name: _name(value, known) for name, value in sorted(row.items()) if name not in RANDOM})


def _name(value: Any, known: dict[Any, str]) -> Any:
    if isinstance(value, dict):
        return {key: _name(item, known) for key, item in value.items()}
    if isinstance(value, datetime):
        return "an instant"
    if isinstance(value, date):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and (value in known or value > 1 << 40):
        return known.get(value, "a new number")
    if isinstance(value, str) and value.isdecimal() and len(value) > 12:
        return _name(int(value), known)
    if isinstance(value, str):
        for text, name in known.items():
            if isinstance(text, str):
                value = value.replace(text, name)
    return value
