"""The real parts that tests meet: PostgreSQL, Redis, an SMTP peer and a browser, one of each per test process."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from desk.app import create_app
from desk.config import read_config
from desk.db import db
from tests.services.browser import Visitor, chromium
from tests.services.dovecot import Dovecot
from tests.services.postgres import GivenServer, PostgresServer
from tests.services.smtp import SmtpServer
from tests.services.valkey import RedisServer


@pytest.fixture(scope="session")
def postgres_server(worker_id: str) -> Iterator[PostgresServer]:
    """A PostgreSQL of this test process; DESK_TEST_PG_DURABLE=1 has it flush every commit."""
    given = os.environ.get("DESK_TEST_PG_URL")
    if given:
        server: PostgresServer = GivenServer(given, prefix=f"desk_{os.getpid()}_{worker_id}_")
    else:
        server = PostgresServer(durable=os.environ.get("DESK_TEST_PG_DURABLE") == "1")
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Name a database with the newest schema and no rows; copying it is quicker than migrating again."""
    settings = {"DESK_DATA_DIR": str(tmp_path_factory.mktemp("template"))}
    settings["DATABASE_URL"] = postgres_server.create_database("template_of_tests")
    with create_app(read_config(settings)).app_context():
        db.engine.dispose()  # a database that somebody is connected to cannot be copied
    return "template_of_tests"


@pytest.fixture
def fresh_postgres_url(postgres_server: PostgresServer, postgres_template: str) -> Iterator[str]:
    """The address of a database with the newest schema and no rows, dropped after the test."""
    name = f"test_{secrets.token_hex(6)}"
    yield postgres_server.create_database(name, postgres_template)
    postgres_server.drop_database(name)


@pytest.fixture(scope="session")
def redis_process() -> Iterator[RedisServer]:
    """The Redis of this test process; tests ask for `redis_server` instead."""
    server = RedisServer()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
def redis_server(redis_process: RedisServer) -> RedisServer:
    """An empty, running Redis, also after a test that took it away."""
    redis_process.start()
    redis_process.flush()
    return redis_process


@pytest.fixture(scope="session")
def smtp_process() -> Iterator[SmtpServer]:
    """The SMTP peer of this test process; tests ask for `smtp_server` instead."""
    server = SmtpServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def smtp_server(smtp_process: SmtpServer) -> SmtpServer:
    """An SMTP peer without faults that has received nothing yet."""
    smtp_process.reset()
    return smtp_process


@contextmanager
def _serving(server: Dovecot) -> Iterator[Dovecot]:
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """The IMAP server of this test process; each test is a user of its own there."""
    with _serving(Dovecot()) as server:
        yield server


@pytest.fixture(scope="session")
def plain_dovecot() -> Iterator[Dovecot]:
    """An IMAP server that announces neither MOVE nor IDLE."""
    with _serving(Dovecot("IMAP4rev1 UIDPLUS")) as server:
        yield server


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The Chromium of this test process."""
    with chromium() as opened:
        yield opened


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Visitor]:
    """Somebody with a browser: `visitor.open(**options)` makes further contexts."""
    person = Visitor(browser)
    yield person
    person.close()


@pytest.fixture
def browser_context(visitor: Visitor) -> BrowserContext:
    """A fresh browser context at 1280 × 900."""
    return visitor.open(viewport={"width": 1280, "height": 900})


@pytest.fixture
def page(browser_context: BrowserContext) -> Page:
    """A fresh page."""
    return browser_context.new_page()
