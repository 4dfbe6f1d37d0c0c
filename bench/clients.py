"""A small HTTP client over kept connections: cheap, so that what is measured is the server."""

import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import quantiles
from urllib.parse import urlencode

from desk.develop.ports import LOOPBACK


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    head: str
    body: str


@dataclass(slots=True)
class Connection:
    """One browser's connection with its cookies."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    _line: socket.socket | None = None

    def get(self, path: str) -> Answer:
        """Ask for a page."""
        return self._exchange(f"GET {path} HTTP/1.1\r\n{self._headers()}\r\n".encode())

    def post(self, path: str, fields: dict[str, str]) -> Answer:
        """Send a form."""
        body = urlencode(fields).encode()
        head = f"POST {path} HTTP/1.1\r\n{self._headers()}Content-Type: application/x-www-form-urlencoded\r\n"
        return self._exchange(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)

    def _headers(self) -> str:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return f"Host: {LOOPBACK}:{self.port}\r\n" + (f"Cookie: {cookies}\r\n" if cookies else "")

    def _exchange(self, raw: bytes) -> Answer:
        if self._line is None:
            self._line = socket.create_connection((LOOPBACK, self.port), timeout=60)
            self._line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self._line.sendall(raw)
            data = self._line.recv(65536)
        except ConnectionError:
            data = b""
        if not data:  # the server closed a kept connection
            self._line.close()
            self._line = None
            return self._exchange(raw)
        return self._read(data)

    def _read(self, data: bytes) -> Answer:
        assert self._line is not None
        while b"\r\n\r\n" not in data:
            data += self._line.recv(65536)
        head, _, body = data.partition(b"\r\n\r\n")
        text = head.decode("latin-1")
        lines = [line.partition(": ") for line in text.split("\r\n")[1:]]
        headers = {name.lower(): value for name, _sign, value in lines}
        for name, _sign, value in lines:
            if name.lower() == "set-cookie":
                cookie, _, content = value.partition(";")[0].partition("=")
                self.cookies[cookie] = content
        length = int(headers.get("content-length", "0"))
        while len(body) < length:
            body += self._line.recv(65536)
        if headers.get("connection", "").lower() == "close":
            self._line.close()
            self._line = None
        return Answer(int(text.split(" ", 2)[1]), text, body.decode())


def rate(act: Callable[[Connection], None], port: int, clients: int, seconds: float) -> float:
    """Have so many clients repeat `act` for so long; return how often it was done in a second."""
    end, done = time.monotonic() + seconds, [0] * clients

    def work(number: int) -> None:
        line = Connection(port)
        while time.monotonic() < end:
            act(line)
            done[number] += 1

    began = time.monotonic()
    threads = [threading.Thread(target=work, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / (time.monotonic() - began)


def times(acts: Sequence[Callable[[], object]], count: int) -> list[tuple[float, float]]:
    """Do the acts in turn so often, after a few to warm up; return median and 95th percentile of each in milliseconds."""
    taken: list[list[float]] = [[] for _ in acts]
    for number in range(-5, count):
        for place, act in enumerate(acts):
            began = time.perf_counter()
            act()
            if number >= 0:
                taken[place].append((time.perf_counter() - began) * 1000)
    cuts = [quantiles(one, n=20) for one in taken]
    return [(cut[9], cut[18]) for cut in cuts]
