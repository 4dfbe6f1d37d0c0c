"""The services themselves: what they promise to the tests that lean on them."""

import gc
import resource
import smtplib
import socket
import subprocess
import sys
import threading
import warnings
from contextlib import suppress
from email.message import EmailMessage

import psycopg
import pytest
import redis
from playwright.sync_api import Browser, Error, Page

from tests.services.browser import Visitor
from tests.services.disk import limit_files
from tests.services.postgres import PostgresServer
from tests.services.smtp import Act, Fault, SmtpServer, Stage
from tests.services.valkey import RedisServer


def _mail(subject: str = "開示のご請求") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "desk@example.jp", "person@example.jp", subject
    message.set_content("受け付けました。\n.\n")
    return message


def test_it_copies_a_template_database(postgres_server: PostgresServer) -> None:
    postgres_server.create_database("model")
    with psycopg.connect(postgres_server.conninfo("model")) as connection:
        connection.execute("CREATE TABLE word (text text); INSERT INTO word VALUES ('開示')")
    postgres_server.create_database("copied", template="model")
    with psycopg.connect(postgres_server.conninfo("copied")) as connection:
        assert connection.execute("SELECT text FROM word").fetchall() == [("開示",)]
    postgres_server.drop_database("copied")
    postgres_server.drop_database("model")
    with pytest.raises(psycopg.OperationalError, match="copied"):
        psycopg.connect(postgres_server.conninfo("copied"))


def test_it_gives_each_test_a_migrated_database_of_its_own(fresh_postgres_url: str) -> None:
    with psycopg.connect(fresh_postgres_url.replace("+psycopg", "")) as connection:
        assert connection.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)


def test_it_takes_redis_away_and_back(redis_server: RedisServer) -> None:
    client = redis.Redis.from_url(redis_server.url)
    client.set("bell", "rung")
    redis_server.stop()
    with pytest.raises(redis.ConnectionError):
        client.ping()
    redis_server.start()
    assert client.get("bell") is None
    client.close()


def test_it_keeps_a_durable_redis_over_a_restart() -> None:
    server = RedisServer(durable=True)
    try:
        server.start()
        client = redis.Redis.from_url(server.url)
        client.set("bell", "rung")
        client.execute_command("WAITAOF", 1, 0, 5000)
        server.stop()
        server.start()
        assert client.get("bell") == b"rung"
        client.close()
    finally:
        server.remove()


def test_it_keeps_the_exact_envelope_and_bytes(smtp_server: SmtpServer) -> None:
    message = _mail()
    with smtplib.SMTP(smtp_server.host, smtp_server.port) as client:
        client.send_message(message, "bounce+1@example.jp", ["person@example.jp"])
    (received,) = smtp_server.wait_for(1)
    assert (received.sender, received.recipients) == ("bounce+1@example.jp", ("person@example.jp",))
    assert received.content == message.as_bytes().replace(b"\n", b"\r\n")
    assert smtp_server.connections == 1


@pytest.mark.parametrize(
    ("stage", "error"),
    [
        (Stage.MAIL, smtplib.SMTPSenderRefused),
        (Stage.RCPT, smtplib.SMTPRecipientsRefused),
        (Stage.DATA, smtplib.SMTPDataError),
    ],
)
def test_it_answers_with_a_fault_once(smtp_server: SmtpServer, stage: Stage, error: type[Exception]) -> None:
    smtp_server.faults.append(Fault(stage, reply="550 5.1.1 no such user"))
    with smtplib.SMTP(smtp_server.host, smtp_server.port) as client:
        with pytest.raises(error, match=r"5\.1\.1"):
            client.send_message(_mail())
        client.send_message(_mail("もう一度"))
    assert len(smtp_server.received) == 1


def test_it_drops_the_line_before_the_last_reply(smtp_server: SmtpServer) -> None:
    smtp_server.faults.append(Fault(Stage.DATA, Act.DROP, keeps=True))
    client = smtplib.SMTP(smtp_server.host, smtp_server.port)
    with pytest.raises(smtplib.SMTPServerDisconnected):
        client.send_message(_mail())
    assert len(smtp_server.received) == 1


def test_it_drops_the_line_after_the_last_reply(smtp_server: SmtpServer) -> None:
    smtp_server.faults.append(Fault(Stage.DATA, Act.REPLY_AND_DROP, reply="250 2.0.0 kept", keeps=True))
    client = smtplib.SMTP(smtp_server.host, smtp_server.port)
    client.send_message(_mail())
    with pytest.raises(smtplib.SMTPServerDisconnected):
        client.noop()


def test_it_falls_silent(smtp_server: SmtpServer) -> None:
    smtp_server.faults.append(Fault(Stage.RCPT, Act.SILENCE))
    client = smtplib.SMTP(smtp_server.host, smtp_server.port, timeout=2)
    with pytest.raises(smtplib.SMTPServerDisconnected, match="timed out"):
        client.send_message(_mail())
    client.close()


def test_it_stops_while_somebody_is_connected() -> None:
    server = SmtpServer()
    server.start()
    line = socket.create_connection((server.host, server.port), 5)
    assert line.recv(100).startswith(b"220")
    server.stop()
    assert line.recv(100) == b""
    line.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((server.host, server.port), 5)


def test_it_stops_while_many_come_at_once() -> None:
    server, held = SmtpServer(), threading.Event()
    server.start()
    assert server._listener is not None
    server._listener.loop.call_soon_threadsafe(held.wait, 60)  # nobody is let in before the last has knocked
    callers = [socket.create_connection((server.host, server.port)) for _ in range(20)]
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        stopping = threading.Thread(target=server.stop)
        stopping.start()
        held.set()
        stopping.join(60)
        gc.collect()
    for caller in callers:
        with caller:
            caller.settimeout(60)
            with suppress(ConnectionResetError):
                while caller.recv(1000):
                    continue
    assert [str(one.message) for one in told if one.category is ResourceWarning] == []


def test_it_shows_a_page_in_japanese(page: Page) -> None:
    page.goto("data:text/html;charset=utf-8,<title>x</title><h1>個人情報</h1>")
    assert page.locator("h1").inner_text() == "個人情報"
    assert page.evaluate("navigator.language") == "ja-JP"


@pytest.mark.parametrize("address", ["http://elsewhere.example/", "http://192.0.2.1/"])
def test_it_fails_when_a_page_leaves_this_machine(browser: Browser, address: str) -> None:
    visitor = Visitor(browser)
    page = visitor.open().new_page()
    with pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"):
        page.goto(address)
    with pytest.raises(AssertionError, match="was sent to"):
        visitor.close()


@pytest.mark.parametrize("hard", [0, resource.RLIM_INFINITY], ids=["shut in", "free"])
def test_it_limits_files_of_any_process(hard: int) -> None:
    code = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({hard}, {hard})); print('set', flush=True); input()"
    child = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdout.readline() == b"set\n"
    try:
        for most in (4096, resource.RLIM_INFINITY):
            limit_files(child.pid, most)
            assert resource.prlimit(child.pid, resource.RLIMIT_FSIZE) == (0 if hard == 0 else most, hard)
    finally:
        child.communicate(b"\n")
    limit_files(child.pid, 0)  # it has ended: nothing to limit
