"""A disk without room: staff get an alert as soon as the database can take one."""

import sqlite3
import time

from flask import Flask, Response, current_app
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from desk import clock
from desk.db import db
from desk.events.alerts import open_alert
from desk.transaction import transaction

ALERT = "disk_full"
AGAIN_S = 5.0
"""How often it is tried while the database takes nothing."""
FULL_SQLSTATE = "53100"
FULL_SQLITE = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY}


class Trouble:
    """Whether this process has met a full disk that nobody has been told of."""

    def __init__(self) -> None:
        self.untold = False
        self.again_at = 0.0


def init_trouble(app: Flask) -> None:
    """Have every answer try to leave the alert that is due."""
    app.extensions["trouble"] = Trouble()
    app.after_request(_tell)


def note_full_disk() -> None:
    """Remember that something could not be written for want of room."""
    current_app.extensions["trouble"].untold = True


def is_full(error: Exception) -> bool:
    """Tell whether the database itself had no room, or a disk that failed it."""
    cause = error.orig if isinstance(error, DBAPIError) else None
    code = getattr(cause, "sqlite_errorcode", None)
    return getattr(cause, "sqlstate", None) == FULL_SQLSTATE or (code is not None and code & 0xFF in FULL_SQLITE)


def _tell(response: Response) -> Response:
    trouble: Trouble = current_app.extensions["trouble"]
    if trouble.untold and time.monotonic() >= trouble.again_at:
        trouble.again_at = time.monotonic() + AGAIN_S
        db.session.rollback()
        try:
            with transaction():
                open_alert(ALERT, 0, clock.now())
            trouble.untold = False
        except SQLAlchemyError:
            db.session.rollback()
    return response
