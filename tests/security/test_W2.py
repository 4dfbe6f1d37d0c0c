"""W2: huge, endless, malformed and slow requests are answered at once; they take no memory and leave no file."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from desk.develop.ports import LOOPBACK
from tests.waiting import GENEROUS_S, wait_until
from tests.web.server import Served, served, status_of

MB = 1024 * 1024
GOAL_S = 1.0
"""Of the processor: what a neighbour on the machine takes is not counted."""
HEAD = "POST /requests/new HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
URLENCODED = "Content-Type: application/x-www-form-urlencoded\r\n"
MULTIPART = "Content-Type: multipart/form-data; boundary=b\r\n"
FIELD = b'--b\r\nContent-Disposition: form-data; name="f"\r\n\r\nx\r\n'
FILE = b'--b\r\nContent-Disposition: form-data; name="uploads"; filename="a.txt"\r\n\r\n'
GET = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """The folder for temporary files of the desk's processes."""
    made = tmp_path / "scratch"
    made.mkdir()
    return made


@pytest.fixture
def desk(environ: dict[str, str], scratch: Path) -> Iterator[Served]:
    """A running desk, warmed up; at the end nobody is connected to it and it left no temporary file."""
    with served(environ | {"TMPDIR": str(scratch)}) as running:
        for _ in range(8):
            assert status_of(running.exchange(GET)) == 200
        known = set(running.open_files())
        yield running
        wait_until(lambda: running.connections() == 0, "nobody is connected")
        # a worker that has just come up may still hold the lock under which it looks at the schema
        known |= {path for path in running.open_files() if "sqlite" in path or path.endswith(".schema.lock")}
        assert set(running.open_files()) - known == set()
        assert list(scratch.iterdir()) == []
    assert [path for path in Path(environ["DESK_DATA_DIR"], "files").rglob("*") if path.is_file()] == []


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
    "a hundred thousand files": with_length(MULTIPART, (FILE + b"x\r\n") * 100_000 + b"--b--\r\n"),
    "a body said to be of 2 GB": with_length(MULTIPART, b"--b\r\n", 2_000_000_000),
    "a file in a body of 2 GB": with_length(MULTIPART, FILE + b"x" * MB, 2_000_000_000),
    "a length that is no number": f"{HEAD}{MULTIPART}Content-Length: many\r\n\r\n".encode(),
    "two lengths": f"{HEAD}{MULTIPART}Content-Length: 5\r\nContent-Length: 6\r\n\r\n12345".encode(),
    "an endless field": chunked(MULTIPART, FIELD[:-3] + b"x" * (70 * MB)),
    "an endless file": chunked(MULTIPART, FILE + b"x" * (70 * MB)),
    "an endless text": chunked(URLENCODED, b"body=" + b"x" * (70 * MB)),
    "no boundary": with_length("Content-Type: multipart/form-data\r\n", FIELD),
    "another boundary": with_length("Content-Type: multipart/form-data; boundary=c\r\n", FIELD + b"--b--\r\n"),
    "a boundary with bytes": b"".join(
        (HEAD.encode(), b"Content-Type: multipart/form-data; boundary=\xff\xfe\r\n", b"Content-Length: 0\r\n\r\n")
    ),
    "a boundary of a megabyte": with_length(f"Content-Type: multipart/form-data; boundary={'b' * MB}\r\n", FIELD),
    "a part without an end": with_length(MULTIPART, FIELD),
    "a header of 100 kB": b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
}


def ask(desk: Served, raw: bytes) -> tuple[int, float]:
    """Return the status of the answer and how many seconds of the processor it took."""
    before = desk.spent()
    code = status_of(desk.exchange(raw, seconds=GENEROUS_S))
    return code, desk.spent() - before


def test_it_refuses_what_no_form_sends_within_a_second_and_keeps_nothing(desk: Served) -> None:
    before = desk.memory()
    desk.forget_peak()
    found = {name: ask(desk, raw) for name, raw in REQUESTS.items()}
    assert {name: code for name, (code, _took) in found.items() if code not in {400, 413, 431}} == {}
    assert {name: took for name, (_code, took) in found.items() if took > GOAL_S} == {}
    assert desk.peak() - before < 50 * MB
    assert status_of(desk.exchange(GET)) == 200


def test_slow_clients_keep_nobody_waiting_and_leave_nothing(desk: Served) -> None:
    """A few slow ones; a crowd of them is the work of the proxy in front, which takes requests in whole."""
    before, slow = desk.memory(), [socket.create_connection((LOOPBACK, desk.port)) for _ in range(3)]
    desk.forget_peak()
    try:
        slow[0].sendall(f"{HEAD}{URLENCODED}Content-Length: 5000\r\n\r\nbody=".encode())
        slow[1].sendall(f"{HEAD}{MULTIPART}Content-Length: 5000000\r\n\r\n".encode() + FILE)
        slow[2].sendall(HEAD[:40].encode())
        for _ in range(20):
            for line in slow:
                line.sendall(b"x")
            assert status_of(desk.exchange(GET, seconds=GENEROUS_S)) == 200
        assert desk.connections() == 3
    finally:
        for line in slow:
            line.close()
    assert desk.peak() - before < 50 * MB


def test_a_slow_client_with_too_much_is_refused_before_it_has_sent_it(desk: Served) -> None:
    """The length alone suffices: nobody waits for a body that will not be taken."""
    for headers in (URLENCODED, MULTIPART):
        with socket.create_connection((LOOPBACK, desk.port), GENEROUS_S) as line:
            line.sendall(f"{HEAD}{headers}Content-Length: 2000000000\r\n\r\n".encode())
            assert status_of(line.recv(65536)) == 413


def test_a_plain_form_has_no_more_fields_than_one_with_files(client: FlaskClient) -> None:
    codes = [client.post("/requests/new", data={f"f{n}": "x" for n in range(most)}).status_code for most in (200, 201)]
    assert codes == [400, 413]
