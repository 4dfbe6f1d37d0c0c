"""`make bench`: measure the desk on both databases beside its limits, a JSON line a figure; exit 1 when a goal is missed."""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.drain import measure_drain
from bench.figures import Figure, Goal, as_line, as_table
from bench.form import measure_form
from bench.inbound import measure_inbound
from bench.memory import measure_memory
from bench.minimal import prepare
from bench.processes import Place, child
from bench.reading import SMALL, figures_of, measure_reading, seed
from tests.services.postgres import PostgresServer

PARTS = ("form", "memory", "drain", "inbound", "reading")
MOST_ON_SQLITE = 100_000
SEED_MOST_S = 1200.0
"""A million tickets on PostgreSQL within twenty minutes; fewer in proportion."""


def main() -> int:
    """Run; a line of JSON a figure on standard output, a table at the end on standard error."""
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("--tickets", type=int, default=100_000)
    parser.add_argument("--database", choices=["postgresql", "sqlite"], action="append")
    parser.add_argument("--part", choices=PARTS, action="append")
    asked = parser.parse_args()
    figures: list[Figure] = []
    for database in asked.database or ["postgresql", "sqlite"]:
        run = _on_postgres if database == "postgresql" else _on_sqlite
        for figure in run(asked.tickets, set(asked.part or PARTS)):
            figures.append(figure)
            print(as_line(figure), flush=True)
    print(as_table(figures), file=sys.stderr)
    return 0 if all(figure.is_kept for figure in figures) else 1


def _on_postgres(tickets: int, parts: set[str]) -> Iterator[Figure]:
    server = PostgresServer(durable=True)
    server.start()
    try:
        server.create_database("minimal")
        minimal = server.conninfo("minimal")
        big, small, empty = (
            Place("postgresql", _settings() | {"DATABASE_URL": server.create_database(name)}, minimal)
            for name in ("big", "small", "empty")
        )
        yield from _measure(big, small, empty, tickets, parts)
    finally:
        server.remove()


def _on_sqlite(tickets: int, parts: set[str]) -> Iterator[Figure]:
    minimal = str(Path(tempfile.mkdtemp(prefix="desk-bench-")) / "minimal.sqlite")
    big, small, empty = (Place("sqlite", _settings(), minimal) for _ in range(3))
    yield from _measure(big, small, empty, min(tickets, MOST_ON_SQLITE), parts)


def _measure(big: Place, small: Place, empty: Place, tickets: int, parts: set[str]) -> Iterator[Figure]:
    prepare(empty.minimal)
    with child([sys.executable, "-m", "desk", "db", "upgrade"], empty.environ) as process:
        process.wait(60)  # whoever makes the schema holds Alembic ever after: nine megabytes that no server has
    if "form" in parts:
        yield from measure_form(empty)
    if "memory" in parts:
        yield from measure_memory(empty)
    if "drain" in parts:
        yield from measure_drain(empty)
    if "inbound" in parts:
        yield from measure_inbound(empty)
    if "reading" in parts:
        seed(small.environ, SMALL)
        yield _seeding(big, tickets)
        yield from figures_of(big, tickets, measure_reading(big, small))


def _seeding(place: Place, tickets: int) -> Figure:
    goal = Goal(most=SEED_MOST_S * tickets / 1_000_000) if place.database == "postgresql" else None
    taken = seed(place.environ, tickets)["seconds"]
    return Figure(
        measure="seeding",
        database=place.database,
        ours=taken,
        limit=None,
        unit="s",
        n=tickets,
        tickets=tickets,
        goal=goal,
    )


def _settings() -> dict[str, str]:
    folder = tempfile.mkdtemp(prefix="desk-bench-")
    return {**os.environ, "DESK_DATA_DIR": folder, "DESK_LIMITS": "off"}


if __name__ == "__main__":
    sys.exit(main())
