"""The process in which strangers' mail is read: it can open nothing, write nothing but its answer, and die alone.

Run as `python -m desk.mail.reading.child PARENT_PID`; see `desk.mail.reading.reader` for the other end.
"""

import codecs
import ctypes
import importlib
import json
import os
import resource
import signal
import sys
from typing import BinaryIO

from desk.mail.reading import frames
from desk.mail.reading.codecs import every_codec
from desk.mail.reading.read import Mail, open_mail

MEMORY = 512 * 1024 * 1024
"""Bytes of address space."""
CPU_SECONDS = 12
"""For each mail; the parent's watch strikes earlier unless the parent is gone."""
CHUNK = 256 * 1024
PR_SET_PDEATHSIG = 1


def main() -> None:
    """Serve mails until the parent closes the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business; it closes the pipe
    _die_with_parent(int(sys.argv[1]))
    _load_all()
    _shut_in()
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    _send(sink, frames.READY, b"")
    mail: Mail | None = None
    while (asked := _receive(source)) is not None:
        kind, payload = asked
        if kind == frames.MAIL:
            mail = None  # the last one's memory, before the next one's
            _allow_cpu()
            mail = _answer_mail(payload, sink)
            del payload, asked
        elif mail is not None:
            _answer_file(mail, int.from_bytes(payload, "big"), sink)
        else:
            _send(sink, frames.FAILED, b"gone")


def _die_with_parent(parent: int) -> None:
    """Have the kernel kill this process with its parent (Linux); a closed pipe ends it elsewhere."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(1)


def _load_all() -> None:
    """Import now what later could not be opened: every codec, and the libraries for HTML and TNEF."""
    for module in ("inscriptis.html_engine", "lxml.html", "tnefparse.tnef"):
        importlib.import_module(module)
    for name in every_codec():
        codecs.lookup(name)


def _shut_in() -> None:
    """Forbid further files and sockets, other processes, files on disk, and memory without end."""
    for limit, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_NOFILE, 3),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))


def _allow_cpu() -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + CPU_SECONDS, hard))


def _answer_mail(raw: bytes, sink: BinaryIO) -> Mail | None:
    try:
        mail = open_mail(raw)
        answer = json.dumps(mail.parsed.as_json(), ensure_ascii=False).encode("utf-8", "replace")
    except MemoryError:
        _send(sink, frames.FAILED, b"memory")
        sys.exit(1)
    except Exception:  # noqa: BLE001 - a traceback would quote the mail; the parent shows it as unparsable
        _send(sink, frames.FAILED, b"error")
        return None
    _send(sink, frames.READ, answer)
    return mail


def _answer_file(mail: Mail, number: int, sink: BinaryIO) -> None:
    if number >= len(mail.files):
        _send(sink, frames.FAILED, b"gone")
        return
    content = memoryview(mail.files[number].read())
    for at in range(0, len(content), CHUNK):
        _send(sink, frames.DATA, content[at : at + CHUNK])
    _send(sink, frames.END, b"")


def _send(sink: BinaryIO, kind: bytes, payload: bytes | memoryview) -> None:
    sink.write(frames.HEAD.pack(kind, len(payload)))
    sink.write(payload)
    sink.flush()


def _receive(source: BinaryIO) -> tuple[bytes, bytes] | None:
    head = source.read(frames.HEAD.size)
    if len(head) < frames.HEAD.size:
        return None
    kind, length = frames.HEAD.unpack(head)
    payload = source.read(length)
    return (kind, payload) if len(payload) == length else None


if __name__ == "__main__":
    main()
