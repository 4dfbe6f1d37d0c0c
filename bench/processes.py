"""Starting what is measured: gunicorn with two workers of four threads on a free port, and anything else as a child."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.clients import Connection
from desk.develop.child import dies_with_parent
from desk.develop.ports import LOOPBACK, next_free

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Place:
    """One database under measurement: the desk's settings, and where the minimal program keeps its table."""

    database: str
    environ: Mapping[str, str]
    minimal: str
    """What `bench.minimal.connect` takes."""


@contextmanager
def child(command: list[str], environ: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    """Run a command beside the measurement and end it afterwards; its output can be read."""
    process = subprocess.Popen(
        command,
        env={**os.environ, **environ},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=dies_with_parent(signal.SIGTERM),  # noqa: PLW1509 - one system call, no locks
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)
        assert process.stdout is not None
        process.stdout.close()


@contextmanager
def gunicorn(application: str, environ: Mapping[str, str], first_path: str) -> Iterator[tuple[int, int]]:
    """Serve an application as the Procfile does the desk; yield its port and the id of the master process.

    The minimal program loads nothing of the desk's, its configuration included: it is told the same in words.
    """
    port = next_free(18_000)
    alike = ["--config", "python:desk.serving"]
    if not application.startswith("desk."):
        alike = ["--worker-class", "gthread", "--workers", "2", "--threads", "4", "--no-control-socket"]
        alike += ["--log-level", "warning", "--bind", f"{LOOPBACK}:{port}"]
    command = [sys.executable, "-m", "gunicorn", *alike, application]
    served = {"BIND": f"{LOOPBACK}:{port}", "DESK_BASE_URL": f"http://{LOOPBACK}:{port}"}
    with child(command, {**environ, **served}) as process:
        give_up_at = time.monotonic() + 60
        while not _answers(port, first_path):
            assert process.poll() is None
            assert time.monotonic() < give_up_at
            time.sleep(0.1)
        yield port, process.pid


def children_of(pid: int) -> list[int]:
    """List the ids of a process's children; of one that is gone there are none."""
    try:
        return [int(text) for text in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def memory_of(pid: int) -> tuple[float, float]:
    """Return the resident memory of a process and its proportional share, in MiB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    found = {line.split(":")[0]: int(line.split()[1]) / 1024 for line in lines[1:]}
    return found["Rss"], found["Pss"]


def peak_of(pid: int) -> float:
    """Return the most resident memory that a process ever held, in MiB; 0 for one that is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:")), 0.0)


def _answers(port: int, path: str) -> bool:
    try:
        return Connection(port).get(path).status == 200
    except OSError:
        return False
