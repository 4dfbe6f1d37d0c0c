"""The `desk` command: the group over `create_app`, one line and an exit code where something is wrong."""

import sys
from importlib import import_module
from typing import NoReturn

import click
from sqlalchemy.exc import DBAPIError

from desk.config import ConfigError
from desk.logs import place_of

COMMANDS = {
    "db": "desk.cli.database:db",
    "due": "desk.cli.due:due",
    "staff": "desk.cli.staff:staff",
    "company": "desk.cli.company:company",
    "policy": "desk.cli.policy:policy",
    "report": "desk.cli.report:report",
    "up": "desk.develop.up:up",
    "seed": "desk.develop.seed.command:seed",
    "catcher": "desk.develop.catcher:catcher",
    "mail": "desk.cli.mail:mail",
    "outbox": "desk.cli.outbox:outbox",
    "doctor": "desk.operate.doctor:doctor",
    "clock": "desk.schedule:clock_command",
    "sweep": "desk.schedule:sweep",
}
"""Where each command lives: only the one that is run is loaded."""

WITHOUT_APP = {"due", "up", "catcher"}
"""Commands that need neither settings nor a database."""


class Commands(click.Group):
    """A group that loads a command when it is run."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the library's signature
        """Name the commands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - the library's signature
        """Return a command, or None when there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, command = COMMANDS[cmd_name].partition(":")
        found: click.Command = getattr(import_module(module), command)
        return found


@click.group(cls=Commands)
@click.pass_context
def desk(context: click.Context) -> None:
    """Madoguchi, the privacy desk."""
    if context.invoked_subcommand not in WITHOUT_APP:
        from desk.app import create_app

        context.with_resource(create_app().app_context())


def main() -> None:
    """Run the command line: exit 0 done, 1 the answer is no, 2 wrong usage or setting; one line, never a traceback."""
    try:
        sys.exit(desk(standalone_mode=False) or 0)
    except ConfigError as error:
        _end(str(error), 2)
    except click.exceptions.NoArgsIsHelpError as error:
        _end(f"say which command; see `{error.ctx.command_path if error.ctx else 'desk'} --help`", 2)
    except click.ClickException as error:
        _end(error.format_message(), error.exit_code)
    except click.Abort:
        _end("stopped", 1)
    except DBAPIError as error:
        _end(f"the database did not answer ({type(error.orig).__name__})", 1)
    except OSError as error:
        _end(f"{type(error).__name__}: {error.strerror or 'not possible'} ({place_of(error.__traceback__)})", 1)
    except Exception as error:  # noqa: BLE001 - the last resort: its kind and place, since its text may quote a person
        _end(f"{type(error).__name__} ({place_of(error.__traceback__)})", 1)


def _end(message: str, code: int) -> NoReturn:
    """Print one line, whatever the message holds, and leave."""
    click.echo("desk: " + " ".join(message.split()), err=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
