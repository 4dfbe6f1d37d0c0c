"""The desk's processes as the Procfile names them: started, killed without warning, and started again by clocks that disagree."""

import os
import random
import resource
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from desk.develop.ports import LOOPBACK
from tests.moment import CHILD
from tests.services.disk import limit_files
from tests.web.server import start

GUNICORN = ["-m", "gunicorn", "--worker-class", "gthread", "--workers", "2", "--threads", "4", "--no-control-socket"]
COMMANDS = {
    "web": [*GUNICORN, "--log-level", "critical", "--bind", f"{LOOPBACK}:{{port}}", "desk.app:create_app()"],
    "worker": ["worker.py"],
    "clock": ["-m", "desk", "clock"],
    "inbox": ["-m", "desk", "mail", "fetch", "--idle"],
}
MOST_BYTES = 8192
"""What a process may still write to a file while the disk is called full: less than any database holds."""


@dataclass
class Processes:
    """The four processes of one desk; `began` is the moment at which its clocks start, `jump` how far they were set since."""

    settings: dict[str, str]
    port: int
    output: Path
    began: datetime
    jump: timedelta = timedelta()
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    kills: int = 0
    _zero: float = field(default_factory=time.monotonic)

    def now(self) -> datetime:
        """What a clock shows that is read at this moment."""
        return self.began + timedelta(seconds=time.monotonic() - self._zero) + self.jump

    def start_all(self) -> None:
        """Start what does not run."""
        for name, command in COMMANDS.items():
            if name not in self.running or self.running[name].poll() is not None:
                environ = self.settings | {CHILD: self.now().isoformat()}
                with (self.output / f"{name}.log").open("ab") as lines:
                    self.running[name] = start([part.format(port=self.port) for part in command], environ, output=lines)

    def kill(self, chance: random.Random) -> str:
        """Kill one process, or one that it has forked, at whatever instruction it is; return its name."""
        name = chance.choice([*COMMANDS, "web", "worker", "worker"])
        process = self.running[name]
        forked = _children(process.pid)
        victim = chance.choice(forked) if forked and chance.random() < 0.7 else process.pid
        with suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)
            self.kills += 1
        if victim == process.pid:
            process.wait()
        return name if victim == process.pid else f"a child of {name}"

    def fill_disk(self, *, full: bool) -> None:
        """Let no process write more to a file, or let them again."""
        most = MOST_BYTES if full else resource.RLIM_INFINITY
        for process in self.running.values():
            limit_files(process.pid, most)
            for pid in _children(process.pid):  # looked for only now: what is forked from here on has the limit already
                limit_files(pid, most)

    def stop_all(self) -> dict[str, int]:
        """Stop every process as a supervisor does; return their exit codes."""
        for process in self.running.values():
            process.terminate()
        codes = {name: process.wait(60) for name, process in self.running.items()}
        self.running.clear()
        return codes


def _children(pid: int) -> list[int]:
    with suppress(FileNotFoundError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []
