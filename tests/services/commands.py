"""The `desk` command as a real process that begins with everything loaded: a fork of one that has done nothing else.

Loading takes a second, and the tests of wrong usage start the command half a hundred times.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).parents[2]
LONGEST_S = 120
"""Only ends a command that hangs."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a command said, and its exit code."""

    returncode: int
    stdout: str
    stderr: str


class Commands:
    """Runs commands one after the other, each with an environment of its own."""

    def __init__(self, process: "subprocess.Popen[str]", folder: Path) -> None:
        self._process, self._folder = process, folder

    def run(self, arguments: Sequence[str], environ: dict[str, str]) -> Done:
        """Run the command to its end."""
        out, err = self._folder / "out", self._folder / "err"
        wish = {"arguments": list(arguments), "environ": environ, "out": str(out), "err": str(err)}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(wish) + "\n")
        self._process.stdin.flush()
        return Done(int(self._process.stdout.readline()), out.read_text(), err.read_text())


@contextmanager
def loaded_commands(folder: Path) -> Iterator[Commands]:
    """Start the process that loads everything, and end it."""
    command = [sys.executable, "-m", "tests.services.commands"]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield Commands(process, folder)
    finally:
        process.communicate(timeout=60)


def _serve() -> None:
    main = import_module("desk.__main__")
    import_module("desk.app")
    for place in main.COMMANDS.values():
        import_module(place.partition(":")[0])
    for line in sys.stdin:
        wish = json.loads(line)
        child = os.fork()
        if child == 0:
            _run(main, wish)
        _pid, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _run(main: Any, wish: dict[str, Any]) -> NoReturn:
    """Become the command: its arguments, its environment, its output, and nothing of the parent's."""
    signal.alarm(LONGEST_S)
    os.environ.clear()
    os.environ.update(wish["environ"])
    for number, (path, flags) in enumerate(
        ((os.devnull, os.O_RDONLY), *((wish[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC) for name in ("out", "err")))
    ):
        os.dup2(os.open(path, flags, 0o600), number)
    sys.argv = ["desk", *wish["arguments"]]
    code: Any = 70
    try:
        main.main()
    except SystemExit as ended:
        code = ended.code or 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 70)


if __name__ == "__main__":
    _serve()
