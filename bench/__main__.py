"""`make bench`: measure the desk on both databases, compare with the limits, exit 1 when one is missed."""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.drain import measure_drain
from bench.figures import Figure, as_json, show
from bench.form import measure_form
from bench.memory import measure_memory
from bench.reading import figures_of, measure_reading, seed
from tests.services.postgres import PostgresServer

SMALL = 10_000
MOST_ON_SQLITE = 100_000
SEED_MOST_S = 1200.0
"""A million tickets on PostgreSQL within twenty minutes; fewer in proportion."""


def main() -> int:
    """Run and print; JSON goes to a file when one is named."""
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("--tickets", type=int, default=100_000)
    parser.add_argument("--database", choices=["postgresql", "sqlite"], action="append")
    parser.add_argument("--part", choices=["form", "drain", "memory", "reading"], action="append")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    figures: list[Figure] = []
    for database in asked.database or ["postgresql", "sqlite"]:
        run = _on_postgres if database == "postgresql" else _on_sqlite
        for figure in run(asked.tickets, set(asked.part or ["form", "drain", "memory", "reading"])):
            figures.append(figure)
            print(show([figure]).splitlines()[-1], file=sys.stderr, flush=True)
    print(show(figures))
    if asked.json:
        asked.json.write_text(as_json(figures))
    return 0 if all(figure.kept for figure in figures) else 1


def _on_postgres(tickets: int, parts: set[str]) -> Iterator[Figure]:
    server = PostgresServer(durable=True)
    server.start()
    try:
        big, small = (_settings() | {"DATABASE_URL": server.create_database(name)} for name in ("big", "small"))
        minimal = server.conninfo("minimal")
        server.create_database("minimal")
        yield from _measure("postgresql", big, small, tickets, parts, minimal)
    finally:
        server.remove()


def _on_sqlite(tickets: int, parts: set[str]) -> Iterator[Figure]:
    yield from _measure("sqlite", _settings(), _settings(), min(tickets, MOST_ON_SQLITE), parts, None)


def _measure(
    name: str, big: dict[str, str], small: dict[str, str], tickets: int, parts: set[str], minimal: str | None
) -> Iterator[Figure]:
    if "form" in parts:
        yield from measure_form(name, small, minimal)
    if "memory" in parts:
        yield from measure_memory(name, small)
    if "drain" in parts:
        yield from measure_drain(name, small)
    if "reading" in parts:
        seed(small, SMALL)
        said = seed(big, tickets)
        most = SEED_MOST_S * tickets / 1_000_000 if name == "postgresql" else None
        yield Figure(name, f"seeding {tickets:,} tickets", said["seconds"], "s", most=most)
        yield from figures_of(name, measure_reading(big), measure_reading(small, small=True))


def _settings() -> dict[str, str]:
    folder = tempfile.mkdtemp(prefix="desk-bench-")
    return {**os.environ, "DESK_DATA_DIR": folder, "DESK_LIMITS": "off"}


if __name__ == "__main__":
    sys.exit(main())
