"""What cannot be written down where it is met: the alert waits in memory until the database can take one.

A disk is full where nothing can be stored; a stranger's job may come while the database is away; a history that makes
no sense is found by who only reads.
"""

import errno
import mmap
import sqlite3
import time
from collections.abc import Iterable

from flask import Flask, current_app
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from desk import clock
from desk.db import db, writing
from desk.events.alerts import open_alert, open_odd_history

DISK_FULL = "disk_full"
FOREIGN_JOB = "foreign_job"
KINDS = (DISK_FULL, FOREIGN_JOB)

AGAIN_S = 5.0
"""How often it is tried while the database takes nothing."""
FULL_SQLSTATE = "53100"
FULL_SQLITE = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY}
FULL_ERRNO = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}


class Trouble:
    """What this process and the children that it forked have met, and nobody has been told of."""

    def __init__(self) -> None:
        self.untold = mmap.mmap(-1, len(KINDS))  # shared memory: a work horse leaves word with its worker
        self.odd: set[int] = set()
        """Tickets whose history makes no sense; pages alone leave them here, and no process forks while it shows one."""
        self.again_at = 0.0

    def mark(self, kinds: Iterable[str], *, untold: bool) -> None:
        """Say of some kinds whether somebody has to be told."""
        for kind in kinds:
            self.untold[KINDS.index(kind)] = untold

    def list_untold(self) -> list[str]:
        """List the kinds that somebody has to be told of."""
        return [kind for kind, untold in zip(KINDS, self.untold[:], strict=True) if untold]


def init_trouble(app: Flask) -> None:
    """Give the application its memory."""
    app.extensions["trouble"] = Trouble()


def note(kind: str) -> None:
    """Remember that something happened of which staff must hear; `tell` tells them."""
    _trouble().mark([kind], untold=True)


def note_odd_history(ticket_id: int) -> None:
    """Remember that a ticket's dates cannot be reckoned from its events."""
    _trouble().odd.add(ticket_id)


def note_error(error: BaseException) -> None:
    """Remember a full disk, if that is what an error speaks of."""
    if is_full(error):
        note(DISK_FULL)


def is_full(error: BaseException) -> bool:
    """Tell whether the database or a file had no room, or a disk failed it."""
    if isinstance(error, OSError):
        return error.errno in FULL_ERRNO
    cause = error.orig if isinstance(error, DBAPIError) else None
    code = getattr(cause, "sqlite_errorcode", None)
    return getattr(cause, "sqlstate", None) == FULL_SQLSTATE or (code is not None and code & 0xFF in FULL_SQLITE)


def tell() -> None:
    """Open the alerts that are due, in a transaction of their own; what was open in the session is rolled back.

    While the database takes nothing they stay due, and it is tried every few seconds at most.
    """
    trouble = _trouble()
    kinds, odd = trouble.list_untold(), list(trouble.odd)
    if not (kinds or odd) or time.monotonic() < trouble.again_at:
        return
    trouble.again_at = time.monotonic() + AGAIN_S
    db.session.rollback()
    try:
        with writing():
            for kind in kinds:
                open_alert(kind, 0, clock.now())
            for ticket_id in odd:
                open_odd_history(ticket_id, clock.now())
            db.session.commit()
    except SQLAlchemyError:
        db.session.rollback()
    else:
        trouble.mark(kinds, untold=False)
        trouble.odd.difference_update(odd)
        trouble.again_at = 0.0


def _trouble() -> Trouble:
    found: Trouble = current_app.extensions["trouble"]
    return found
