"""A small disk that a test can fill up: a tmpfs of the desk's own where the kernel grants one, else a limit on files."""

import os
import resource
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

from tests.web.server import Served

SIZE = 16 * 1024 * 1024
OWN_MOUNTS = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]
"""How to see mounts that nobody else sees: root may, and others may as the root of a namespace of their own."""
LEFT_OUT = shutil.ignore_patterns("filler", "*-shm", "*.lock")
MOUNT = 'set -e; folder=$1; seed=$2; shift 2; mount -t tmpfs -o size=%d desk "$folder"; cp -a "$seed/." "$folder"; exec "$@"'


def limit_files(pid: int, most: int) -> None:
    """Let no file that a process writes grow beyond `most` bytes, as far as it may write at all; one that has ended is left.

    The hard limit stays as it is: to raise it again, as for a process that allowed itself nothing, is not granted everywhere.
    """
    with suppress(ProcessLookupError):
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        if hard != 0:
            try:
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, hard))
            except PermissionError:
                if resource.prlimit(pid, resource.RLIMIT_FSIZE)[1] != 0:  # else it has shut itself in since
                    raise


class SmallDisk:
    """A disk of 16 MB under the desk's data folder; the kernel itself says that it is full (ENOSPC)."""

    def __init__(self, folder: Path) -> None:
        """Choose where it shall be."""
        self.folder = folder

    def within(self) -> list[str]:
        """Return what goes before a command that shall have it, with what stands in the folder now."""
        seed = self.folder.with_suffix(".seed")
        self.folder.mkdir(parents=True, exist_ok=True)
        shutil.copytree(self.folder, seed)
        return [*OWN_MOUNTS, "sh", "-c", MOUNT % SIZE, "sh", str(self.folder), str(seed)]

    @staticmethod
    def is_granted() -> bool:
        """Tell whether this machine lets us mount one."""
        probe = [*OWN_MOUNTS, "mount", "-t", "tmpfs", "desk", "/mnt"]
        return subprocess.run(probe, capture_output=True).returncode == 0

    def copy(self, desk: Served, target: Path) -> Path:
        """Copy the data folder, which SQLite cannot open from outside, and return the copy."""
        return Path(shutil.copytree(self._seen(desk), target, ignore=LEFT_OUT))

    def _seen(self, desk: Served) -> Path:
        return Path(f"/proc/{desk.process.pid}/root{self.folder}")

    def fill(self, desk: Served, room: int = 0) -> None:
        """Fill it up but for `room` bytes."""
        state = os.statvfs(self._seen(desk))
        with (self._seen(desk) / "filler").open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, state.f_bavail * state.f_frsize - room)

    def free(self, desk: Served) -> None:
        """Make room again."""
        (self._seen(desk) / "filler").unlink()


class LimitedFiles:
    """No disk of its own: the kernel refuses the desk every file that grows too large (EFBIG)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def within(self) -> list[str]:
        """Return nothing: the desk runs as always."""
        return []

    def copy(self, _desk: Served, target: Path) -> Path:
        """Copy the data folder and return the copy."""
        return Path(shutil.copytree(self.folder, target, ignore=LEFT_OUT))

    def fill(self, desk: Served, room: int = 0) -> None:
        """Let no file grow beyond `room` bytes."""
        for pid in desk.workers():
            limit_files(pid, room)

    def free(self, desk: Served) -> None:
        """Let files grow again."""
        for pid in desk.workers():
            limit_files(pid, resource.RLIM_INFINITY)
