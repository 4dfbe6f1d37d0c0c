"""The process that reads mail does not start: every mail waits unread, staff are told, and nothing is judged meanwhile."""

import json
import sys
from pathlib import Path

import pytest
from flask.ctx import AppContext
from sqlalchemy import func, select

from desk.cli.mail import ingest as ingest_command
from desk.db import db
from desk.events.alerts import count_open_alerts
from desk.jobs import ingest as ingest_job
from desk.mail.models import InboxMail, InboxState, Outcome
from desk.mail.reading import reader
from desk.mail.reading.reader import ReaderDown
from desk.reception import READER_ALERT
from desk.tickets.models import Ticket
from tests.mail.arriving import mail_bytes, put


@pytest.fixture(params=["a module is missing", "no process can be made"])
def down(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """No child can be started, until this is undone."""
    if request.param == "a module is missing":
        (tmp_path / "desk").mkdir()
        (tmp_path / "desk" / "__init__.py").touch()  # found first, and holds nothing else
        monkeypatch.setattr(reader, "PACKAGE_ROOT", tmp_path)
    else:
        monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    return monkeypatch


def test_mails_wait_and_are_taken_in_later(context: AppContext, down: pytest.MonkeyPatch) -> None:
    numbers = [put(mail_bytes(message_id=f"<{number}@p>")) for number in (1, 2)]
    for _time in range(2):
        with pytest.raises(ReaderDown):
            ingest_job()
        assert {db.session.get_one(InboxMail, number).state for number in numbers} == {InboxState.JOURNALED}
        assert db.session.scalar(select(func.count(Ticket.id))) == 0
        assert count_open_alerts() == {READER_ALERT: 1}
    down.undo()
    ingest_job()
    db.session.expire_all()
    assert {db.session.get_one(InboxMail, number).outcome for number in numbers} == {Outcome.NEW}
    assert count_open_alerts() == {}


def test_a_mail_by_hand_is_kept_and_not_brought_again(context: AppContext, down: pytest.MonkeyPatch) -> None:
    done = context.app.test_cli_runner().invoke(ingest_command, input=mail_bytes())
    assert (done.exit_code, json.loads(done.stdout)["outcome"]) == (0, "waiting")
    down.undo()
    ingest_job()
    row = db.session.scalars(select(InboxMail)).one()
    assert (row.id, row.outcome) == (json.loads(done.stdout)["inbox"], Outcome.NEW)
