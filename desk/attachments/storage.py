"""Sealed bytes on disk: written whole and flushed before a row names them, removed by name."""

import os
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from flask import current_app

from desk import clock

READ_BYTES = 256 * 1024
NAME = re.compile(r"[0-9a-f]{32}")


class Missing(Exception):
    """A blob that a row names is not there."""


def storage_dir() -> Path:
    """Return the folder of the current application's blobs."""
    return Path(current_app.extensions["config"].storage_dir)


class BlobWriter:
    """Writes sealed bytes as they come, under a name that no row knows before `commit`.

    A writer that dies half-way leaves a `.part` file, which the sweep removes.
    """

    def __init__(self) -> None:
        self.name = secrets.token_hex(16)
        self._target = _path(self.name)
        self._target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._part = self._target.with_suffix(".part")
        self._file = self._part.open("xb")

    def write(self, sealed: bytes) -> None:
        """Write more. Raises `OSError` when the disk is full."""
        self._file.write(sealed)
        self._touch()

    def commit(self) -> str:
        """Flush to the disk, give the blob its name and return it."""
        with self._file:
            self._file.flush()
            self._touch()
            os.fsync(self._file.fileno())
        self._part.rename(self._target)
        _sync_folder(self._target.parent)
        return self.name

    def _touch(self) -> None:
        """Date the file by the desk's own clock, which later decides how old it is; a file server may have another."""
        at = clock.now().timestamp()
        os.utime(self._file.fileno(), (at, at))

    def abort(self) -> None:
        """Remove what was written so far; after `commit`, do nothing."""
        with suppress(OSError):  # closing writes what is still held back, and a full disk refuses it once more
            self._file.close()
        self._part.unlink(missing_ok=True)


def write_blob(sealed: Iterable[bytes]) -> str:
    """Write a whole blob, flushed to the disk, and return its name. Raises `OSError`; then nothing is left."""
    writer = BlobWriter()
    try:
        for chunk in sealed:
            writer.write(chunk)
        return writer.commit()
    except BaseException:
        writer.abort()
        raise


def read_blob(name: str) -> Iterator[bytes]:
    """Return a blob's sealed bytes piece by piece. Raises `Missing`."""
    try:
        file = _path(name).open("rb")
    except FileNotFoundError as error:
        raise Missing(name) from error
    with file:
        while chunk := file.read(READ_BYTES):
            yield chunk


def remove_blob(name: str) -> None:
    """Remove a blob; one that is gone already is fine."""
    _path(name).unlink(missing_ok=True)


def list_blobs_before(instant: datetime) -> Iterator[str]:
    """Yield the names of blobs and half-written parts last touched before `instant`."""
    for path in storage_dir().glob("??/*"):
        try:
            touched = path.stat().st_mtime
        except FileNotFoundError:
            continue
        if touched < instant.timestamp():
            yield path.name


def remove_part(name: str) -> None:
    """Remove a half-written file."""
    (storage_dir() / name[:2] / name).unlink(missing_ok=True)


def _path(name: str) -> Path:
    if not NAME.fullmatch(name):
        raise Missing(name)
    return storage_dir() / name[:2] / name


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
