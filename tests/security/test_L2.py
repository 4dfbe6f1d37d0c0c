"""L2: one line an event, whatever a stranger writes; secrets and addresses are masked."""

import json
import logging
import unicodedata
from collections import Counter
from pathlib import Path
from urllib.parse import quote

import pytest
import structlog

from desk.logs import init_logs
from tests.services.valkey import RedisServer
from tests.web.pages import form_in, send
from tests.web.production import in_production, production_settings
from tests.web.server import status_of

NASTY = "a\r\nb\x1b[31mc\u2028d\x00e"
SECRET = "k3J9" * 11
RAW = [
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: nasty\x1b[31m\r\n [0m folded\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent nasty\x1b[31m: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: nasty\x00\r\n\r\n",
    b"GET /s/%s nasty\x1b[31m HTTP/1.1\r\n\r\n" % SECRET.encode(),
    b"nasty\x1b[31m\x85\r\n\r\n",
    b"GET /nasty%0d%0a%1b HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n",
]
"""Requests that the web server itself cannot read, and one that it can."""


@pytest.mark.parametrize("production", [True, False])
def test_it_writes_one_line_an_event(capsys: pytest.CaptureFixture[str], production: bool) -> None:
    init_logs(production=production)
    structlog.get_logger("desk.test").warning("x.y", agent=NASTY, path=f"/s/{SECRET}", to="taro@person.example")
    logging.getLogger("stranger").warning("subject %s", NASTY)
    try:
        raise ValueError("taro@person.example 山田太郎")  # noqa: TRY301 - the text is what must not be logged
    except ValueError:
        logging.getLogger("rq").exception("failed")
    written = capsys.readouterr().err
    assert written.count("\n") == len(written.split("\n")) - 1 == 3
    for hidden in ("\r", "\x1b", "\u2028", "\x00", SECRET, "taro@person.example", "山田太郎"):
        assert hidden not in written
    if production:
        assert all(isinstance(json.loads(line), dict) for line in written.split("\n") if line)


def test_a_process_in_production_writes_one_json_line_an_event(
    fresh_postgres_url: str, redis_server: RedisServer, tmp_path: Path
) -> None:
    settings = production_settings(fresh_postgres_url, redis_server.url, tmp_path / "data")
    with in_production(settings, tmp_path / "output") as desk:
        client = desk.person(**{"User-Agent": "a\x9b[31mb\x85c\td", "Referer": f"/{SECRET}\x9b[0m"})
        page = client.get(f"/requests/new?kind=K40&x={quote(NASTY)}")
        redis_server.stop()  # counting a form then says so in the log
        step = send(client, form_in(page), population="user", body=NASTY.replace("\x00", ""), about=NASTY[:4])
        step = send(client, form_in(step), name="a\x1bb", email="taro@person.example")
        send(client, form_in(step))
        redis_server.start()
        for raw in RAW:
            assert status_of(desk.web.exchange(raw)) in {400, 404}
        desk.wait_to_hear("web", "Invalid request")
    written = desk.said()["web"]
    lines = [json.loads(line) for line in written.removesuffix("\n").split("\n")]
    events = Counter(line["event"] for line in lines)
    assert events["Invalid request"] == len(RAW) - 1
    assert events["queue.unreachable"] >= 1
    assert all({"at", "event", "level"} <= set(line) for line in lines)
    assert [char for char in written if unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp"} and char != "\n"] == []
    for hidden in (SECRET, "taro@person.example", "[31m", "nasty"):
        assert hidden not in written
