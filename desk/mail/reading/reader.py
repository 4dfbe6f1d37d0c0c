"""Reads strangers' mail in a child process, so that no mail can harm, stop or slow this one for long."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Self

from desk.mail.reading import frames
from desk.mail.reading.parsed import ParsedMail

SECONDS = 10.0
"""What one mail, or one piece of a file, may take."""
START_SECONDS = 30.0
PACKAGE_ROOT = Path(__file__).parents[3]


class Unparsable(Exception):
    """The mail could not be read; `code` is `late`, `memory`, `crashed`, `error`, `gone` or `garbled`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class ReaderDown(Exception):
    """No child could be started, which says nothing about the mail: it waits."""


class Reader:
    """One child that reads one mail after another. Not for two threads at once; a forked process starts its own child."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._child: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self, raw: bytes) -> ParsedMail:
        """Return what is read in a mail. Raises `Unparsable`; then the next mail gets a fresh child.

        Raises `ReaderDown` when there is no child to read it.
        """
        kind, answer = self._ask(frames.MAIL, raw)
        if kind == frames.FAILED:
            raise Unparsable(answer.decode("ascii", "replace"))
        try:
            return ParsedMail.from_json(json.loads(answer))
        except (KeyError, TypeError, ValueError) as error:
            self.close()
            raise Unparsable("garbled") from error

    def attachment(self, number: int) -> Iterator[bytes]:
        """Yield the decoded bytes of an attachment of the mail read last. Raises `Unparsable`.

        Take all of it, or read no further mail with this reader before.
        """
        if self._living() is None:
            raise Unparsable("gone")
        kind, piece = self._ask(frames.FILE, number.to_bytes(4, "big"))
        while kind == frames.DATA:
            yield piece
            kind, piece = self._next()
        if kind != frames.END:
            raise Unparsable(piece.decode("ascii", "replace"))

    def close(self) -> None:
        """End the child, at once."""
        child, self._child = self._child, None
        if child is None:
            return
        for pipe in (child.stdin, child.stdout):
            with suppress(OSError):
                if pipe:
                    pipe.close()
        if self._owner == os.getpid():  # a forked process holds copies of the pipes, not the child
            child.kill()
            child.wait()
        else:
            child.returncode = 0  # not ours to wait for

    def _ask(self, kind: bytes, payload: bytes) -> tuple[bytes, bytes]:
        child = self._living() or self._start()
        stdin, _ = _pipes(child)
        try:
            frames.send(stdin, kind, payload, time.monotonic() + self._seconds)
        except frames.Late as error:
            raise self._lost("late") from error
        except frames.Gone as error:
            raise self._lost("crashed") from error
        return self._next()

    def _next(self) -> tuple[bytes, bytes]:
        if self._child is None:
            raise Unparsable("gone")
        try:
            return frames.receive(_pipes(self._child)[1], time.monotonic() + self._seconds)
        except frames.Late as error:
            raise self._lost("late") from error
        except frames.Gone as error:
            raise self._lost("crashed") from error

    def _lost(self, code: str) -> Unparsable:
        self.close()
        return Unparsable(code)

    def _living(self) -> subprocess.Popen[bytes] | None:
        """Return the child if it is this process's own and alive."""
        if self._child is not None and (self._owner != os.getpid() or self._child.poll() is not None):
            self.close()
        return self._child

    def _start(self) -> subprocess.Popen[bytes]:
        """Start a child with an empty environment: it needs no secret, and can tell none. Raises `ReaderDown`."""
        self._owner = os.getpid()
        try:
            self._child = child = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-s", "-m", "desk.mail.reading.child", str(self._owner)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={"PYTHONPATH": str(PACKAGE_ROOT), "LC_ALL": "C.UTF-8"},
                cwd="/",
            )
        except OSError as error:
            raise ReaderDown(type(error).__name__) from error
        for fd in _pipes(child):
            os.set_blocking(fd, False)
        try:
            frames.receive(_pipes(child)[1], time.monotonic() + START_SECONDS)
        except (frames.Late, frames.Gone) as error:
            self.close()
            raise ReaderDown(type(error).__name__) from error
        return child


def _pipes(child: subprocess.Popen[bytes]) -> tuple[int, int]:
    assert child.stdin is not None  # noqa: S101 - opened above
    assert child.stdout is not None  # noqa: S101 - opened above
    return child.stdin.fileno(), child.stdout.fileno()
