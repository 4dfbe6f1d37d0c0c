"""`desk staff`: who may sign in, from the terminal."""

import json
import sys

import click

from desk import clock
from desk.accounts.models import Staff
from desk.accounts.passwords import LEAST, WeakPassword, one_time_password
from desk.accounts.permissions import Role
from desk.accounts.staff import count_staff
from desk.addresses import BadAddress
from desk.events.trail import DESK
from desk.handling.staffing import AlreadyThere, BadName, NewStaff, add_staff
from desk.transaction import transaction

FIRST_EMAIL = "admin@desk.example"
FIRST_NAME = "管理者"


@click.group()
def staff() -> None:
    """Say who may sign in."""


@staff.command()
@click.argument("email")
@click.option("--name", required=True, help="The name that colleagues see.")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of making one up.")
def add(email: str, name: str, role: str, password_stdin: bool) -> None:
    """Add EMAIL and print it as JSON, with the one-time password unless one was given."""
    given = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    password = one_time_password() if given is None else given
    try:
        with transaction():
            row = add_staff(
                NewStaff(email, name, Role(role)),
                actor=DESK,
                now=clock.now(),
                password=password,
                one_time=given is None,
            )
            shown = _shown(row)
    except BadAddress as error:
        raise click.UsageError(f"not an e-mail address: {email}") from error
    except BadName as error:
        raise click.UsageError("the name must be 1 to 100 characters on one line") from error
    except WeakPassword as error:
        raise click.UsageError(f"the password must have at least {LEAST} characters and be hard to guess") from error
    except AlreadyThere as error:
        raise click.ClickException("somebody with this e-mail address is there already") from error
    _print(shown | ({"password": password} if given is None else {}))


@staff.command(hidden=True)
def bootstrap() -> None:
    """Make the first administrator if there is nobody yet; `desk up` shows what this prints."""
    password = one_time_password()
    new = NewStaff(FIRST_EMAIL, FIRST_NAME, Role.ADMIN)
    with transaction():
        created = count_staff() == 0
        if created:
            add_staff(new, actor=DESK, now=clock.now(), password=password, one_time=True)
    _print({"created": True, "email": FIRST_EMAIL, "password": password} if created else {"created": False})


def _shown(row: Staff) -> dict[str, object]:
    return {
        "id": row.id,
        "email": row.email,
        "name": row.name,
        "role": row.role,
        "must_change_password": row.must_change_password,
    }


def _print(value: dict[str, object]) -> None:
    click.echo(json.dumps(value, ensure_ascii=False))
