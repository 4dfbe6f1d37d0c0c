"""F3: bytes are on the disk before a row names them; bytes that no row names go after a day."""

import os
import signal
import subprocess
import sys
from datetime import timedelta

from flask import Flask
from sqlalchemy import func, select

from desk import clock, jobs
from desk.attachments.models import Attachment
from desk.attachments.storage import list_blobs_before, read_blob
from desk.db import db
from tests.moment import travel_to

DIES = """
import os, signal, sys
from desk import clock
from desk.app import create_app
from desk.attachments.files import IncomingFile
from desk.transaction import transaction
from desk.vault.seal import new_token
app = create_app()
with app.app_context(), transaction():
    file = IncomingFile()
    file.write(b"text of a file")
    if sys.argv[1] == "writing":
        os.kill(os.getpid(), signal.SIGKILL)
    file.park("a.txt", new_token(), clock.now())
    if sys.argv[1] == "before the row":
        os.kill(os.getpid(), signal.SIGKILL)
"""


FORGETS = """
import os, signal
from desk.app import create_app
from desk.attachments.files import remove_parked
from desk.attachments.models import Attachment
from desk.db import db
from desk.transaction import transaction
app = create_app()
with app.app_context(), transaction():
    remove_parked(db.session.query(Attachment).one())
    db.session.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def run(environ: dict[str, str], where: str) -> int:
    """Park a file in a process that dies at a point; return how it ended."""
    return subprocess.run([sys.executable, "-c", DIES, where], env=os.environ | environ).returncode


def test_it_never_leaves_a_row_without_bytes(app: Flask, environ: dict[str, str]) -> None:
    assert run(environ, "writing") == -signal.SIGKILL
    assert run(environ, "before the row") == -signal.SIGKILL
    assert run(environ, "never") == 0
    with app.app_context():
        rows = list(db.session.scalars(select(Attachment)))
        assert len(rows) == 1
        assert all(b"".join(read_blob(row.blob)) for row in rows)
        assert len(list(list_blobs_before(clock.now() + timedelta(days=1)))) == 3


def test_it_removes_orphans_after_a_day(app: Flask, environ: dict[str, str]) -> None:
    run(environ, "writing")
    run(environ, "before the row")
    for hours, left in ((23, 2), (25, 0)):
        with travel_to(clock.now() + timedelta(hours=hours)), app.app_context():
            jobs.purge()
            assert len(list(list_blobs_before(clock.now()))) == left
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Attachment)) == 0


def test_a_file_that_is_taken_back_has_its_bytes_until_the_row_is_gone(app: Flask, environ: dict[str, str]) -> None:
    assert run(environ, "never") == 0
    assert subprocess.run([sys.executable, "-c", FORGETS], env=os.environ | environ).returncode == -signal.SIGKILL
    with app.app_context():
        assert b"".join(read_blob(db.session.scalars(select(Attachment)).one().blob))
