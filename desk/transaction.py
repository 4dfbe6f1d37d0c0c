"""One act of a door: one transaction, one commit, then the bell for what was posted."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

from desk.db import db, writing
from desk.queue import bell

T = TypeVar("T")

SERIALIZATION = {"40001", "40P01"}
"""PostgreSQL's codes for a serialization failure and a deadlock."""


@contextmanager
def transaction() -> Iterator[None]:
    """Commit what happens inside, or nothing of it; then ring the jobs that were asked for.

    A read transaction that the request had open is ended first, so that the writer begins fresh (SQLite: BEGIN
    IMMEDIATE). Redis being away costs a log line: the sweep finds the rows.
    """
    session = db.session
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("a verb changed rows before its transaction began")
    session.commit()
    with writing():
        try:
            yield
            session.commit()
        except BaseException:
            session.rollback()
            rings(clear=True)
            raise
    for job, row_id in rings(clear=True):
        bell().ring(job, row_id)


def attempt(act: Callable[[], T], times: int = 5) -> T:
    """Do `act` in a transaction of its own, and again from its start when somebody else was first; return its result.

    `act` is done anew after a unique or serialization conflict, a deadlock or a stale version: it has to look for
    itself whether its work is done already. The last conflict is raised.
    """
    for left in reversed(range(times)):
        try:
            with transaction():
                return act()
        except (IntegrityError, StaleDataError, OperationalError) as error:
            if left == 0 or not _is_conflict(error):
                raise
            db.session.expire_all()
    raise AssertionError("unreachable")


def _is_conflict(error: Exception) -> bool:
    if isinstance(error, OperationalError):
        return getattr(error.orig, "sqlstate", None) in SERIALIZATION
    return True


def rings(*, clear: bool) -> list[tuple[str, int]]:
    """Return the jobs that this transaction asked for, forgetting them if told so."""
    info = db.session().info
    return list(info.pop("rings", {}).items()) if clear else list(info.get("rings", {}).items())
