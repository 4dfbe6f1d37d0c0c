"""Waiting for a condition, never for a duration: the limit is there to end a hang, and generous."""

import socket
import subprocess
import time
from collections.abc import Callable
from typing import Any

GENEROUS_S = 60.0
"""What takes a tenth of a second on a quiet machine may take so long on a busy one."""


def wait_until(
    is_so: Callable[[], bool],
    what: str,
    process: subprocess.Popen[Any] | None = None,
    seconds: float = GENEROUS_S,
) -> None:
    """Wait until something is so; fail with `what` after a long while, or when the process that should do it has ended."""
    give_up_at = time.monotonic() + seconds
    while not is_so():
        assert process is None or process.poll() is None, f"{what}: the process ended with {process.returncode}"
        assert time.monotonic() < give_up_at, f"{what}: not within {seconds:.0f} s"
        time.sleep(0.02)


def listens(port: int) -> bool:
    """Tell whether somebody takes connections on a port of this machine."""
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
