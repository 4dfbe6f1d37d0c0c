"""How many requests a second people can send, against the minimal program on the same database server."""

import re
from collections.abc import Iterator, Mapping
from statistics import median

import psycopg

from bench.clients import Connection, rate
from bench.figures import Figure
from bench.processes import gunicorn

CLIENTS = 8
SECONDS = 6.0
ROUNDS = 3
HIDDEN = re.compile(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)">')
BODY = "配信を止めたのに、まだ広告のメールが届きます。至急止めてください。" * 4
ANSWERS = {"population": "user", "body": BODY, "acts": "self", "name": "山田 花子", "step": "review"}
_numbers = iter(range(10**9))


def measure_form(name: str, environ: Mapping[str, str], conninfo: str | None) -> Iterator[Figure]:
    """Measure on one database; with `conninfo` also the minimal program there, in turn, and the ratio."""
    desk_rates, minimal_rates = [], []
    with gunicorn("desk.app:create_app()", environ, "/healthz") as (port, _):
        rate(send_request, port, CLIENTS, 2)
        if conninfo is None:
            yield Figure(name, "form, operations", median(_rounds(port)), "/s")
            return
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute("CREATE TABLE minimal (id bigserial PRIMARY KEY, body text NOT NULL)")
        with gunicorn("bench.minimal:app", {"BENCH_CONNINFO": conninfo}, "/") as (other, _):
            rate(send_minimal, other, CLIENTS, 2)
            for _ in range(ROUNDS):
                minimal_rates.append(rate(send_minimal, other, CLIENTS, SECONDS))
                desk_rates.append(rate(send_request, port, CLIENTS, SECONDS))
    yield Figure(name, "minimal program, one durable INSERT", median(minimal_rates), "/s")
    yield Figure(name, "form, operations (page and sending)", median(desk_rates), "/s")
    yield Figure(name, "form against the minimal program", median(desk_rates) / median(minimal_rates), "", least=0.15)


def _rounds(port: int) -> list[float]:
    return [rate(send_request, port, CLIENTS, SECONDS) for _ in range(ROUNDS)]


def send_request(line: Connection) -> None:
    """One operation: get the form, send it."""
    line.cookies.clear()
    page = line.get("/requests/new?kind=K40")
    assert page.status == 200, page.status
    email = {"email": f"person{next(_numbers)}@example.jp"}
    answer = line.post("/requests/new", dict(HIDDEN.findall(page.body)) | {"kind": "K40"} | ANSWERS | email)
    assert answer.status == 303, (answer.status, answer.body)


def send_minimal(line: Connection) -> None:
    """One operation of the minimal program."""
    assert line.post("/", {"body": BODY}).status == 200
