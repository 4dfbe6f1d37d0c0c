"""Keep a set of child processes alive, show what they say, and leave none behind."""

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType

from desk.develop.child import adopt_orphans, dies_with_parent, list_children

STOP_WITHIN_S = 12.0
"""How long the parts may take to end in order; with the rest of the way out it stays under 15 s."""

LAST_STOP_WITHIN_S = 2.0
STEADY_AFTER_S = 30.0
LONGEST_PAUSE_S = 30.0


@dataclass(slots=True)
class Part:
    """One child process: its command, and what became of it."""

    name: str
    command: Sequence[str]
    once: bool = False
    """Not started again when it ends; its output is kept instead of shown."""
    stops_last: bool = False
    """Stopped after all others, because they need it to the end."""
    process: subprocess.Popen[bytes] | None = None
    output: bytearray = field(default_factory=bytearray)
    failures: int = 0
    started_at: float = 0.0
    again_at: float = 0.0


class Supervisor:
    """Starts parts, waits for events in one thread, and ends everything it started."""

    def __init__(self, environ: Mapping[str, str], say: Callable[[str], None] = print) -> None:
        """Take the environment of the children and where their lines go; children that are there already stay alone."""
        self.environ = dict(environ)
        self.say = say
        self.parts: list[Part] = []
        self.strangers = frozenset(list_children())
        self.stopping = False
        self.told = False
        self.selector = selectors.DefaultSelector()
        self.wake_read, self.wake_write = os.pipe()
        os.set_blocking(self.wake_write, False)
        self.selector.register(self.wake_read, selectors.EVENT_READ)

    def listen_to_signals(self) -> None:
        """Stop on SIGINT, SIGTERM and SIGHUP; adopt grandchildren whose parent died."""
        adopt_orphans()
        signal.set_wakeup_fd(self.wake_write, warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)  # wakes the loop at once

    def start(self, part: Part) -> Part:
        """Start a part and keep it in view."""
        if part not in self.parts:
            self.parts.append(part)
        part.process = subprocess.Popen(
            part.command,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=None if part.once else subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches the supervisor only, which then stops the parts in order
            preexec_fn=dies_with_parent(),  # noqa: PLW1509 - this process has one thread
        )
        part.started_at = time.monotonic()
        assert part.process.stdout is not None  # noqa: S101
        os.set_blocking(part.process.stdout.fileno(), False)
        self.selector.register(part.process.stdout, selectors.EVENT_READ, part)
        return part

    def tick(self, seconds: float) -> None:
        """Wait up to `seconds` for output, a signal or the end of a child, and deal with it."""
        for key, _ in self.selector.select(seconds):
            if key.data is None:
                os.read(self.wake_read, 4096)
            else:
                self._read(key.data)
        for part in self.parts:
            if part.process is not None and part.process.poll() is not None:
                self._ended(part, part.process.returncode)
            elif part.process is None and part.again_at and time.monotonic() >= part.again_at and not self.stopping:
                part.again_at = 0.0
                self.start(part)

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> bool:
        """Tick until `ready()`; return False when told to stop or after `seconds`."""
        give_up_at = time.monotonic() + seconds
        while not self.stopping and time.monotonic() < give_up_at:
            if ready():
                return True
            self.tick(0.1)
        return False

    def run(self) -> None:
        """Tick until a signal says stop."""
        while not self.stopping:
            self.tick(1.0)

    def stop(self) -> None:
        """End every part: in order if they go by themselves, by force after that; adopted orphans too."""
        self.stopping = True
        self._end([part for part in self.parts if not part.stops_last], STOP_WITHIN_S)
        self._end([part for part in self.parts if part.stops_last], LAST_STOP_WITHIN_S)
        give_up_at = time.monotonic() + 1.0
        while (orphans := set(list_children()) - self.strangers) and time.monotonic() < give_up_at:
            for pid in orphans:
                _kill(pid)
            time.sleep(0.02)
            _reap()

    def _end(self, parts: list[Part], seconds: float) -> None:
        for part in parts:
            if part.process is not None:
                part.process.terminate()
        give_up_at = time.monotonic() + seconds
        while any(part.process is not None for part in parts) and time.monotonic() < give_up_at:
            self.tick(0.1)
        for part in parts:
            if part.process is not None:
                self.say(f"desk    | {part.name} did not end by itself")
                _kill(-part.process.pid)
                part.process.wait()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping = True
        self.told = True

    def _read(self, part: Part) -> None:
        assert part.process is not None  # noqa: S101
        assert part.process.stdout is not None  # noqa: S101
        chunk = os.read(part.process.stdout.fileno(), 65536)
        if not chunk:
            self.selector.unregister(part.process.stdout)
        part.output += chunk
        if not part.once:
            self._show(part, everything=not chunk)

    def _show(self, part: Part, *, everything: bool) -> None:
        *lines, rest = bytes(part.output).split(b"\n")
        part.output = bytearray(b"" if everything else rest)
        for line in [*lines, rest] if everything else lines:
            if line.strip():
                self.say(f"{part.name:<7} | {line.decode('utf-8', 'replace').rstrip()}")

    def _ended(self, part: Part, code: int) -> None:
        assert part.process is not None  # noqa: S101
        stdout = part.process.stdout
        if stdout is not None and stdout.fileno() in self.selector.get_map():
            while stdout.fileno() in self.selector.get_map() and _has_more(stdout.fileno()):
                self._read(part)
            if stdout.fileno() in self.selector.get_map():
                self.selector.unregister(stdout)
        if stdout is not None:
            stdout.close()
        _kill(-part.process.pid)  # what it may have left in its group
        part.process = None
        if self.stopping or part.once:
            return
        steady = time.monotonic() - part.started_at > STEADY_AFTER_S
        part.failures = 1 if steady else part.failures + 1
        pause = min(0.5 * 2 ** (part.failures - 1), LONGEST_PAUSE_S)
        part.again_at = time.monotonic() + pause
        self.say(f"desk    | {part.name} ended with code {code}; it starts again in {pause:g} s")


def _has_more(descriptor: int) -> bool:
    selector = selectors.SelectSelector()
    selector.register(descriptor, selectors.EVENT_READ)
    return bool(selector.select(0))


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            continue
    except ChildProcessError:
        return


def say_line(line: str) -> None:
    """Print one line at once, also into a pipe; a reader that went away must not stop the desk."""
    try:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        return
