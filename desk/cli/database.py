"""`desk db`: the schema, up and down."""

import click

from desk import schema


@click.group()
def db() -> None:
    """Bring the schema up or down."""


@db.command()
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Bring the schema up to REVISION (the newest unless given)."""
    _run(schema.upgrade, revision)


@db.command()
@click.argument("revision")
def downgrade(revision: str) -> None:
    """Take the schema back to REVISION (`base`: nothing left)."""
    _run(schema.downgrade, revision)


def _run(act: object, revision: str) -> None:
    assert callable(act)  # noqa: S101
    from alembic.util import CommandError

    try:
        act(revision)
    except CommandError as error:
        raise click.UsageError(str(error)) from error
