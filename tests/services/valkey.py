"""A real Redis on a unix socket that a test can take away and bring back."""

import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from desk.develop.child import dies_with_parent
from desk.develop.valkey import valkey_command
from tests.waiting import wait_until


class RedisServer:
    """One server in a folder of its own; durable ones keep their data over a stop."""

    def __init__(self, *, durable: bool = False) -> None:
        """Choose whether what is written survives `stop` and `start`."""
        self.durable = durable
        self.folder = Path(tempfile.mkdtemp(prefix="desk-redis-"))
        self.socket = self.folder / "redis.sock"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address for REDIS_URL."""
        return f"unix://{self.socket}"

    def start(self) -> None:
        """Start the server and wait until it answers; do nothing when it runs already."""
        if self.process is not None:
            return
        self.process = subprocess.Popen(
            valkey_command(self.folder, self.socket, durable=self.durable),
            stdout=subprocess.DEVNULL,
            preexec_fn=dies_with_parent(signal.SIGKILL),  # noqa: PLW1509 - one system call, no locks
            start_new_session=True,
        )
        wait_until(self._answers, "Redis answers", self.process)

    def _answers(self) -> bool:
        try:
            return bool(self._client().ping())
        except redis.ConnectionError:
            return False

    def stop(self) -> None:
        """Take the server away: its socket is gone, and everybody connected is cut off."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(60)
            self.process = None
            self.socket.unlink(missing_ok=True)

    def flush(self) -> None:
        """Forget everything, as after FLUSHALL by a careless hand."""
        client = self._client()
        client.flushall()
        client.close()

    def contents(self) -> bytes:
        """Return every key with its dumped value."""
        client = self._client()
        found = b"".join(key + (client.dump(key) or b"") for key in client.keys("*"))
        client.close()
        return found

    @contextmanager
    def overheard(self) -> Iterator[list[bytes]]:
        """Collect every command that anybody sends meanwhile; complete at the end, signs beyond ASCII written as \\x…."""
        heard: list[bytes] = []
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(self.socket))
            line.sendall(b"MONITOR\r\n")
            listening = threading.Thread(target=lambda: heard.extend(iter(lambda: line.recv(65536), b"")))
            listening.start()
            try:
                yield heard
            finally:
                line.shutdown(socket.SHUT_RDWR)
                listening.join(60)

    def remove(self) -> None:
        """Stop the server and delete its folder."""
        self.stop()
        shutil.rmtree(self.folder)

    def _client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url, socket_timeout=60)
