"""Where pytest finds the fixtures: the real services here, the application's in `tests/fixtures.py`."""

import gc
import os
import sys
import threading
from collections.abc import Generator
from importlib import import_module
from pkgutil import walk_packages
from threading import local
from types import FunctionType, ModuleType
from typing import Any

import pytest

import desk

pytest_plugins = [
    "tests.moment",
    "tests.kept",
    "tests.chance",
    "tests.again",
    "tests.services.fixtures",
    "tests.fixtures",
    "tests.mail.fixtures",
    "tests.web.look",
]

assert desk.__doc__, "loaded first, it forbids all processes of a desk to write bytecode"
sys.dont_write_bytecode = False
"""The tests' own may be written: no disk of theirs fills up."""

LONGEST = (
    "test_look_staff.py",
    "test_every_kind.py",
    "test_look_public.py",
    "test_keyboard_staff.py",
    "test_main_path.py",
    "test_Z4.py",
    "test_W4.py",
    "test_chaos.py",
)
"""What takes a minute or more: begun first, so that one process does not sit with it when the others are done."""


IN_REAL_TIME = {"browser", "dovecot", "plain_dovecot"}
"""What has a clock of its own that no test moves: a mail server dates nothing later than its own day."""


PROCESSES = {"subprocess", "tests.web.server", "tests.web.production", "tests.services.imap"}
"""Where real processes, and peers that keep one waiting, come from."""


def _starts_processes(item: pytest.Item) -> bool:
    """Tell whether a test's module takes its real time: what it is about then has nothing to do with rows and dates."""
    for value in vars(item.module).values() if isinstance(item, pytest.Function) else ():
        if isinstance(value, ModuleType) and value.__name__ in PROCESSES:
            return True
        if isinstance(value, type | FunctionType) and value.__module__ in PROCESSES:
            return True
    return False


def pytest_configure(config: pytest.Config) -> None:
    """Name the mark."""
    config.addinivalue_line("markers", "sqlite: on that database (set by itself)")
    config.addinivalue_line(
        "markers", "dateless: what it says has nothing to do with dates, so that one moment is enough in `make test`"
    )
    config.addinivalue_line(
        "markers",
        "rows: meets a database, no browser, mailbox or real process (set by itself); `make test-days` repeats it",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of rows, and put the longest files first; the rest keep their order."""
    for item in items:
        names = set(getattr(item, "fixturenames", ()))
        if "database" in names and not names & IN_REAL_TIME and not _starts_processes(item):
            item.add_marker(pytest.mark.rows)
        if (
            isinstance(item, pytest.Function)
            and hasattr(item, "callspec")
            and item.callspec.params.get("database") == "sqlite"
        ):
            item.add_marker(pytest.mark.sqlite)
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))


def pytest_collection_finish() -> None:
    """Load the whole desk while that is measured, since the first test may not be.

    And look for garbage less often: there is always plenty, and each look at what the tests keep anyway takes its time.
    """
    for module in walk_packages(desk.__path__, "desk."):
        import_module(module.name)
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Measure what a test covers on SQLite alone: on PostgreSQL it walks the same lines, and measuring takes a third of its time.

    Nor are the longest tests measured, which walk over every page once more. What is measured can only become less by
    this, so the limit holds all the more.
    """
    if item.path.name not in LONGEST and not _is_on_postgresql(item):
        return (yield)
    _pause_tracing()
    try:
        return (yield)
    finally:
        _resume_tracing()


def _is_on_postgresql(item: pytest.Item) -> bool:
    params = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    return params.get("database") == "postgresql"


_paused = local()


def _pause_tracing() -> None:
    """Stop measuring in this thread, and in those that it starts from now on."""
    _paused.tracers = [*getattr(_paused, "tracers", ()), (sys.gettrace(), threading.gettrace())]
    sys.settrace(None)
    _trace_threads(None)


def _resume_tracing() -> None:
    here, in_threads = _paused.tracers.pop()
    sys.settrace(here)
    _trace_threads(in_threads)


def _trace_threads(tracer: Any) -> None:
    threading.settrace(tracer)


# What measures coverage takes a lock at every call. Another thread may hold it just when a process is forked, and then
# the child, which has that lock but not that thread, waits for it for ever: seen once, as a run that never ended.
os.register_at_fork(before=_pause_tracing, after_in_parent=_resume_tracing)
