"""Q2: Redis flushed, gone or come back; nothing is lost and mail leaves without it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import select

from desk import clock
from desk.app import create_app
from desk.config import read_config
from desk.db import db
from desk.mail.models import MailKind, MailState, OutboxMail
from desk.queue import Bell
from desk.schedule import Periodic, Ticker
from tests.cases import open_one, ticket_of
from tests.mail.invariants import broken_promises
from tests.mail.posting import post, row
from tests.services.smtp import SmtpServer
from tests.services.valkey import RedisServer

ROOT = Path(__file__).parent.parent.parent


def start(command: list[str], environ: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start one of the desk's processes."""
    return subprocess.Popen([sys.executable, *command], cwd=ROOT, env=os.environ | environ)


def stop(process: subprocess.Popen[bytes]) -> int:
    """Stop a process as the supervisor does."""
    process.send_signal(signal.SIGTERM)
    return process.wait(15)


def test_the_clock_sends_while_redis_is_away(mail_environ: dict[str, str], smtp_server: SmtpServer) -> None:
    mail_environ["REDIS_URL"] = "unix:///nonexistent/redis.sock"
    with create_app(read_config(mail_environ)).app_context():
        (mail,) = post()
        ticking = start(["-m", "desk", "clock"], mail_environ)
        try:
            smtp_server.wait_for(1, 30)
        finally:
            assert stop(ticking) == 0
        assert row(mail).state == MailState.SENT
        db.session.remove()
        db.engine.dispose()


@pytest.mark.parametrize("fate", ["flushed", "down"])
def test_an_acknowledgement_leaves_within_thirty_seconds(
    mail_environ: dict[str, str], redis_server: RedisServer, smtp_server: SmtpServer, fate: str
) -> None:
    mail_environ["REDIS_URL"] = redis_server.url
    running = [start(command, mail_environ) for command in (["worker.py"], ["-m", "desk", "clock"])]
    try:
        time.sleep(8)  # they are up, and the clock has rung once
        if fate == "down":
            redis_server.stop()
        with create_app(read_config(mail_environ)).app_context():
            opened = open_one()
            if fate == "flushed":
                redis_server.flush()
            smtp_server.wait_for(1, 30)
            (mail,) = db.session.scalars(select(OutboxMail.id).where(OutboxMail.ticket_id == opened.ticket_id))
            give_up_at = time.monotonic() + 5
            while row(mail).state != MailState.SENT and time.monotonic() < give_up_at:
                time.sleep(0.1)
            assert (row(mail).kind, row(mail).state) == (MailKind.ACKNOWLEDGEMENT, MailState.SENT)
            assert ticket_of(opened).acknowledged_at is not None
            assert broken_promises(smtp_server.received, faults=False) == []
            db.session.remove()
            db.engine.dispose()
    finally:
        assert [stop(process) for process in running] == [0, 0]


def test_the_clock_sends_what_a_lost_ring_left(
    mail_environ: dict[str, str], redis_server: RedisServer, smtp_server: SmtpServer
) -> None:
    mail_environ["REDIS_URL"] = redis_server.url
    app = create_app(read_config(mail_environ))
    with app.app_context():
        (mail,) = post()
        ticker = Ticker(app, (Periodic("deliver", 10),))
        ticker.tick(time.monotonic())  # rings, and nobody comes
        assert row(mail).state == MailState.PENDING
        redis_server.flush()
        row(mail).next_at = clock.now().replace(year=2020)
        db.session.commit()
        ticker.tick(time.monotonic() + 60)
        assert row(mail).state == MailState.SENT
        db.session.remove()
        db.engine.dispose()


def test_a_worker_waits_for_redis_and_survives_its_return(
    mail_environ: dict[str, str], redis_server: RedisServer, smtp_server: SmtpServer
) -> None:
    mail_environ["REDIS_URL"] = redis_server.url
    redis_server.stop()
    with create_app(read_config(mail_environ)).app_context():
        working = start(["worker.py"], mail_environ)
        try:
            time.sleep(2)
            assert working.poll() is None
            redis_server.start()
            for expected in (1, 2):
                post()
                assert Bell(redis_server.url).ring("deliver")
                smtp_server.wait_for(expected, 30)
                redis_server.stop()
                time.sleep(1)
                redis_server.start()
        finally:
            assert stop(working) == 0
        db.session.remove()
        db.engine.dispose()


def test_a_bell_never_keeps_anybody_waiting(mail_environ: dict[str, str]) -> None:
    mail_environ["REDIS_URL"] = "redis://127.0.0.1:1/0"
    with create_app(read_config(mail_environ)).app_context():
        began = time.monotonic()
        post(5)
        assert time.monotonic() - began < 2
        db.session.remove()
        db.engine.dispose()
