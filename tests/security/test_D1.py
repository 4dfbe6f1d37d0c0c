"""D1: PostgreSQL is restarted under the requests: each is answered 503 or is stored, and none is lost after a 201."""

import threading
from pathlib import Path

import psycopg
from sqlalchemy import select

from desk.app import create_app
from desk.config import read_config
from desk.db import db
from desk.tickets.models import Ticket
from desk.tickets.references import read_reference
from tests.services.postgres import PostgresServer
from tests.waiting import wait_until
from tests.web.api.calls import GOOD, call


def more_of(statuses: list[int], status: int) -> None:
    """Wait until three more requests were answered so."""
    enough = statuses.count(status) + 3
    wait_until(lambda: statuses.count(status) >= enough, f"requests are answered with {status}")


def test_it_never_says_received_for_what_is_not(tmp_path: Path) -> None:
    server = PostgresServer(durable=True)
    server.start()
    try:
        url = server.create_database("restarted")
        app = create_app(
            read_config({"DESK_DATA_DIR": str(tmp_path / "var"), "DATABASE_URL": url, "DESK_LIMITS": "off"})
        )
        received, statuses, stop = [], [], threading.Event()

        def send() -> None:
            client = app.test_client()
            while not stop.is_set():
                answer = call(client, GOOD)
                statuses.append(answer.status_code)
                if answer.status_code == 201:
                    received.append((answer.json or {})["ref"])

        senders = [threading.Thread(target=send) for _one in range(3)]
        for sender in senders:
            sender.start()
        for _time in range(3):
            more_of(statuses, 201)
            assert server.process is not None
            server.process.send_signal(3)  # SIGQUIT: immediate shutdown, no goodbye to anybody
            server.process.wait(60)
            more_of(statuses, 503)
            server.start()
        more_of(statuses, 201)
        stop.set()
        for sender in senders:
            sender.join(60)
        assert set(statuses) == {201, 503}
        assert statuses[-1] == 201
        with app.app_context():
            stored = set(db.session.scalars(select(Ticket.ref)))
            db.session.remove()
            db.engine.dispose()
        assert {read_reference(ref) for ref in received} <= stored
    finally:
        server.remove()


def cut_all(address: str) -> None:
    """Have the server hang up on everybody in a database, who have one line in all."""
    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with psycopg.connect(address, autocommit=True) as line:
        assert line.execute(f"SELECT pg_terminate_backend(pid) {others}").fetchall() == [(True,)]
        wait_until(lambda: line.execute(f"SELECT 1 {others}").fetchone() is None, "their lines are cut")


def test_the_first_request_after_the_server_hung_up_is_answered(tmp_path: Path, fresh_postgres_url: str) -> None:
    settings = {"DESK_DATA_DIR": str(tmp_path / "var"), "DATABASE_URL": fresh_postgres_url, "DESK_LIMITS": "off"}
    app = create_app(read_config(settings))
    client = app.test_client()
    assert call(client, GOOD).status_code == 201
    for _time in range(3):
        cut_all(fresh_postgres_url.replace("+psycopg", ""))
        assert call(client, GOOD).status_code == 201
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
