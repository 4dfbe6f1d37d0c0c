"""One act of a door: one transaction, one commit, then the bell for what was posted."""

from collections.abc import Iterator
from contextlib import contextmanager

from desk.db import db, writing
from desk.queue import bell


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


def rings(*, clear: bool) -> list[tuple[str, int]]:
    """Return the jobs that this transaction asked for, forgetting them if told so."""
    info = db.session().info
    return list(info.pop("rings", {}).items()) if clear else list(info.get("rings", {}).items())
