"""F1: a full disk is answered 503 by the API and nothing is called received; the line in the log asks for somebody."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select

from desk.app import create_app
from desk.config import read_config
from desk.db import db
from desk.events.alerts import list_open_alerts
from desk.tickets.models import Ticket

FILLS = """
import json, resource, signal, sys, time
from pathlib import Path
from desk.app import create_app
from tests.web.api.calls import GOOD, call
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
time.sleep(6)
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
