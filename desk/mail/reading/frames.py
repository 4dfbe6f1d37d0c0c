"""Length-prefixed frames on a pipe: one sign for the kind, four bytes for the length, then the payload."""

import os
import select
import struct
import time

HEAD = struct.Struct(">cI")
LONGEST = 512 * 1024 * 1024
MAIL, FILE, READY, READ, DATA, END, FAILED = b"M", b"F", b"H", b"R", b"D", b"E", b"X"


class Late(Exception):
    """The other end did not answer in time."""


class Gone(Exception):
    """The other end closed its pipe or sent what is no frame."""


def send(fd: int, kind: bytes, payload: bytes, until: float) -> None:
    """Write one frame to a non-blocking pipe. Raises `Late` after `until` (monotonic seconds), `Gone`."""
    for piece in (HEAD.pack(kind, len(payload)), payload):
        view = memoryview(piece)
        while view:
            _wait(fd, select.POLLOUT, until)
            try:
                view = view[os.write(fd, view[: 1 << 20]) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise Gone from error


def receive(fd: int, until: float) -> tuple[bytes, bytes]:
    """Read one frame from a non-blocking pipe. Raises `Late`, `Gone`."""
    kind, length = HEAD.unpack(_exactly(fd, HEAD.size, until))
    if length > LONGEST:
        raise Gone
    return kind, _exactly(fd, length, until)


def _exactly(fd: int, length: int, until: float) -> bytes:
    pieces: list[bytes] = []
    while length:
        _wait(fd, select.POLLIN, until)
        try:
            piece = os.read(fd, min(length, 1 << 20))
        except BlockingIOError:
            continue
        except OSError as error:
            raise Gone from error
        if not piece:
            raise Gone
        pieces.append(piece)
        length -= len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _wait(fd: int, event: int, until: float) -> None:
    """Wait until the pipe is ready; hang-ups count, so that the read or write that follows meets them."""
    left = until - time.monotonic()
    if left <= 0:
        raise Late
    poll = select.poll()
    poll.register(fd, event)
    if not poll.poll(left * 1000):
        raise Late
