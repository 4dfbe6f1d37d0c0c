"""Being the only one: a lock for one role at a time, held by a living process and never by a clock."""

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from desk.db import db, is_sqlite


@contextmanager
def sole(role: str) -> Iterator[bool]:
    """Hold the lock of `role` (a short name that may stand in a file's); False when another living process holds it.

    The lock belongs to the process: PostgreSQL frees it with the session, the kernel with the file. It needs a direct
    connection to PostgreSQL (not a pooler that changes sessions between transactions).
    """
    if is_sqlite(db.engine):
        path = Path(f"{db.engine.url.database}.{role}")
        with path.open("a") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True
        return
    key = {"key": int.from_bytes(hashlib.sha256(f"desk:{role}".encode()).digest()[:8], signed=True)}
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        alone = bool(connection.execute(text("SELECT pg_try_advisory_lock(:key)"), key).scalar())
        try:
            yield alone
        finally:
            if alone:
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), key)
