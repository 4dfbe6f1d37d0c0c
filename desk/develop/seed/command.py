"""`desk seed`: fills a desk with invented tickets."""

import json
from dataclasses import asdict

import click

from desk.develop.seed.run import seed_tickets


@click.command()
@click.option("--tickets", type=click.IntRange(1, 10_000_000), required=True, help="How many tickets to add.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same number invents the same stories.")
def seed(tickets: int, seed: int) -> None:
    """Add realistic invented tickets: people, texts, mails marked as sent, waits and outcomes."""
    click.echo(json.dumps(asdict(seed_tickets(tickets, seed)), ensure_ascii=False))
