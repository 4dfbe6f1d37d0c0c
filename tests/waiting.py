"""Waiting for a condition, never for a duration: the limit is there to end a hang, and generous."""

import time
from collections.abc import Callable

GENEROUS_S = 60.0
"""What takes a tenth of a second on a quiet machine may take so long on a busy one."""


def wait_until(is_so: Callable[[], bool], what: str, seconds: float = GENEROUS_S) -> None:
    """Wait until something is so; fail with `what` after `seconds`."""
    give_up_at = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < give_up_at, f"{what}: not within {seconds:.0f} s"
        time.sleep(0.02)
