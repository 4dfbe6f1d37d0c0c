"""How often a name may be tried: five times a minute, then with a growing delay, counted in the database."""

from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as insert_on_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_on_sqlite

from desk.accounts.models import Throttle
from desk.db import db, is_sqlite, new_id
from desk.vault.seal import derive, mac

TRIES = 5
WINDOW = timedelta(seconds=60)
LONGEST = timedelta(minutes=15)
"""The delay grows no further: longer would let a stranger lock somebody out."""
QUIET = timedelta(hours=1)
"""After this long without a try everything is forgotten."""


def account_print(email: str) -> bytes:
    """Return the fingerprint (32 bytes) that tries of an address are counted by; it exists for strangers too."""
    key = derive(current_app.config["SECRET_KEY"], "throttle")
    return mac(key, "account", email.strip().lower())


def reset_print(email: str) -> bytes:
    """Return the fingerprint (32 bytes) that wishes for a reset of an address are counted by."""
    return mac(derive(current_app.config["SECRET_KEY"], "throttle"), "reset", email.strip().lower())


def delay_after(count: int) -> timedelta:
    """Return how long the next block of tries must wait from the start of a full one: 1, 2, 4, 8, then 15 minutes."""
    blocks = count // TRIES
    return timedelta() if blocks == 0 else min(WINDOW * 2 ** min(blocks - 1, 10), LONGEST)


def take_try(fingerprint: bytes, now: datetime) -> timedelta | None:
    """Count one try in the current transaction, before anything is compared.

    Returns None when it is allowed, else how long to wait. The row is locked, so that fifty tries at once are still
    counted one by one.
    """
    insert = insert_on_sqlite if is_sqlite(db.engine) else insert_on_postgresql
    values = {"id": new_id(), "fingerprint": fingerprint, "window_at": now, "count": 0}
    db.session.execute(insert(Throttle).values(values).on_conflict_do_nothing(index_elements=["fingerprint"]))
    row = db.session.execute(
        select(Throttle)
        .where(Throttle.fingerprint == fingerprint)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one()
    if row.window_at <= now - QUIET:
        row.count, row.window_at = 0, now
    if row.count and row.count % TRIES == 0:
        wait = row.window_at + delay_after(row.count) - now
        if wait > timedelta():
            return wait
        row.window_at = now
    row.count += 1
    return None


def forget_tries(fingerprint: bytes) -> None:
    """Start counting anew: the right person came in."""
    db.session.execute(delete(Throttle).where(Throttle.fingerprint == fingerprint))
