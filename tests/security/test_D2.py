"""D2: while somebody else holds SQLite's write lock a request waits, then is answered 503, and leaves no half of itself."""

import sqlite3
import threading
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from desk import db as database
from desk.app import create_app
from desk.config import read_config
from desk.db import db
from desk.tickets.links import Link
from desk.tickets.models import Ticket
from desk.vault.keys import DataKey
from tests.web.api.calls import GOOD, call


@pytest.fixture
def held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """Return a desk that waits two seconds for a writer instead of thirty."""
    monkeypatch.setattr(database, "BUSY_MS", 2000)
    return create_app(read_config({"DESK_DATA_DIR": str(tmp_path / "var"), "DESK_LIMITS": "off"}))


def lock(app: Flask) -> sqlite3.Connection:
    """Take the write lock from outside."""
    path = app.extensions["config"].data_dir / "desk.sqlite3"
    holder = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    return holder


def test_it_answers_503_and_leaves_no_half(held: Flask) -> None:
    holder = lock(held)
    answer = call(held.test_client(), GOOD)
    holder.execute("ROLLBACK")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    with held.app_context():
        for model in (Ticket, Link, DataKey):
            assert db.session.scalar(select(func.count()).select_from(model)) == 0


def test_it_waits_for_a_writer_that_ends(tmp_path: Path) -> None:
    patient = create_app(read_config({"DESK_DATA_DIR": str(tmp_path / "var"), "DESK_LIMITS": "off"}))
    holder = lock(patient)
    timer = threading.Timer(1, holder.execute, ["ROLLBACK"])
    timer.start()
    answer = call(patient.test_client(), GOOD)
    timer.join()
    assert answer.status_code == 201


def test_it_waits_half_a_minute_in_earnest() -> None:
    assert database.BUSY_MS == 30_000
