"""How long staff wait for a page, one client, through gunicorn: the queue and its filters, a ticket, search, figures."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping

from bench.clients import Connection, times
from bench.figures import Figure
from bench.processes import gunicorn
from desk import clock
from desk.accounts.models import Staff
from desk.accounts.permissions import Role
from desk.accounts.sessions import begin_session
from desk.app import create_app
from desk.config import read_config
from desk.db import db, new_id
from desk.tickets.models import Ticket
from desk.transaction import transaction

VISITS = 60
QUEUE = {
    "queue": "",
    "queue, overdue": "view=overdue",
    "queue, waiting": "view=waiting",
    "queue, unassigned": "view=unassigned",
    "queue, mine": "view=mine",
    "queue, closed": "view=closed",
    "queue, one kind": "kind=D33",
    "queue, one state": "state=investigating",
    "queue, one population": "population=partner",
}
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def seed(environ: Mapping[str, str], tickets: int) -> dict[str, float]:
    """Fill a database with invented tickets by the command; return what it says."""
    command = [sys.executable, "-m", "desk", "seed", "--tickets", str(tickets)]
    done = subprocess.run(command, env=dict(environ), capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def measure_reading(environ: Mapping[str, str], *, small: bool = False) -> dict[str, tuple[float, float]]:
    """Return median and 95th percentile in milliseconds of each page; with `small` of the queue's pages only."""
    token, ref, email = _prepare(environ)
    with gunicorn("desk.app:create_app()", environ, "/healthz") as (port, _):
        line = Connection(port, {"staff": token})
        pages = {page: f"/staff/?{query}" for page, query in QUEUE.items()}
        if not small:
            pages |= {"ticket page": f"/staff/tickets/{ref}", "dashboard": "/manager/"}
        found = {page: times(lambda path=path: _get(line, path), VISITS) for page, path in pages.items()}  # type: ignore[misc]
        if not small:
            proof = _token(line)
            for page, word in {
                "look-up by reference": ref,
                "look-up by e-mail": email,
                "search, rare word": "珊瑚礁",
                "search, word in a tenth": "領収書",
            }.items():
                found[page] = times(lambda word=word: _search(line, proof, word), VISITS)  # type: ignore[misc]
    return found


def figures_of(
    name: str, found: dict[str, tuple[float, float]], small: dict[str, tuple[float, float]]
) -> Iterator[Figure]:
    """Compare what was found with the limits; the queue's 95th percentile also with the small database's."""
    most = {"dashboard": 100.0, "search, rare word": 50.0, "search, word in a tenth": 100.0}
    for page, (median, late) in found.items():
        yield Figure(name, f"{page}, median", median, "ms", most=most.get(page, 20.0))
        if page in small:
            yield Figure(name, f"{page}, 95th percentile against 10,000 tickets", late / small[page][1], "", most=1.5)


def _prepare(environ: Mapping[str, str]) -> tuple[str, str, str]:
    """Sign a manager in; return the session, an open ticket's reference and an e-mail that stands in a ticket."""
    app = create_app(read_config(environ))
    with app.app_context():
        with transaction():
            staff_id = new_id()
            values = {"email": f"bench{staff_id}@desk.example", "name": "計測", "role": Role.MANAGER, "is_active": True}
            db.session.add(Staff(id=staff_id, language="ja", created_at=clock.now(), **values))
            db.session.flush()
            token = begin_session(staff_id, clock.now())
        ref = db.session.query(Ticket.ref).filter(Ticket.closed_at.is_(None)).order_by(Ticket.id.desc()).first()
        db.session.remove()
        db.engine.dispose()
    assert ref is not None
    return token, ref[0], "taro.yamada@example.jp"


def _get(line: Connection, path: str) -> None:
    answer = line.get(path)
    assert answer.status == 200, (path, answer.status)


def _token(line: Connection) -> str:
    found = TOKEN.search(line.get("/staff/search").body)
    assert found is not None
    return found.group(1)


def _search(line: Connection, token: str, word: str) -> None:
    answer = line.post("/staff/search", {"csrf_token": token, "q": word})
    assert answer.status in {200, 303}, answer.status
