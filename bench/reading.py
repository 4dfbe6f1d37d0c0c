"""How long staff wait for a page, one client, through gunicorn: the queue and its filters, a ticket, search, figures."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from bench.clients import Answer, Connection, times
from bench.figures import Figure, Goal
from bench.processes import Place, gunicorn
from desk import clock
from desk.accounts.models import Staff
from desk.accounts.permissions import Role
from desk.accounts.sessions import begin_session
from desk.app import create_app
from desk.config import read_config
from desk.db import db, new_id
from desk.tickets.models import Ticket
from desk.transaction import transaction

VISITS = 200
SMALL = 10_000
"""How many tickets the small database holds."""
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


@dataclass(frozen=True, slots=True)
class Times:
    """How long one page took, in milliseconds, beside those that were visited in turn with it."""

    median: float
    late: float
    """The 95th percentile."""
    limit: float
    """The median of a page of as many bytes of the minimal program."""
    small: float | None = None
    """The 95th percentile of the same page over the small database."""


def measure_reading(place: Place, small: Place) -> dict[str, Times]:
    """Return the times of each page; the queue's pages are visited in turn over the small database too."""
    token, ref, email = _prepare(place.environ)
    small_token = _prepare(small.environ)[0]
    with (
        gunicorn("desk.app:create_app()", place.environ, "/healthz") as (port, _),
        gunicorn("desk.app:create_app()", small.environ, "/healthz") as (small_port, _),
        gunicorn("bench.minimal:app", {"BENCH_CONNINFO": place.minimal}, "/") as (bare_port, _),
    ):
        line, bare = Connection(port, {"staff": token}), Connection(bare_port)
        beside = Connection(small_port, {"staff": small_token})
        found = {}
        for page, query in QUEUE.items():
            acts = [partial(_get, one, f"/staff/?{query}") for one in (line, beside)]
            found[page] = _visit(bare, *acts)
        for page, act in _other_pages(line, ref, email).items():
            found[page] = _visit(bare, act)
    return found


def _visit(bare: Connection, act: Callable[[], Answer], *others: Callable[[], Answer]) -> Times:
    length = len(act().body.encode()) or 1
    ours, limit, *rest = times([act, partial(_get, bare, f"/page/{length}"), *others], VISITS)
    return Times(*ours, limit[0], rest[0][1] if rest else None)


def _other_pages(line: Connection, ref: str, email: str) -> dict[str, Callable[[], Answer]]:
    proof = _token(line)
    return {
        "ticket page": partial(_get, line, f"/staff/tickets/{ref}"),
        "dashboard": partial(_get, line, "/manager/"),
        "look-up by reference": partial(_search, line, proof, ref),
        "look-up by e-mail": partial(_search, line, proof, email),
        "search, rare word": partial(_search, line, proof, "珊瑚礁"),
        "search, word in a tenth": partial(_search, line, proof, "領収書"),
    }


def figures_of(place: Place, tickets: int, found: dict[str, Times]) -> Iterator[Figure]:
    """Compare what was found with the goals; the queue's 95th percentile also with the small database's."""
    most = {"dashboard": 100.0, "search, rare word": 50.0, "search, word in a tenth": 100.0}
    shared = {"database": place.database, "unit": "ms", "n": VISITS, "tickets": tickets}
    for page, one in found.items():
        goal = Goal(most=most.get(page, 20.0))
        yield Figure(measure=f"{page}: median", ours=one.median, limit=one.limit, goal=goal, **shared)  # type: ignore[arg-type]
    for page, one in found.items():
        if one.small is not None:
            goal = Goal(most=1.5, of_ratio=True)
            name = f"{page}: 95th percentile against that at {SMALL:,} tickets"
            yield Figure(measure=name, ours=one.late, limit=one.small, goal=goal, **shared)  # type: ignore[arg-type]


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


def _get(line: Connection, path: str) -> Answer:
    answer = line.get(path)
    assert answer.status == 200, (path, answer.status)
    return answer


def _token(line: Connection) -> str:
    found = TOKEN.search(line.get("/staff/search").body)
    assert found is not None
    return found.group(1)


def _search(line: Connection, token: str, word: str) -> Answer:
    answer = line.post("/staff/search", {"csrf_token": token, "q": word})
    assert answer.status in {200, 303}, answer.status
    return answer
