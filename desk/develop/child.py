"""A child process that never outlives the process that started it (Linux; elsewhere only the orderly way out)."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def dies_with_parent(last_signal: signal.Signals = signal.SIGTERM) -> Callable[[], None]:
    """Return a `preexec_fn` that has the kernel send `last_signal` to the child when this process is gone.

    See prctl(2), PR_SET_PDEATHSIG. The child leaves at once if its parent died before the call.
    """
    parent = os.getpid()

    def ask() -> None:
        prctl(PR_SET_PDEATHSIG, int(last_signal))
        if os.getppid() != parent:
            os._exit(1)

    return ask


def adopt_orphans() -> None:
    """Have grandchildren whose own parent died become children of this process (PR_SET_CHILD_SUBREAPER)."""
    prctl(PR_SET_CHILD_SUBREAPER, 1)


def prctl(option: int, value: int) -> None:
    """Call prctl(2) on Linux; do nothing elsewhere. Raises `OSError` when the kernel refuses."""
    if _libc is not None and _libc.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
"""Loaded here, because between fork and exec as little as possible should happen."""


def list_children() -> list[int]:
    """List the ids of this process's children, adopted ones too; empty where /proc does not tell."""
    try:
        tasks = list(Path("/proc/self/task").iterdir())
        return [int(pid) for task in tasks for pid in (task / "children").read_text().split()]
    except OSError:
        return []
