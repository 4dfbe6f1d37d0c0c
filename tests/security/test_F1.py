"""F1: a full disk is answered 503 and nothing is called received; what was typed stays, and somebody is told."""

import errno
import io
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
from flask import Flask
from rq import Queue
from rq.registry import FailedJobRegistry
from rq.serializers import JSONSerializer
from sqlalchemy import func, select

from desk.accounts.permissions import Role
from desk.app import create_app
from desk.attachments.models import Attachment
from desk.attachments.storage import storage_dir
from desk.config import read_config
from desk.db import db
from desk.events.alerts import list_open_alerts
from desk.queue import QUEUE_NAME
from desk.tickets.models import Message, Ticket
from desk.vault.seal import new_token
from tests.cases import open_one
from tests.people import PASSWORD, hire, try_sign_in
from tests.services.disk import LimitedFiles, SmallDisk, limit_files
from tests.services.valkey import RedisServer
from tests.waiting import wait_until
from tests.web.pages import form_in, send
from tests.web.public.people import enter, open_case, post
from tests.web.public.test_request_form import CONTACT, CONTENT, PNG, walk
from tests.web.server import Served, served
from tests.web.wire import Wire

ROOT = Path(__file__).parents[2]
FILLS = """
import json, resource, signal, sys
from pathlib import Path
from desk.app import create_app
from desk.events import trouble
from tests.web.api.calls import GOOD, call
trouble.AGAIN_S = 0.0
app = create_app()
client = app.test_client()
first = call(client, GOOD).status_code
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
folder = app.extensions["config"].data_dir
most = max(path.stat().st_size for path in folder.glob("desk.sqlite3*"))
resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
later = []
for _time in range(60):
    later.append(call(client, GOOD | {"body": "x" * 9000}).status_code)
ready = client.get("/readyz").status_code
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
client.get("/healthz")
print(json.dumps([first, later, ready]))
"""


def test_it_never_says_received_when_the_disk_is_full(tmp_path: Path) -> None:
    environ = os.environ | {"DESK_DATA_DIR": f"{tmp_path}/var", "DESK_LIMITS": "off"}
    done = subprocess.run([sys.executable, "-c", FILLS], env=environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    first, later, ready = json.loads(done.stdout.splitlines()[-1])
    assert first == 201
    assert set(later) <= {201, 503}
    assert later[-1] == 503
    assert ready == 503
    app = create_app(read_config({"DESK_DATA_DIR": f"{tmp_path}/var"}))
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Ticket)) == 1 + later.count(201)
        assert [alert.kind for alert in list_open_alerts()] == ["disk_full"]


def test_it_answers_503_for_a_disk_without_room(app: Flask) -> None:
    def full() -> str:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    app.view_functions["public.landing"] = full
    assert app.test_client().get("/").status_code == 503
    with app.app_context():
        assert [alert.kind for alert in list_open_alerts()] == ["disk_full"]


TICKS = """
import resource
from desk.app import create_app
from desk.events import trouble
from desk.schedule import Periodic, Ticker
from tests.cases import open_one
trouble.AGAIN_S = 0.0
app = create_app()
with app.app_context():
    open_one()
ticker = Ticker(app, (Periodic("figures", 1),))
for second, room in enumerate((4096, resource.RLIM_INFINITY)):
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
    ticker.tick(10.0 * second)
"""


def alerts(folder: Path) -> list[str]:
    """Name the open alerts of a desk."""
    with create_app(read_config({"DESK_DATA_DIR": str(folder)})).app_context():
        return [alert.kind for alert in list_open_alerts()]


def test_the_clock_alerts_once_there_is_room(tmp_path: Path) -> None:
    environ = os.environ | {"DESK_DATA_DIR": f"{tmp_path}/var"}
    done = subprocess.run([sys.executable, "-c", TICKS], env=environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stderr.count("clock.job_failed") == 1, done.stderr
    assert alerts(tmp_path / "var") == ["disk_full"]


def test_the_worker_alerts_once_there_is_room(tmp_path: Path, redis_server: RedisServer) -> None:
    folder = tmp_path / "var"
    with create_app(read_config({"DESK_DATA_DIR": str(folder)})).app_context():
        open_one()
        db.session.remove()
        db.engine.dispose()
    environ = os.environ | {"DESK_DATA_DIR": str(folder), "REDIS_URL": redis_server.url}
    worker = subprocess.Popen([sys.executable, "worker.py"], cwd=ROOT, env=environ, stderr=subprocess.DEVNULL)
    client = redis.Redis.from_url(redis_server.url)
    queue = Queue(QUEUE_NAME, connection=client, serializer=JSONSerializer)
    failed = FailedJobRegistry(queue=queue)
    try:
        queue.enqueue("desk.jobs.index", 0)
        wait_until(lambda: queue.count == 0, "the queue is empty")
        limit_files(worker.pid, 4096)
        queue.enqueue("desk.jobs.figures", 0)
        wait_until(lambda: failed.count == 1, "a job has failed")
        limit_files(worker.pid, resource.RLIM_INFINITY)

        def are_alerted() -> bool:
            queue.enqueue("desk.jobs.figures", 0)  # the worker tries to tell of its trouble after a job
            wait_until(lambda: queue.count == 0, "the queue is empty")
            return alerts(folder) == ["disk_full"]

        wait_until(are_alerted, "staff are alerted")
        assert failed.count == 1
    finally:
        worker.send_signal(signal.SIGTERM)
        worker.wait(60)
        client.close()


ROOMY, FILE = 2 * 2**20, PNG + os.urandom(3 * 2**20)
"""Room for rows and not for this file."""


DISKS = ("a full disk", "a limit on files") if SmallDisk.is_granted() else ("a limit on files",)
"""Where nobody may mount a disk, the limit on files has to prove it alone."""


@pytest.fixture(params=DISKS)
def disk(request: pytest.FixtureRequest, environ: dict[str, str]) -> SmallDisk | LimitedFiles:
    """What the desk keeps its files on, and on SQLite its rows."""
    folder = Path(environ["DESK_DATA_DIR"])
    return LimitedFiles(folder) if request.param == "a limit on files" else SmallDisk(folder)


@contextmanager
def looking_in(environ: dict[str, str], disk: SmallDisk | LimitedFiles, desk: Served) -> Iterator[Path]:
    """Open a copy of the rows and files of a running desk that has nothing to do; yield the folder of files."""
    with tempfile.TemporaryDirectory() as place:
        copy = disk.copy(desk, Path(place) / "var")
        app = create_app(read_config(environ | {"DESK_DATA_DIR": str(copy)}))
        with app.app_context():
            yield storage_dir()
            db.session.remove()
            db.engine.dispose()


def files_and_rows(folder: Path) -> tuple[set[str], set[str]]:
    """Return the names of what lies in the folder of files, and of what rows name there."""
    return {path.name for path in folder.rglob("*") if path.is_file()}, set(db.session.scalars(select(Attachment.blob)))


def answers_until_told(environ: dict[str, str], disk: SmallDisk | LimitedFiles, desk: Served) -> list[str]:
    """Have every worker answer until the alert is there; return the kinds of the alerts."""
    found: list[str] = []

    def is_told() -> bool:
        for _ in range(8):
            Wire(desk.url).get("/healthz")
        with looking_in(environ, disk, desk):
            found[:] = [alert.kind for alert in list_open_alerts()]
        return bool(found)

    wait_until(is_told, "the alert is there")
    return found


def test_a_file_that_finds_no_room_is_told_and_the_text_stays(
    environ: dict[str, str], disk: SmallDisk | LimitedFiles
) -> None:
    with served(environ, within=disk.within()) as desk:
        client = Wire(desk.url)
        page = client.get("/requests/new?kind=K40")
        disk.fill(desk, ROOMY)
        refused = send(client, form_in(page), **CONTENT, about="会員番号", uploads=[(io.BytesIO(FILE), "証拠.png")])
        assert refused.status_code == 503
        assert "いま、ファイルをお預かりできません" in refused.text
        kept = form_in(refused).fields
        assert (kept["body"], kept["about"]) == (CONTENT["body"], "会員番号")
        assert "証拠.png" not in refused.text
        assert answers_until_told(environ, disk, desk) == ["disk_full"]
        with looking_in(environ, disk, desk) as folder:
            assert files_and_rows(folder) == (set(), set())
            assert db.session.scalar(select(func.count()).select_from(Ticket)) == 0
        disk.free(desk)
        contact = send(client, form_in(refused), uploads=[(io.BytesIO(FILE), "証拠.png")])
        review = send(client, form_in(contact), **CONTACT)
        assert "証拠.png" in review.text
        assert send(client, form_in(review)).status_code == 303
        with looking_in(environ, disk, desk) as folder:
            files, rows = files_and_rows(folder)
            assert files == rows
            assert len(rows) == 1
            assert db.session.scalar(select(func.count()).select_from(Ticket)) == 1


def test_a_message_with_a_file_that_finds_no_room_stays_too(
    environ: dict[str, str], disk: SmallDisk | LimitedFiles
) -> None:
    app = create_app(read_config(environ))
    case = open_case(app)
    hire(app, Role.AGENT)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    with served(environ, within=disk.within()) as desk:
        person, staff = Wire(desk.url), Wire(desk.url)
        assert try_sign_in(staff, "agent@desk.example", PASSWORD)[0] == 303
        enter(person, case.token)
        disk.fill(desk, ROOMY)
        added = {"text": "追加の証拠です", "nonce": new_token(), "uploads": (io.BytesIO(FILE), "a.png")}
        told = post(person, "/s/messages", **added)
        assert told.status_code == 503
        assert form_in(told, "/s/messages").fields["text"] == "追加の証拠です"
        answer = form_in(staff.get(f"/staff/tickets/{case.ref}"), "/answer")
        files = {"answer-text": "回答書です", "answer-files": (io.BytesIO(FILE), "a.png")}
        refused = send(staff, answer, **files, step="send")
        assert refused.status_code == 503
        assert form_in(refused, "/answer").fields["answer-text"] == "回答書です"
        assert answers_until_told(environ, disk, desk) == ["disk_full"]
        with looking_in(environ, disk, desk) as folder:
            assert files_and_rows(folder) == (set(), set())
            assert db.session.scalar(select(func.count()).select_from(Message)) == 1


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("disk", DISKS[:1], indirect=True)
def test_rows_that_find_no_room_are_never_called_received(
    environ: dict[str, str], disk: SmallDisk | LimitedFiles
) -> None:
    with served(environ, within=disk.within()) as desk:
        client = Wire(desk.url)
        review = form_in(walk(client))
        disk.fill(desk)
        for _ in range(3):
            refused = send(client, review)
            assert refused.status_code == 503
            assert "まだ受け付けていません" in refused.text
        assert client.get("/requests/receipt").status_code == 303
        disk.free(desk)
        assert answers_until_told(environ, disk, desk) == ["disk_full"]
        with looking_in(environ, disk, desk):
            assert db.session.scalar(select(func.count()).select_from(Ticket)) == 0
        assert send(client, review).status_code == 303
        assert client.get("/requests/receipt").status_code == 200
