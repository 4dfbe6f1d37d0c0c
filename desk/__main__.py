"""The `desk` command: the group over `create_app`, one line and an exit code where something is wrong."""

import sys
from typing import NoReturn

import click
from sqlalchemy.exc import DBAPIError

from desk.app import create_app
from desk.cli import company, database, due, mail, outbox, report, staff
from desk.config import ConfigError
from desk.develop.catcher import catcher
from desk.develop.seed.command import seed
from desk.develop.up import up
from desk.logs import place_of
from desk.operate.doctor import doctor
from desk.schedule import clock_command, sweep

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
desk.add_command(staff.staff)
desk.add_command(company.company)
desk.add_command(report.report)
desk.add_command(up)
desk.add_command(seed)
desk.add_command(catcher)
desk.add_command(mail.mail)
desk.add_command(outbox.outbox)
desk.add_command(doctor)
desk.add_command(clock_command)
desk.add_command(sweep)


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
