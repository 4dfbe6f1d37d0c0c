"""How many requests a second people can send, against the minimal program on the same database server.

One operation is the same for both: get the page, then send what was written.
"""

import re
from collections.abc import Iterator
from statistics import median

from bench.clients import Connection, rate
from bench.figures import Figure, Goal
from bench.processes import Place, gunicorn

CLIENTS = 8
SECONDS = 6.0
ROUNDS = 3
HIDDEN = re.compile(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)">')
BODY = "配信を止めたのに、まだ広告のメールが届きます。至急止めてください。" * 4
ANSWERS = {"population": "user", "body": BODY, "acts": "self", "name": "山田 花子", "step": "review"}
_numbers = iter(range(10**9))


def measure_form(place: Place) -> Iterator[Figure]:
    """Measure the desk and the minimal program in turn."""
    ours, limits = list[float](), list[float]()
    with (
        gunicorn("desk.app:create_app()", place.environ, "/healthz") as (port, _),
        gunicorn("bench.minimal:app", {"BENCH_CONNINFO": place.minimal}, "/") as (other, _),
    ):
        for line, act in ((port, send_request), (other, send_minimal)):
            rate(act, line, CLIENTS, 2)
        for _ in range(ROUNDS):
            limits.append(rate(send_minimal, other, CLIENTS, SECONDS))
            ours.append(rate(send_request, port, CLIENTS, SECONDS))
    yield Figure(
        measure="form: page and sending, eight clients",
        database=place.database,
        ours=median(ours),
        limit=median(limits),
        unit="/s",
        n=int(sum(ours) * SECONDS),
        tickets=0,
        goal=Goal(least=0.15, of_ratio=True) if place.database == "postgresql" else None,
    )


def send_request(line: Connection) -> None:
    """One operation: get the form, send it."""
    line.cookies.clear()
    page = line.get("/requests/new?kind=K40")
    assert page.status == 200, page.status
    email = {"email": f"person{next(_numbers)}@example.jp"}
    answer = line.post("/requests/new", dict(HIDDEN.findall(page.body)) | {"kind": "K40"} | ANSWERS | email)
    assert answer.status == 303, (answer.status, answer.body)


def send_minimal(line: Connection) -> None:
    """One operation of the minimal program: get its page, send the same words."""
    assert line.get("/").status == 200
    assert line.post("/", {"body": BODY}).status == 200
