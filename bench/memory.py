"""What a web process and a worker hold in memory at rest, after they have done some work."""

import sys
import time
from collections.abc import Iterator

from bench.clients import Connection
from bench.figures import Figure, Goal
from bench.form import send_minimal, send_request
from bench.processes import ROOT, Place, child, children_of, gunicorn, memory_of
from tests.services.valkey import RedisServer

MOST = Goal(most=120.0)
REQUESTS = 50


def measure_memory(place: Place) -> Iterator[Figure]:
    """Measure the web's workers after fifty requests sent, and the worker after it has come up.

    The limit is a process of the minimal program after as many requests. `(its share)` counts what two processes
    have in common half for each.
    """
    with gunicorn("bench.minimal:app", {"BENCH_CONNINFO": place.minimal}, "/") as (port, master):
        line = Connection(port)
        for _ in range(REQUESTS):
            send_minimal(line)
        limit = _largest(master)
    with gunicorn("desk.app:create_app()", place.environ, "/healthz") as (port, master):
        line = Connection(port)
        for _ in range(REQUESTS):
            send_request(line)
        time.sleep(2)
        web = _largest(master)
    server = RedisServer()
    server.start()
    try:
        with child([sys.executable, str(ROOT / "worker.py")], {**place.environ, "REDIS_URL": server.url}) as process:
            time.sleep(6)
            worker = memory_of(process.pid)
    finally:
        server.remove()
    for name, measured in (("a web process", web), ("the worker", worker)):
        for number, (what, goal) in enumerate((("resident", MOST), ("its share", None))):
            yield Figure(
                measure=f"memory of {name} ({what})",
                database=place.database,
                ours=measured[number],
                limit=limit[number],
                unit="MiB",
                n=1,
                tickets=0,
                goal=goal,
            )


def _largest(master: int) -> tuple[float, float]:
    return max(memory_of(pid) for pid in children_of(master))
