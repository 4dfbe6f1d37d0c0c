"""The `desk` command: the group over `create_app`, one line and an exit code where something is wrong."""

import sys

import click

from desk.app import create_app
from desk.cli import database, due
from desk.config import ConfigError

WITHOUT_APP = {"due", "up", "catcher"}
"""Commands that need neither settings nor a database."""


@click.group()
@click.pass_context
def desk(context: click.Context) -> None:
    """Madoguchi, the privacy desk."""
    if context.invoked_subcommand not in WITHOUT_APP:
        context.with_resource(create_app().app_context())


desk.add_command(database.db)
desk.add_command(due.due)


def main() -> None:
    """Run the command line; a wrong setting ends with one line and exit code 2."""
    try:
        desk(standalone_mode=True)
    except ConfigError as error:
        click.echo(f"desk: {error}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
