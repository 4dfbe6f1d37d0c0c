"""The desk as the Procfile serves it: gunicorn with its worker processes, measured from outside."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from desk.develop.child import dies_with_parent
from desk.develop.ports import LOOPBACK, next_free
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
OPEN = {"01", "02", "03", "04", "05", "08", "09"}
"""States of a connection in Linux's table that are neither closed, nor waiting out their time, nor listening."""


@dataclass
class Served:
    """A running gunicorn with two workers of four threads."""

    process: subprocess.Popen[bytes]
    port: int

    @property
    def url(self) -> str:
        """The address without a path."""
        return f"http://{LOOPBACK}:{self.port}"

    def memory(self) -> int:
        """Return the resident memory of the workers in bytes."""
        return sum(_status(pid, "VmRSS") for pid in self.workers())

    def peak(self) -> int:
        """Return the most memory that the workers held since `forget_peak`, in bytes."""
        return sum(_status(pid, "VmHWM") for pid in self.workers())

    def spent(self) -> float:
        """Return how many seconds of the processor the workers have used so far."""
        ticks = 0
        for pid in self.workers():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def forget_peak(self) -> None:
        """Measure the peak anew from what is held now."""
        for pid in self.workers():
            Path(f"/proc/{pid}/clear_refs").write_text("5")

    def workers(self) -> list[int]:
        """List the ids of the worker processes."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def open_files(self) -> list[str]:
        """List the plain files that the workers hold open."""
        found = []
        for link in [link for pid in self.workers() for link in Path(f"/proc/{pid}/fd").iterdir()]:
            with suppress(FileNotFoundError):  # closed meanwhile
                found.append(str(link.readlink()))
        return [target for target in found if target.startswith("/")]

    def connections(self) -> int:
        """Count the connections to the desk that are open on its own side."""
        rows = [row.split() for row in Path(f"/proc/{self.process.pid}/net/tcp").read_text().splitlines()[1:]]
        return sum(row[1].endswith(f":{self.port:04X}") and row[3] in OPEN for row in rows)

    def exchange(self, raw: bytes, *, seconds: float = 10) -> bytes:
        """Send raw bytes and return all that comes back; a server that hangs up early is fine."""
        with socket.create_connection((LOOPBACK, self.port), timeout=seconds) as line:
            with suppress(OSError):
                line.sendall(raw)
            answer = b""
            while chunk := _receive(line):
                answer += chunk
            return answer


def start(
    command: Sequence[str],
    environ: Mapping[str, str],
    *,
    output: BinaryIO | None = None,
    within: Sequence[str] = (),
) -> subprocess.Popen[bytes]:
    """Start one of the desk's processes with its Python; `within` goes before the command, `output` takes its lines."""
    return subprocess.Popen(
        [*within, sys.executable, *command],
        cwd=ROOT,
        env={**os.environ, **environ},
        stdout=output,
        stderr=output,
        preexec_fn=dies_with_parent(signal.SIGTERM),  # noqa: PLW1509 - one system call, no locks
    )


def stop(process: subprocess.Popen[bytes]) -> int:
    """Stop a process as the supervisor does and return its exit code."""
    process.terminate()
    return process.wait(60)


@contextmanager
def served(
    environ: Mapping[str, str], *, output: BinaryIO | None = None, within: Sequence[str] = ()
) -> Iterator[Served]:
    """Start gunicorn on a free port with these settings and stop it at the end; see `start`."""
    port = next_free(20_000 + os.getpid() % 20_000)
    command = ["-m", "gunicorn", "--worker-class", "gthread", "--workers", "2", "--threads", "4"]
    command += [
        "--no-control-socket",
        "--log-level",
        "warning",
        "--bind",
        f"{LOOPBACK}:{port}",
        "desk.app:create_app()",
    ]
    settings = {"DESK_BASE_URL": f"http://{LOOPBACK}:{port}", **environ}
    desk = Served(start(command, settings, output=output, within=within), port)
    try:
        _wait(desk)
        yield desk
    finally:
        stop(desk.process)


def status_of(answer: bytes) -> int:
    """Return the status code of a raw answer; 0 when there was none."""
    parts = answer.split(b" ", 2)
    return int(parts[1]) if len(parts) > 1 and parts[1].isdigit() else 0


def _wait(desk: Served) -> None:
    get = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"

    def answers() -> bool:
        try:
            return status_of(desk.exchange(get)) == 200 and len(desk.workers()) == 2
        except OSError:
            return False

    wait_until(answers, "the desk answers", desk.process)


def _receive(line: socket.socket) -> bytes:
    try:
        return line.recv(65536)
    except ConnectionError:
        return b""


def _status(pid: int, name: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))
