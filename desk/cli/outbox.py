"""`desk outbox`: what mail stands where, and trying again or letting go by hand."""

import json
from collections.abc import Iterable

import click

from desk import clock
from desk.events.trail import DESK
from desk.mail import custody
from desk.mail.models import MailState
from desk.transaction import transaction

NUMBER = click.IntRange(-(2**63), 2**63 - 1)
"""What a database can hold as a mail's number."""


@click.group(invoke_without_command=True)
@click.option("--state", type=click.Choice([state.value for state in MailState]), help="Only mail in this state.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def outbox(context: click.Context, state: str | None, as_json: bool) -> None:
    """List all the mail that the desk sends (newest first, no personal data)."""
    if context.invoked_subcommand is not None:
        return
    rows = (_shown(entry) for entry in custody.list_mails(MailState(state) if state else None))
    if as_json:
        _print_json(rows)
        return
    for row in rows:
        click.echo("  ".join(str(row[name] if row[name] is not None else "-") for name in row))


@outbox.command()
@click.argument("mail_id", metavar="ID", type=NUMBER)
def retry(mail_id: int) -> None:
    """Send a dead, uncertain or waiting mail again."""
    try:
        with transaction():
            custody.retry(mail_id, DESK, clock.now())
    except custody.CannotSend as error:
        raise click.ClickException(str(error)) from error


@outbox.command()
@click.argument("mail_id", metavar="[ID]", type=NUMBER, required=False)
@click.option("--all", "everything", is_flag=True, help="Let go of all held mail.")
def release(mail_id: int | None, everything: bool) -> None:
    """Let go of held mail: one by its ID, or all."""
    if (mail_id is None) != everything:
        raise click.UsageError("give either an ID or --all")
    try:
        with transaction():
            count = custody.release(mail_id, DESK, clock.now())
    except custody.CannotSend as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{count} released")


def _print_json(rows: Iterable[dict[str, object]]) -> None:
    """Print one JSON list, a row a line, without holding all of it."""
    click.echo("[", nl=False)
    for number, row in enumerate(rows):
        click.echo((",\n" if number else "") + json.dumps(row, ensure_ascii=False), nl=False)
    click.echo("]")


def _shown(entry: custody.MailEntry) -> dict[str, object]:
    return {
        "id": entry.id,
        "ticket": entry.ticket,
        "kind": str(entry.kind),
        "state": str(entry.state),
        "attempts": entry.attempts,
        "created_at": entry.created_at.isoformat(timespec="seconds"),
        "sent_at": entry.sent_at.isoformat(timespec="seconds") if entry.sent_at else None,
    }
