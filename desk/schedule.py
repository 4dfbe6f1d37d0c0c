"""When work is due: the table of periodic jobs, the small clock that rings them, and the sweep that does all at once.

The clock also works while Redis is away: then it does the work in its own process, the mail under the sender's lock.
"""

import signal
import threading
import time
from dataclasses import dataclass
from datetime import timedelta
from types import FrameType

import click
import structlog
from flask import Flask, current_app

from desk import clock, jobs
from desk.events import trouble
from desk.mail import sender
from desk.queue import bell

log = structlog.get_logger()

LATE = timedelta(seconds=20)
"""Mail that nobody took for so long is sent by the clock itself: the worker is stuck, or the ring was lost."""


@dataclass(frozen=True, slots=True)
class Periodic:
    """A job and how often it is due, in seconds."""

    job: str
    every_s: int


TABLE = (
    Periodic("deliver", 10),
    Periodic("fetch", 60),
    Periodic("ingest", 10),
    Periodic("index", 15),
    Periodic("wipe", 3600),
    Periodic("links", 30),
    Periodic("purge", 3600),
    Periodic("watch", 60),
    Periodic("figures", 60),
    Periodic("calendar", 3600),
    Periodic("register", 3600),
    Periodic("notices", 60),
    Periodic("reconcile", 24 * 3600),
)


SWEEP = (*(periodic.job for periodic in TABLE), "deliver", "figures")
"""What one sweep does, in this order: some jobs post mail, and mail that was sent changes figures."""


class Ticker:
    """The clock's hands: which job was last rung when, and whether to stop."""

    def __init__(self, app: Flask, table: tuple[Periodic, ...] = TABLE) -> None:
        self.app, self.table = app, table
        self.stopped = threading.Event()
        self.due_at = {periodic.job: 0.0 for periodic in table}

    def run(self) -> None:
        """Tick until stopped."""
        while not self.stopped.is_set():
            self.tick(time.monotonic())
            self.stopped.wait(max(0.1, min(self.due_at.values()) - time.monotonic()))

    def tick(self, now: float) -> None:
        """Ring every job that is due at `now` (monotonic seconds); what goes wrong is logged and tried again later."""
        for periodic in self.table:
            if now >= self.due_at[periodic.job] and not self.stopped.is_set():
                self.due_at[periodic.job] = now + periodic.every_s
                self._do(periodic.job)

    def _do(self, job: str) -> None:
        with self.app.app_context():
            try:
                if not bell().ring(job):
                    self._work(job)
                elif job == "deliver" and sender.is_late(clock.now() - LATE):
                    log.warning("clock.mail_late")
                    self._work(job)
            except Exception as error:  # noqa: BLE001 - the clock must outlive every job; the type says enough
                trouble.note_error(error)
                log.error("clock.job_failed", job=job, error=type(error).__name__)
            trouble.tell()

    def _work(self, job: str) -> None:
        if job == "deliver":
            sender.drain(lambda: not self.stopped.is_set())
        else:
            getattr(jobs, job)()

    def stop(self, _signal: int, _frame: FrameType | None) -> None:
        """Stop after the mail that is being sent now."""
        self.stopped.set()


@click.command("clock")
def clock_command() -> None:
    """Ring what is due, again and again, until stopped."""
    ticker = Ticker(current_app._get_current_object())  # type: ignore[attr-defined]  # noqa: SLF001 - Flask's own way to the application
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ticker.stop)
    ticker.run()


@click.command()
def sweep() -> None:
    """Do everything time-driven, once, in this process, until nothing is left."""
    failed = {}
    for job in SWEEP:
        try:
            _work_off(job)
        except Exception as error:  # noqa: BLE001 - one job's failure must not keep the others from their turn
            trouble.note_error(error)
            failed[job] = type(error).__name__
    trouble.tell()
    if failed:
        raise click.ClickException("some part failed: " + ", ".join(f"{job} ({name})" for job, name in failed.items()))


def _work_off(job: str) -> None:
    """Do a job to its end; a sender stops after a while, because elsewhere its next run is rung for."""
    if job == "deliver":
        while sender.drain().more:
            continue
    else:
        getattr(jobs, job)()
