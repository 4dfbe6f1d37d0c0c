"""Q1: whoever can write to Redis can enqueue any importable function; the worker runs the desk's own jobs only.

It tells staff when there was anything else.
"""

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from rq import Callback, Queue, Webhook
from rq.job import Job
from rq.serializers import JSONSerializer

from desk.app import create_app
from desk.config import read_config
from desk.events.alerts import list_open_alerts
from desk.queue import QUEUE_NAME
from tests.canaries import assert_absent
from tests.services.valkey import RedisServer
from tests.waiting import wait_until

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def worker(tmp_path: Path, redis_server: RedisServer) -> Iterator[subprocess.Popen[bytes]]:
    """A real worker on a desk of its own, with its log in `worker.log`."""
    environ = os.environ | {"DESK_DATA_DIR": str(tmp_path / "var"), "REDIS_URL": redis_server.url}
    with (tmp_path / "worker.log").open("wb") as out:
        process = subprocess.Popen([sys.executable, "worker.py"], cwd=ROOT, env=environ, stdout=out, stderr=out)
    yield process
    process.send_signal(signal.SIGTERM)
    process.wait(60)


def empty(client: redis.Redis) -> None:
    """Wait until the worker has taken whatever is queued, and waits for more."""
    idle = "the worker has taken everything and is idle"
    wait_until(lambda: not client.llen(f"rq:queue:{QUEUE_NAME}") and b"idle" in states(client), idle)


def states(client: redis.Redis) -> set[bytes | None]:
    """Return what the workers say that they do."""
    return {client.hget(key, "state") for key in client.smembers("rq:workers")}


def test_it_runs_nothing_that_a_stranger_enqueued(
    worker: subprocess.Popen[bytes], redis_server: RedisServer, tmp_path: Path
) -> None:
    client = redis.Redis.from_url(redis_server.url)
    queue = Queue(QUEUE_NAME, connection=client, serializer=JSONSerializer)
    proof = tmp_path / "owned"
    secret = "canary-4711"
    queue.enqueue("os.system", f"touch {proof} # {secret}")
    queue.enqueue("subprocess.check_call", ["touch", str(proof)])
    queue.enqueue("desk.jobs.deliver", f"touch {proof} # {secret}")
    queue.enqueue("desk.jobs.deliver", 1, 2)
    queue.enqueue("desk.jobs.deliver", True)
    queue.enqueue("desk.jobs.deliver", kwargs={"_row_id": 1})
    queue.enqueue("desk.jobs.custody.wipe", 0)
    queue.enqueue("desk.jobs.deliver", 0, on_success=Callback("os.system"))
    queue.enqueue("desk.jobs.deliver", 0, on_failure=Callback("os.system"))
    queue.enqueue("desk.jobs.deliver", 0, webhooks=[Webhook(url="http://127.0.0.1:9/", job_status="finished")])
    Queue(QUEUE_NAME, connection=client).enqueue("os.system", f"touch {proof}")  # a pickle, as by default
    bad = Job.create("desk.jobs.deliver", connection=client, serializer=JSONSerializer)
    bad.save()
    client.hset(bad.key, "data", pickle.dumps(("os.system", None, (f"touch {proof}",), {})))
    client.rpush(queue.key, bad.id)
    empty(client)
    log = (tmp_path / "worker.log").read_text()
    assert not proof.exists()
    assert log.count("queue.foreign_job_dropped") == 12
    assert_absent(secret, log)
    assert worker.poll() is None
    with create_app(read_config({"DESK_DATA_DIR": str(tmp_path / "var")})).app_context():
        assert [alert.kind for alert in list_open_alerts()] == ["foreign_job"]
    queue.enqueue("desk.jobs.deliver", 0)
    empty(client)
    assert worker.poll() is None
    assert "Traceback" not in (tmp_path / "worker.log").read_text()
