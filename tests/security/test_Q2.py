"""Q2: Redis flushed, gone, hung or come back; nothing is lost, nobody waits, and mail leaves without it."""

import socket
import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
import redis
from sqlalchemy import func, select

from desk import clock
from desk.app import create_app
from desk.config import read_config
from desk.db import db
from desk.mail.models import MailKind, MailState, OutboxMail
from desk.queue import Bell
from desk.schedule import Periodic, Ticker
from desk.tickets.models import Ticket
from tests.cases import open_one, ticket_of
from tests.mail.invariants import broken_promises
from tests.mail.posting import post, row
from tests.moment import travel_to
from tests.services.smtp import SmtpServer
from tests.services.valkey import RedisServer
from tests.waiting import GENEROUS_S, wait_until
from tests.web.pages import form_in, send
from tests.web.public.test_request_form import walk
from tests.web.server import start, stop


def test_the_clock_sends_while_redis_is_away(mail_environ: dict[str, str], smtp_server: SmtpServer) -> None:
    mail_environ["REDIS_URL"] = "unix:///nonexistent/redis.sock"
    with create_app(read_config(mail_environ)).app_context():
        (mail,) = post()
        ticking = start(["-m", "desk", "clock"], mail_environ)
        try:
            smtp_server.wait_for(1)
        finally:
            assert stop(ticking) == 0
        assert row(mail).state == MailState.SENT
        db.session.remove()
        db.engine.dispose()


def jobs_done(server: RedisServer) -> int:
    """Count the jobs that workers have done."""
    with redis.Redis.from_url(server.url) as client:
        return sum(int(client.hget(key, "successful_job_count") or 0) for key in client.smembers("rq:workers"))


@pytest.mark.parametrize("fate", ["flushed", "down"])
def test_an_acknowledgement_leaves_without_redis(
    mail_environ: dict[str, str], redis_server: RedisServer, smtp_server: SmtpServer, fate: str
) -> None:
    mail_environ["REDIS_URL"] = redis_server.url
    running = [start(command, mail_environ) for command in (["worker.py"], ["-m", "desk", "clock"])]
    try:
        wait_until(lambda: jobs_done(redis_server) > 0, "they are up, and what the clock rang for is done")
        if fate == "down":
            redis_server.stop()
        with create_app(read_config(mail_environ)).app_context():
            opened = open_one()
            if fate == "flushed":
                redis_server.flush()
            smtp_server.wait_for(1)
            (mail,) = db.session.scalars(select(OutboxMail.id).where(OutboxMail.ticket_id == opened.ticket_id))
            wait_until(lambda: row(mail).state == MailState.SENT, "it is written down as sent")
            assert row(mail).kind == MailKind.ACKNOWLEDGEMENT
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
                smtp_server.wait_for(expected)
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
        assert time.monotonic() - began < GENEROUS_S
        db.session.remove()
        db.engine.dispose()


class Silent:
    """A Redis that takes every connection and never says a word."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.taken: list[socket.socket] = []
        threading.Thread(target=self._take, daemon=True).start()

    @property
    def url(self) -> str:
        """Return its address."""
        return f"redis://127.0.0.1:{self.listener.getsockname()[1]}/0"

    def _take(self) -> None:
        while True:
            try:
                self.taken.append(self.listener.accept()[0])
            except OSError:
                return

    def stop(self) -> None:
        """Hang up."""
        self.listener.close()
        for connection in self.taken:
            connection.close()


@pytest.fixture
def silent() -> Iterator[Silent]:
    """A hung Redis."""
    server = Silent()
    yield server
    server.stop()


@pytest.mark.parametrize("path", ["form", "sign-in"])
def test_a_form_waits_for_a_hung_redis_once(environ: dict[str, str], silent: Silent, path: str) -> None:
    """Counters, limiter and bell share the silence after the first question that nobody answered."""
    app = create_app(read_config(environ | {"DESK_LIMITS": "on", "REDIS_URL": silent.url}))
    client = app.test_client()
    with travel_to(clock.now() - timedelta(minutes=1)):  # nobody fills the form in within a second
        form = form_in(walk(client)) if path == "form" else form_in(client.get("/sign-in"), "sign-in")
    answers = {"altcha": ""} if path == "form" else {"email": "nobody@desk.example", "password": "wrong but long"}
    answer = send(client, form, **answers)
    assert len(silent.taken) == 1, "it asked again, and waited again"
    assert answer.status_code == (303 if path == "form" else 400)
    with app.app_context():
        if path == "form":
            assert db.session.scalar(select(func.count()).select_from(Ticket)) == 1
            assert db.session.scalar(select(func.count()).select_from(OutboxMail)) == 1
        db.session.remove()
        db.engine.dispose()
