"""The doorbell: the only module that knows RQ and Redis. Rows are the truth; a lost ring is forgiven by the sweep."""

import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from typing import Any

import redis
import structlog
from flask import Flask, current_app
from rq import Queue, Worker
from rq.executions import Execution
from rq.job import Job
from rq.serializers import JSONSerializer

log = structlog.get_logger()

TIMEOUT_S = 0.25
"""A web process never waits longer than this for Redis."""

QUIET_S = 5.0
"""After Redis failed to answer, how long nobody tries again."""

JOB_TIMEOUT_S = 900
"""Longer than one SMTP conversation can take, so that RQ never kills a sender in the middle of DATA."""

JOBS = (
    "deliver", "fetch", "ingest", "index", "links", "wipe", "purge", "watch", "figures", "calendar", "register", "notices",
    "reconcile",
)  # fmt: skip
"""Every job there is, by the name of its function in `desk.jobs`."""

QUEUE_NAME = "desk"

WORKER_TIMEOUT_S = 60
"""How long a worker waits for an answer of Redis; longer than it blocks for the next job."""

RETURN_S = 2
"""How often a worker knocks while Redis is away."""


class Bell:
    """One process's line to the queue."""

    def __init__(self, url: str | None) -> None:
        self.redis: redis.Redis | None = None
        self.queue: Queue | None = None
        self.quiet_until = 0.0
        if url is not None:
            self.redis = connect(url, timeout=TIMEOUT_S)
            self.queue = Queue(QUEUE_NAME, connection=self.redis, serializer=JSONSerializer)

    def ring(self, job: str, row_id: int = 0) -> bool:
        """Ask a worker to run `job`; return whether Redis took the wish. Never raises.

        Rings coalesce: while a job of that name waits, one more ring adds nothing, since the job reads rows.
        """
        if self.redis is None or self.queue is None or self.is_quiet:
            return False
        try:
            if self.redis.set(_mark(job), 1, nx=True, ex=60):
                self.queue.enqueue(
                    f"desk.jobs.{job}",
                    row_id,
                    job_timeout=JOB_TIMEOUT_S,
                    result_ttl=0,
                    failure_ttl=3600,
                    description=job,
                )
        except (redis.RedisError, OSError) as error:
            self.hush(error, job=job)
            return False
        return True

    @property
    def is_quiet(self) -> bool:
        """Tell whether Redis failed to answer a moment ago, so that nobody of this process asks it now."""
        return time.monotonic() < self.quiet_until

    def hush(self, error: Exception, **what: str) -> None:
        """Note that Redis failed to answer, whoever asked: a request then waits for it once, not once a question."""
        self.quiet_until = time.monotonic() + QUIET_S
        log.warning("queue.unreachable", error=type(error).__name__, **what)

    def answer(self, job: str) -> None:
        """Say that `job` has begun, so that the next ring is heard again."""
        if self.redis is not None:
            try:
                self.redis.delete(_mark(job))
            except (redis.RedisError, OSError) as error:
                log.warning("queue.unreachable", job=job, error=type(error).__name__)

    def is_up(self) -> bool:
        """Tell whether Redis answers now."""
        if self.redis is None:
            return False
        try:
            return bool(self.redis.ping())
        except (redis.RedisError, OSError):
            return False

    def waiting(self) -> int | None:
        """Return how many jobs wait, or None when Redis does not answer."""
        try:
            return self.queue.count if self.queue is not None else None
        except (redis.RedisError, OSError):
            return None


@dataclass(frozen=True, slots=True)
class Ears:
    """Who hears of what a worker meets; each is called inside an application context."""

    foreign: Callable[[], None]
    """A stranger's job was dropped."""
    failed: Callable[[BaseException], None]
    """A job raised; called in the work horse, which ends then."""
    done: Callable[[], None]
    """A job is over, however it ended; called in the worker itself."""


class DeskWorker(Worker):
    """An RQ worker that runs the desk's own jobs and nothing else.

    Whoever can write to Redis can enqueue any importable function; this class drops what is not one of `JOBS` with at
    most one whole number as its argument. Nothing of a stranger's job is logged: it may hold anything.
    """

    app: Flask
    ears: Ears
    max_connection_wait_time = 5
    """After an outage of Redis the worker is back within seconds, however long it lasted."""

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Hand one of our own jobs to a work horse; drop anything else and have staff told."""
        own = is_own(job)
        if own:
            super().execute_job(job, queue)
        else:
            log.error("queue.foreign_job_dropped", alert=True)
            job.delete(remove_from_queue=True)
        with self.app.app_context():
            if not own:
                self.ears.foreign()
            self.ears.done()

    def perform_job(self, job: Job, queue: Queue, execution: Execution) -> bool:
        """Run the job inside one application context."""
        with self.app.app_context():
            return bool(super().perform_job(job, queue, execution))

    def handle_exception(self, job: Job, *exc_info: Any) -> None:
        """Have what a job raised heard, then log it as RQ does."""
        self.ears.failed(exc_info[1])
        super().handle_exception(job, *exc_info)


def is_own(job: Job) -> bool:
    """Tell whether a job is one of the desk's: known name, at most one whole number, no object, callback or webhook."""
    try:
        name, args, kwargs, instance = job.func_name, job.args, job.kwargs, job.instance
    except Exception:  # noqa: BLE001 - whatever a stranger wrote there, it is not ours
        return False
    plain = isinstance(args, list | tuple) and len(args) <= 1 and all(type(arg) is int for arg in args)
    callbacks = (job._success_callback_name, job._failure_callback_name, job._stopped_callback_name)  # noqa: SLF001 - RQ has no other door to the names
    extras = (kwargs, instance, job.webhooks, *callbacks)
    return name in {f"desk.jobs.{job_name}" for job_name in JOBS} and plain and not any(extras)


def connect(url: str, *, timeout: float) -> redis.Redis:
    """Return a client that gives up after `timeout` seconds and never retries by itself."""
    return redis.Redis.from_url(
        url,
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
        retry=None,
        retry_on_error=[],
        health_check_interval=30,
    )


def init_queue(app: Flask, redis_url: str | None) -> None:
    """Give the application its bell."""
    app.extensions["bell"] = Bell(redis_url)


def bell() -> Bell:
    """Return the current application's bell."""
    found: Any = current_app.extensions["bell"]
    assert isinstance(found, Bell)  # noqa: S101 - tells the type checker what init_queue put there
    return found


def _mark(job: str) -> str:
    return f"desk:rung:{job}"


def run_worker(app: Flask, ears: Ears) -> int:
    """Run a worker until a signal stops it, and again whenever Redis comes back; return the exit code."""
    line = bell_of(app)
    if line.queue is None or line.redis is None:
        log.error("worker.no_redis_url")
        return 2
    DeskWorker.app, DeskWorker.ears = app, ears
    _leave_when_told()
    while not _work(app.extensions["config"].redis_url):
        _leave_when_told()
        time.sleep(RETURN_S)
    return 0


def _leave_when_told() -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)


def _work(redis_url: str) -> bool:
    """Work until told to stop (True) or until Redis is away (False)."""
    connection = connect(redis_url, timeout=WORKER_TIMEOUT_S)
    worker: DeskWorker | None = None
    try:
        worker = DeskWorker(
            [Queue(QUEUE_NAME, connection=connection, serializer=JSONSerializer)],
            connection=connection,
            serializer=JSONSerializer,
            worker_ttl=30,
            maintenance_interval=10,
            log_job_description=False,
        )
        worker.work(with_scheduler=False, logging_level="ERROR")
    except (redis.RedisError, OSError) as error:
        # also where a worker that was told to stop says good-bye to a Redis that is not there
        log.warning("worker.redis_away", error=type(error).__name__)
    return worker is not None and worker._shutdown_requested_date is not None  # noqa: SLF001 - RQ returns in the same way when Redis hangs


def _leave(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)


def bell_of(app: Flask) -> Bell:
    """Return an application's bell."""
    with app.app_context():
        return bell()
