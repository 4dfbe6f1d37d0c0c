"""What an answer costs, counted instead of timed: a neighbour on the machine cannot change it."""

import cProfile
import gc
import pstats
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from flask import Flask
from sqlalchemy import event

from desk.db import db

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Work(Generic[T]):
    """What was done for one answer."""

    answer: T
    statements: tuple[str, ...]
    """Each statement's act and table, in order."""
    passwords_hashed: int
    """How many passwords were hashed, the one thing that takes long by itself."""
    calls: int
    """How many functions were called in all."""


def count_work(app: Flask, act: Callable[[], T]) -> Work[T]:
    """Do something with an application, and count what it took."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(re.sub(r"\(.*", "", statement))

    with app.app_context():
        engine = db.engine
    profile = cProfile.Profile()
    event.listen(engine, "before_cursor_execute", note)
    gc.disable()  # what other tests have left to be cleared away is nobody's work here
    try:
        answer = profile.runcall(act)
    finally:
        gc.enable()
        event.remove(engine, "before_cursor_execute", note)
    stats = pstats.Stats(profile)
    hashed = sum(
        calls
        for (file, _line, name), (_own, calls, *_times) in stats.stats.items()  # type: ignore[attr-defined]
        if "argon2" in file and name in {"verify", "hash"}
    )
    return Work(answer, tuple(statements), hashed, stats.total_calls)  # type: ignore[attr-defined]
