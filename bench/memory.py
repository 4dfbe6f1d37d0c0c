"""What a web process and a worker hold in memory at rest, after they have done some work."""

import sys
import time
from collections.abc import Iterator, Mapping

from bench.clients import Connection
from bench.figures import Figure
from bench.form import send_request
from bench.processes import ROOT, child, children_of, gunicorn, memory_of
from tests.services.valkey import RedisServer

MOST_MIB = 120.0


def measure_memory(name: str, environ: Mapping[str, str]) -> Iterator[Figure]:
    """Measure the web's workers after fifty requests sent, and the worker after it has come up."""
    with gunicorn("desk.app:create_app()", environ, "/healthz") as (port, master):
        line = Connection(port)
        for _ in range(50):
            send_request(line)
        time.sleep(2)
        sizes = [memory_of(pid) for pid in children_of(master)]
    yield Figure(name, "memory of a web process (resident)", max(size[0] for size in sizes), "MiB", most=MOST_MIB)
    yield Figure(name, "memory of a web process (its share)", max(size[1] for size in sizes), "MiB")
    server = RedisServer()
    server.start()
    try:
        with child([sys.executable, str(ROOT / "worker.py")], {**environ, "REDIS_URL": server.url}) as worker:
            time.sleep(6)
            resident, share = memory_of(worker.pid)
    finally:
        server.remove()
    yield Figure(name, "memory of the worker (resident)", resident, "MiB", most=MOST_MIB)
    yield Figure(name, "memory of the worker (its share)", share, "MiB")
