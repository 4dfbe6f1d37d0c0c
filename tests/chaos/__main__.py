"""`python -m tests.chaos`: one long run a database; prints what was done as JSON and exits 1 when a promise was broken."""

import json
import os
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import click

from tests.chaos.run import run
from tests.moment import CHILDREN


@click.command()
@click.option(
    "--database", "databases", type=click.Choice(["sqlite", "postgresql"]), multiple=True, help="Both unless given."
)
@click.option("--kills", type=click.IntRange(1), default=1000, show_default=True)
@click.option("--tickets", type=click.IntRange(1), default=20_000, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="The same number draws the same trouble.")
def main(databases: tuple[str, ...], kills: int, tickets: int, seed: int) -> None:
    """Put a desk through trouble and audit what is left."""
    os.environ["PYTHONPATH"] = str(CHILDREN)  # the processes keep the time that the run gives them
    failed = False
    for database in databases or ("sqlite", "postgresql"):
        folder = Path(tempfile.mkdtemp(prefix=f"desk-chaos-{database}-"))
        done = run(folder, database=database, kills=kills, tickets=tickets, seed=seed)
        click.echo(
            json.dumps({"database": database, "seed": seed, "folder": str(folder)} | asdict(done), ensure_ascii=False)
        )
        failed = failed or bool(done.broken)
    sys.exit(failed)


if __name__ == "__main__":
    main()
