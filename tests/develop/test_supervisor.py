"""The supervisor with small children: output, restarts, an orderly stop, and nothing left behind."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from desk.develop.supervisor import Part, Supervisor
from desk.develop.valkey import fits_socket, valkey_answers, valkey_command
from tests.waiting import GENEROUS_S, wait_until

PYTHON = [sys.executable, "-u", "-S", "-c"]


def _is_alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False


def _wait_for_all(pids: list[int]) -> None:
    wait_until(lambda: not any(map(_is_alive, pids)), "all have ended")


def _wait_for_one(pids: list[int]) -> None:
    wait_until(lambda: not all(map(_is_alive, pids)), "one has ended")


def test_it_leaves_children_alone_that_it_did_not_start() -> None:
    with subprocess.Popen([*PYTHON, "import time; time.sleep(60)"]) as stranger:
        supervisor = Supervisor(os.environ, print)
        supervisor.start(Part("web", [*PYTHON, "import time; time.sleep(60)"]))
        supervisor.stop()
        assert _is_alive(stranger.pid)
        stranger.kill()


def test_it_names_each_line_and_stops_in_order() -> None:
    lines: list[str] = []
    supervisor = Supervisor(os.environ, lines.append)
    end = (
        "import signal, sys, time\nsignal.signal(15, lambda *_: (print('bye', NAME), sys.exit()))\nprint('up', NAME)\n"
    )
    for name, last in (("store", True), ("web", False)):
        supervisor.start(Part(name, [*PYTHON, end.replace("NAME", repr(name)) + "time.sleep(60)"], stops_last=last))
    assert supervisor.wait_until(lambda: sum("up" in line for line in lines) == 2, GENEROUS_S)
    supervisor.stop()
    assert lines[-2:] == ["web     | bye web", "store   | bye store"]


def test_it_starts_a_crashed_part_again_after_a_growing_pause() -> None:
    lines: list[str] = []
    supervisor = Supervisor(os.environ, lines.append)
    supervisor.start(Part("web", [*PYTHON, "raise SystemExit(3)"]))
    assert supervisor.wait_until(lambda: len(lines) == 2, GENEROUS_S)
    supervisor.stop()
    assert lines == [
        "desk    | web ended with code 3; it starts again in 0.5 s",
        "desk    | web ended with code 3; it starts again in 1 s",
    ]


def test_it_keeps_the_output_of_a_part_that_runs_once() -> None:
    supervisor = Supervisor(os.environ, print)
    part = supervisor.start(Part("staff", [*PYTHON, "print('{}' * 50000)"], once=True))
    assert supervisor.wait_until(lambda: part.process is None, GENEROUS_S)
    assert bytes(part.output) == b"{}" * 50000 + b"\n"
    supervisor.stop()


SCRIPT = """
import sys
from desk.develop import supervisor as s
s.STOP_WITHIN_S = 1.0
told = s.Supervisor({}, s.say_line)
told.listen_to_signals()
stubborn = "import os, signal, time; signal.signal(15, signal.SIG_IGN)\\n"
fork = "os.fork() or os.setsid()\\nprint('pid', os.getpid(), flush=True)\\ntime.sleep(600)"
told.start(s.Part("web", [sys.executable, "-c", (stubborn if sys.argv[1] == "stubborn" else "import os, time\\n") + fork]))
try:
    told.run()
finally:
    told.stop()
"""


def _start(kind: str) -> tuple[subprocess.Popen[str], list[int]]:
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(SCRIPT), kind], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, [int(process.stdout.readline().split()[-1]) for _ in range(2)]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_leaves_no_process_even_of_stubborn_ones_in_their_own_sessions(number: signal.Signals) -> None:
    process, pids = _start("stubborn")
    process.send_signal(number)
    assert process.wait(60) == 0
    _wait_for_all(pids)
    assert process.stdout is not None
    process.stdout.close()


def test_it_takes_its_children_along_when_it_is_killed() -> None:
    process, pids = _start("plain")
    process.kill()
    process.wait(60)
    # The direct child goes with its parent; a grandchild in a session of its own is beyond the kernel's promise.
    _wait_for_one(pids)
    for pid in filter(_is_alive, pids):
        os.kill(pid, signal.SIGKILL)
    _wait_for_all(pids)
    assert process.stdout is not None
    process.stdout.close()


def test_it_finds_the_embedded_redis_by_the_packages_private_name(tmp_path: Path) -> None:
    command = valkey_command(tmp_path, tmp_path / "redis.sock")
    version = subprocess.run([command[0], "--version"], capture_output=True, text=True, check=True)
    assert version.stdout.startswith("Valkey server v=9")
    assert command[command.index("--port") + 1] == "0"


def test_it_knows_when_a_path_is_too_long_for_a_socket(tmp_path: Path) -> None:
    assert fits_socket(Path("/run/desk/redis.sock"))
    assert not fits_socket(Path("/") / ("窓" * 34))
    assert not valkey_answers(f"unix://{tmp_path}/none.sock")
