"""Health for machines, asked by whom it may concern and by strangers."""

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete

from desk import clock
from desk.app import create_app
from desk.attachments.storage import storage_dir
from desk.company.models import Company
from desk.config import read_config
from desk.db import db
from tests.mail.posting import post
from tests.moment import travel_to

STRANGER = {"REMOTE_ADDR": "203.0.113.9"}
TOKEN = "a-token-for-the-figures"


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    """Give the desk a token for its figures."""
    return environ | {"DESK_METRICS_TOKEN": TOKEN}


def test_it_answers_while_it_lives(client: FlaskClient) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json == {"status": "ok"}


def test_it_is_ready_and_says_what_waits(client: FlaskClient) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["status"] == "ok"
    assert answer.json["database"] == {"writable": True}
    assert answer.json["queues"]["schema_current"] is True
    assert answer.json["queues"]["redis_up"] is False
    assert answer.json["queues"]["mail"]["pending"] == 0


@pytest.mark.parametrize(("minutes", "late"), [(4, False), (6, True)])
def test_it_says_when_mail_is_late(app: Flask, client: FlaskClient, minutes: int, late: bool) -> None:
    with app.app_context():
        post()
    with travel_to(clock.now() + timedelta(minutes=minutes)):
        found = (client.get("/readyz").json or {})["queues"]
    assert found["mail_late"] is late
    assert found["oldest_unsent_s"] == pytest.approx(minutes * 60, abs=30)


def test_it_tells_strangers_the_bare_status(client: FlaskClient) -> None:
    assert client.get("/readyz", environ_overrides=STRANGER).json == {"status": "ok"}
    figures = client.get("/metrics", environ_overrides=STRANGER)
    assert (figures.status_code, figures.json) == (403, {"status": "ok"})


def test_it_takes_a_proxy_on_this_machine_for_a_stranger(client: FlaskClient) -> None:
    assert client.get("/readyz", headers={"X-Forwarded-For": "127.0.0.1"}).json == {"status": "ok"}


def test_it_tells_the_bearer_of_the_token(client: FlaskClient) -> None:
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    assert "queues" in (client.get("/readyz", headers=bearer, environ_overrides=STRANGER).json or {})
    assert client.get("/metrics", headers=bearer, environ_overrides=STRANGER).status_code == 200
    wrong = {"Authorization": f"Bearer {TOKEN}x"}
    assert client.get("/metrics", headers=wrong, environ_overrides=STRANGER).status_code == 403


def test_it_exposes_gauges(client: FlaskClient) -> None:
    answer = client.get("/metrics")
    assert answer.content_type.startswith("text/plain; version=0.0.4")
    assert "desk_database_writable 1.0" in answer.text
    assert 'desk_mail{state="pending"} 0.0' in answer.text
    assert "desk_redis_up 0.0" in answer.text


def test_it_is_not_ready_when_no_page_could_be_shown(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        db.session.execute(delete(Company))
        db.session.commit()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["company"] == {"present": False}
    assert answer.json["database"] == {"writable": True}


def test_it_is_not_ready_when_no_file_can_be_written(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        folder = storage_dir()
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("a file where the folder should be")  # also root cannot write into it
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["status"] == "unavailable"
    assert answer.json["storage"] == {"writable": False}


def test_it_is_not_ready_while_another_writer_holds_sqlite(tmp_path: Path) -> None:
    app = create_app(read_config({"DESK_DATA_DIR": str(tmp_path / "var")}))
    holder = sqlite3.connect(tmp_path / "var" / "desk.sqlite3", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        answer = app.test_client().get("/readyz")
    finally:
        holder.execute("ROLLBACK")
        holder.close()
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["database"] == {"writable": False}
    assert answer.json["queues"] is not None  # reading goes on
