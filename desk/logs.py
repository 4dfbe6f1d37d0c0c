"""Logs: one line an event, as JSON in production, with nobody's data in it and no character that breaks a line."""

import logging
import re
import sys
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any

import structlog
from structlog.typing import Processor

from desk import clock

TOKEN = re.compile(r"[A-Za-z0-9_-]{40,}")
"""What a secret in a link or a cookie looks like; longer than any id, name of a class or endpoint here."""
ADDRESS = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+")
HIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
LONGEST = 300
"""Characters of one value."""

SERVER = "gunicorn.error"
"""The web server's logger. It writes where it was told to, in the desk's form, and of a request it repeats nothing."""

OWN = ("desk", "worker", "__main__")
"""Loggers whose everyday lines are kept; of libraries only warnings are, whose lines may hold paths with secrets."""

Line = MutableMapping[str, Any]


def init_logs(*, production: bool) -> None:
    """Send the desk's own lines and those of its libraries through the same cleaning to standard error.

    May be called any number of times in one process.
    """
    own: list[Processor] = [structlog.contextvars.merge_contextvars, structlog.stdlib.add_log_level, _add_time, _clean]
    structlog.configure(
        processors=[*own, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(_StandardError())
    handler.set_name("desk")
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_name_only_error, *own],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _renderer(production=production)],
        )
    )
    for theirs in logging.getLogger(SERVER).handlers:
        theirs.setFormatter(handler.formatter)
    root = logging.getLogger()
    for known in [known for known in root.handlers if known.get_name() == "desk"]:
        root.removeHandler(known)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    for name in OWN:
        logging.getLogger(name).setLevel(logging.INFO)


def masked(text: str) -> str:
    """Return a text fit for a log: secrets and addresses masked, control characters written out, cut at 300."""
    text = ADDRESS.sub("[address]", TOKEN.sub("[secret]", text))
    text = HIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


class _StandardError:
    """Whatever standard error is when a line is written: servers and tests replace it."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def _renderer(*, production: bool) -> Processor:
    if production:
        return structlog.processors.JSONRenderer(ensure_ascii=False, sort_keys=True)
    return structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0)


def _add_time(_logger: Any, _method: str, line: Line) -> Line:
    line["at"] = clock.now().isoformat(timespec="milliseconds")
    return line


def _clean(_logger: Any, _method: str, line: Line) -> Line:
    return {str(name): _cleaned(value) for name, value in line.items()}


def _cleaned(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, dict):
        return {masked(str(name)): _cleaned(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(inner) for inner in value]
    return masked(str(value))


def _name_only_error(_logger: Any, _method: str, line: Line) -> Line:
    """Keep of a library's exception its kind and place: its text and its local values may quote a person."""
    error = line.pop("exc_info", None)
    line.pop("stack_info", None)
    record = line.get("_record")
    if isinstance(record, logging.LogRecord):
        line["logger"] = record.name
        if record.name == SERVER:
            line["event"] = _unquoted(record)
        error = error or record.exc_info
    if isinstance(error, tuple) and error[0] is not None:
        line["error"], line["where"] = error[0].__name__, place_of(error[2])
    return line


def _unquoted(record: logging.LogRecord) -> str:
    """Return what the web server says without what it quotes: a stranger's address, path or header."""
    if not isinstance(record.msg, str):
        return type(record.msg).__name__
    return record.msg.split(" from ip=", 1)[0]


def place_of(trace: TracebackType | None) -> str:
    """Return the file and line where an error was raised, without the folder."""
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}" if trace else ""
