"""`desk up` as people use it: it starts, answers, stops leaving nothing, starts again, and refuses what cannot work."""

import json
import os
import signal
import smtplib
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from desk.develop.parts import plan_parts
from desk.develop.ports import LOOPBACK, next_free

UP = [sys.executable, "-m", "desk", "up", "--no-browser"]
SETTINGS = ("DATABASE_URL", "REDIS_URL", "MAIL_SERVER", "DESK_BASE_URL", "DESK_ENV")


class Running:
    """One `desk up` and what it printed."""

    def __init__(self, folder: Path, port: int) -> None:
        """Start it in the background."""
        self.port = port
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [*UP, "--port", str(port)],
            env=_environ(folder),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def wait_for(self, word: str, seconds: float = 90) -> str:
        """Return the first line with `word` in it; fail with all that was printed instead."""
        give_up_at = time.monotonic() + seconds
        while time.monotonic() < give_up_at:
            found = next((line for line in list(self.lines) if word in line), None)
            if found is not None:
                return found
            if not self.reader.is_alive():
                break
            time.sleep(0.05)
        raise AssertionError(f"no {word!r} in:\n" + "\n".join(self.lines))

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal; return the exit code, which must come within 15 s."""
        self.process.send_signal(number)
        code = self.process.wait(60)
        self.reader.join(60)
        return code

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout:
            for line in self.process.stdout:
                self.lines.append(line.rstrip())


@contextmanager
def _desk(folder: Path, port: int) -> Iterator[Running]:
    running = Running(folder, port)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.stop()


def _environ(folder: Path, **more: str) -> dict[str, str]:
    return {**{k: v for k, v in os.environ.items() if k not in SETTINGS}, "DESK_DATA_DIR": str(folder), **more}


def _processes_of(folder: Path) -> list[str]:
    """List the command lines of the processes that run with this data folder."""
    wanted, found = f"DESK_DATA_DIR={folder}".encode(), []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (entry / "environ").read_bytes().split(b"\0"):
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


def _get(address: str) -> int:
    with urllib.request.urlopen(address, timeout=60) as response:
        return int(response.status)


def test_it_starts_stops_without_a_trace_and_starts_again_on_the_same_data(tmp_path: Path) -> None:
    port = next_free(8500)
    with _desk(tmp_path, port) as first:
        first.wait_for("Ctrl-C stops it")
        assert _get(f"http://{LOOPBACK}:{port}/healthz") == 200
        mail_page = first.wait_for("  Mail ").split()[-1]
        assert json.loads(urllib.request.urlopen(mail_page + "messages.json", timeout=60).read()) == []
        password = first.wait_for("One-time password").split()[-1]
        commands = " ".join(_processes_of(tmp_path))
        assert all(part in commands for part in ("valkey-server", "catcher", "gunicorn", "worker.py"))
        assert first.stop() == 0
    assert _processes_of(tmp_path) == []
    with _desk(tmp_path, port) as again:
        again.wait_for("Ctrl-C stops it")
        assert not any("One-time password" in line or password in line for line in again.lines)
        assert again.stop(signal.SIGINT) == 0
    assert _processes_of(tmp_path) == []
    assert not [line for line in first.lines + again.lines if "Traceback" in line]


def test_it_refuses_a_second_start_on_the_same_folder(tmp_path: Path) -> None:
    port = next_free(8520)
    with _desk(tmp_path, port) as running:
        running.wait_for("Ctrl-C stops it")
        second = subprocess.run(UP, env=_environ(tmp_path), capture_output=True, text=True, timeout=60)
        assert (second.returncode, second.stdout) == (2, "")
        assert second.stderr.strip() == f"desk: desk up is already running on {tmp_path}"
        assert running.stop() == 0


def test_it_refuses_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]
        refused = subprocess.run(
            [*UP, "--port", str(port)], env=_environ(tmp_path), capture_output=True, text=True, timeout=60
        )
    assert (refused.returncode, refused.stderr.strip()) == (2, f"desk: port {port} is taken")
    assert _processes_of(tmp_path) == []


def test_it_refuses_production(tmp_path: Path) -> None:
    environ = _environ(tmp_path, DESK_ENV="production")
    refused = subprocess.run(UP, env=environ, capture_output=True, text=True, timeout=60)
    assert refused.returncode == 2
    assert refused.stderr.startswith("desk: desk up is for development only")
    assert len(refused.stderr.splitlines()) == 1


def test_it_leaves_alone_what_the_settings_name_already(tmp_path: Path) -> None:
    environ = {"REDIS_URL": "redis://redis.test", "MAIL_SERVER_FILE": "/run/mail", "DATABASE_URL": "postgresql:///x"}
    plan = plan_parts(environ, tmp_path, 8000)
    assert (plan.redis, plan.catcher, plan.mail_page) == (None, None, None)
    assert plan.environ["REDIS_URL"] == "redis://redis.test"
    assert plan.environ["DATABASE_URL"] == "postgresql:///x"
    assert "MAIL_SERVER" not in plan.environ


@pytest.mark.parametrize("depth", [1, 12])
def test_it_gives_redis_a_socket_or_a_loopback_port_when_the_path_is_long(tmp_path: Path, depth: int) -> None:
    folder = tmp_path.joinpath(*["long-enough"] * depth) if depth > 1 else Path(f"/tmp/desk-{os.getpid()}")
    folder.mkdir(parents=True)
    try:
        plan = plan_parts({}, folder, 8000)
        assert plan.redis is not None
        assert plan.environ["REDIS_URL"].startswith("redis://127.0.0.1:" if depth > 1 else "unix:///tmp/desk-")
        assert ("--unixsocket" in plan.redis.command) is (depth == 1)
    finally:
        (folder / "redis").rmdir()
        folder.rmdir()


def test_it_keeps_mail_on_this_machine(tmp_path: Path) -> None:
    plan = plan_parts({}, tmp_path, next_free(8540))
    assert plan.environ["MAIL_SERVER"] == LOOPBACK
    with pytest.raises(ConnectionRefusedError):
        smtplib.SMTP(LOOPBACK, int(plan.environ["MAIL_PORT"]))
