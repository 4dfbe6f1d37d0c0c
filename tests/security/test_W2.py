"""W2: huge, endless, malformed and slow requests are answered at once; they take no memory and leave no file."""

import socket
import time
from collections.abc import Iterator

import pytest

from desk.develop.ports import LOOPBACK
from tests.web.server import Served, served, status_of

MB = 1024 * 1024
HEAD = "POST /requests/new HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
URLENCODED = "Content-Type: application/x-www-form-urlencoded\r\n"
MULTIPART = "Content-Type: multipart/form-data; boundary=b\r\n"
FIELD = b'--b\r\nContent-Disposition: form-data; name="f"\r\n\r\nx\r\n'
GET = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"


@pytest.fixture
def desk(environ: dict[str, str]) -> Iterator[Served]:
    """A running desk, warmed up."""
    with served(environ) as running:
        for _ in range(8):
            assert status_of(running.exchange(GET)) == 200
        yield running


def with_length(headers: str, body: bytes, length: int | None = None) -> bytes:
    return f"{HEAD}{headers}Content-Length: {len(body) if length is None else length}\r\n\r\n".encode() + body


def chunked(headers: str, body: bytes) -> bytes:
    chunks = b"".join(
        b"%x\r\n%s\r\n" % (len(part), part) for part in (body[at : at + MB] for at in range(0, len(body), MB))
    )
    return f"{HEAD}{headers}Transfer-Encoding: chunked\r\n\r\n".encode() + chunks + b"0\r\n\r\n"


REQUESTS = {
    "a hundred thousand fields": with_length(URLENCODED, b"&".join(b"f%d=x" % number for number in range(100_000))),
    "a hundred thousand parts": with_length(MULTIPART, FIELD * 100_000 + b"--b--\r\n"),
    "a body said to be of 2 GB": with_length(MULTIPART, b"--b\r\n", 2_000_000_000),
    "a length that is no number": f"{HEAD}{MULTIPART}Content-Length: many\r\n\r\n".encode(),
    "two lengths": f"{HEAD}{MULTIPART}Content-Length: 5\r\nContent-Length: 6\r\n\r\n12345".encode(),
    "an endless field": chunked(MULTIPART, FIELD[:-3] + b"x" * (70 * MB)),
    "an endless text": chunked(URLENCODED, b"body=" + b"x" * (70 * MB)),
    "no boundary": with_length("Content-Type: multipart/form-data\r\n", FIELD),
    "another boundary": with_length("Content-Type: multipart/form-data; boundary=c\r\n", FIELD + b"--b--\r\n"),
    "a boundary with bytes": b"".join(
        (HEAD.encode(), b"Content-Type: multipart/form-data; boundary=\xff\xfe\r\n", b"Content-Length: 0\r\n\r\n")
    ),
    "a part without an end": with_length(MULTIPART, FIELD),
    "a header of 100 kB": b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
}


def test_it_refuses_what_no_form_sends_quickly_and_keeps_nothing(desk: Served) -> None:
    before, known = desk.memory(), set(desk.open_files())
    for name, raw in REQUESTS.items():
        began = time.monotonic()
        code = status_of(desk.exchange(raw))
        took = time.monotonic() - began
        assert 400 <= code < 500, (name, code)
        assert took < 5, (name, took)  # the goal is a second; the test machine may be busy
    assert desk.memory() - before < 50 * MB
    assert [path for path in set(desk.open_files()) - known if "sqlite" not in path] == []
    assert status_of(desk.exchange(GET)) == 200


def test_slow_clients_do_not_keep_others_waiting(desk: Served) -> None:
    """A few slow ones; a crowd of them is the work of the proxy in front, which takes requests in whole."""
    slow = [socket.create_connection((LOOPBACK, desk.port)) for _ in range(3)]
    try:
        for line in slow:
            line.sendall(b"POST /requests/new HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5000\r\n\r\nbody=")
        for _ in range(10):
            began = time.monotonic()
            assert status_of(desk.exchange(GET)) == 200
            assert time.monotonic() - began < 5
    finally:
        for line in slow:
            line.close()
