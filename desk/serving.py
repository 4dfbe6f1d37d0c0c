"""How gunicorn serves the desk, read by it as its configuration; a wrong setting ends the start with one line."""

import ctypes
import os
import sys
from contextlib import suppress
from typing import Any

from desk.config import ConfigError, read_config

wsgi_app = "desk.app:create_app()"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
threads = 4
bind = os.environ.get("BIND") or "127.0.0.1:8000"
loglevel = "warning"
"""And no access log: an address may hold the secret of a status link."""
control_socket_disable = True


ARENA_MAX = -8
"""`M_ARENA_MAX` of `mallopt(3)`: how many heaps the threads of a process share."""


def on_starting(_server: Any) -> None:
    """Look at the settings before any process is made: each of them would fail, and tell it at length.

    The threads of each process will share one heap: one runs at a time anyway, and each heap keeps a megabyte or two.
    """
    try:
        read_config()
    except ConfigError as error:
        print(f"web: {error}", file=sys.stderr)
        sys.exit(2)
    with suppress(AttributeError):  # a C library that is not GNU's
        ctypes.CDLL(None).mallopt(ARENA_MAX, 1)
