"""Ports on this machine: which are free."""

import socket

LOOPBACK = "127.0.0.1"


def is_free(port: int) -> bool:
    """Tell whether a server may listen on a loopback `port` now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port in TIME_WAIT is free for a server
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def next_free(first: int, taken: set[int] | None = None) -> int:
    """Return the first free port from `first` on that is not in `taken`. Raises `OSError` when there is none."""
    for port in range(first, 65536):
        if port not in (taken or set()) and is_free(port):
            return port
    raise OSError(f"no free port from {first} on")
