"""F2, web and deleter: killed with -9 at any point of a commit, a process leaves all of an act or nothing of it."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from flask.ctx import AppContext
from sqlalchemy import func, select

from desk import clock, jobs
from desk.attachments.models import Attachment
from desk.attachments.storage import list_blobs_before
from desk.db import db
from desk.events.kinds import EventKind
from desk.events.models import Event
from desk.mail import sender
from desk.mail.models import MailState, OutboxMail
from desk.tickets.content import Origin
from desk.tickets.models import Ticket, Trace
from desk.vault.keys import DataKey, Purpose
from tests.cases import open_one
from tests.mail.invariants import broken_promises
from tests.mail.posting import post, row
from tests.moment import travel_to
from tests.services.smtp import SmtpServer

ROOT = Path(__file__).parent.parent.parent
DIES = """
import os, signal, sys
from sqlalchemy import event, text
from desk import jobs
from desk.app import create_app
from desk.db import db
from tests.cases import open_one
what, point = sys.argv[1:]
app = create_app()

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def at_delete(connection, cursor, statement, *_):
    if statement.startswith(("DELETE", "UPDATE outbox")):
        die()

def arm():
    if point == "after_delete":
        event.listen(db.engine, "after_cursor_execute", at_delete)
    else:
        wrote = []
        event.listen(db.engine, "after_cursor_execute",
            lambda c, cursor, statement, *_: wrote.append(1) if statement.startswith(("INSERT", "DELETE", "UPDATE")) else 0)
        event.listen(db.session, point, lambda *_: wrote and die())

with app.app_context():
    arm()
    open_one() if what == "web" else getattr(jobs, what)()
"""


def killed(environ: dict[str, str], what: str, point: str, days: int = 0) -> None:
    """Do something in a process that dies at a point."""
    command = [sys.executable, "-c", DIES, what, point]
    with travel_to(clock.now() + timedelta(days=days)):
        done = subprocess.run(command, cwd=ROOT, env=os.environ | environ, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.mark.parametrize("point", ["before_commit", "after_commit"])
def test_a_killed_web_process_leaves_a_whole_ticket_or_none(
    sending: AppContext, mail_environ: dict[str, str], smtp_server: SmtpServer, point: str
) -> None:
    killed(mail_environ, "web", point)
    arrived = point != "before_commit"
    for model in (Ticket, OutboxMail):
        assert db.session.scalar(select(func.count()).select_from(model)) == arrived, model
    assert db.session.scalar(select(func.count()).where(Event.kind == EventKind.RECEIVED)) == arrived
    assert (db.session.scalar(select(func.count()).select_from(DataKey)) or 0) == 3 * arrived
    sender.drain()  # the ring was lost; the sweep finds the row
    assert len(smtp_server.received) == arrived
    assert broken_promises(smtp_server.received, faults=False) == []


@pytest.mark.parametrize("point", ["after_delete", "before_commit", "after_commit"])
def test_a_killed_deleter_goes_on_where_it_stopped(context: AppContext, environ: dict[str, str], point: str) -> None:
    for number in range(3):
        open_one(origin=Origin(f"192.0.2.{number}", "agent", ""))
    assert db.session.scalar(select(func.count()).select_from(Trace)) == 3
    killed(environ, "purge", point, days=91)
    db.session.rollback()
    traces = db.session.scalar(select(func.count()).select_from(Trace))
    keys = db.session.scalar(select(func.count()).where(DataKey.purpose == Purpose.TRACE))
    told = db.session.scalar(select(func.count()).where(Event.kind == EventKind.TRACE_ERASED))
    assert traces == keys == (0 if point == "after_commit" else 3)
    assert told == 3 - (traces or 0)
    with travel_to(clock.now() + timedelta(days=91)):
        jobs.purge()
        jobs.purge()
    assert db.session.scalar(select(func.count()).select_from(Trace)) == 0
    assert db.session.scalar(select(func.count()).where(DataKey.purpose == Purpose.TRACE)) == 0
    assert db.session.scalar(select(func.count()).where(Event.kind == EventKind.TRACE_ERASED)) == 3
    assert db.session.scalar(select(func.count()).select_from(Ticket)) == 3
    assert db.session.scalar(select(func.count()).select_from(Attachment)) == len(list(list_blobs_before(clock.now())))


@pytest.mark.parametrize("point", ["after_delete", "before_commit", "after_commit"])
def test_a_killed_wipe_never_leaves_bytes_without_a_key(
    sending: AppContext, mail_environ: dict[str, str], smtp_server: SmtpServer, point: str
) -> None:
    mails = post(3)
    sender.drain()
    killed(mail_environ, "wipe", point, days=8)
    for mail in mails:
        assert (row(mail).sealed is None) == (row(mail).key_id is None) == (point == "after_commit")
    with travel_to(clock.now() + timedelta(days=8)):
        jobs.wipe()
    assert all(row(mail).sealed is None and row(mail).state == MailState.SENT for mail in mails)
    assert db.session.scalar(select(func.count()).where(DataKey.purpose == Purpose.MAIL)) == 0
