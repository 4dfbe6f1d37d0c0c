"""`desk outbox`: what mail stands where, and trying again or letting go by hand."""

import json

import click
from sqlalchemy import select

from desk import clock
from desk.db import db
from desk.events.trail import DESK
from desk.mail import custody
from desk.mail.models import MailState
from desk.tickets.models import Ticket
from desk.transaction import transaction


@click.group(invoke_without_command=True)
@click.option("--state", type=click.Choice([state.value for state in MailState]), help="Only mail in this state.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def outbox(context: click.Context, state: str | None, as_json: bool) -> None:
    """List the mail that the desk sends (newest first, no personal data)."""
    if context.invoked_subcommand is not None:
        return
    rows = _rows(MailState(state) if state else None)
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        click.echo("  ".join(str(row[name] if row[name] is not None else "-") for name in row))


@outbox.command()
@click.argument("mail_id", metavar="ID", type=int)
def retry(mail_id: int) -> None:
    """Send a dead, uncertain or waiting mail again."""
    try:
        with transaction():
            custody.retry(mail_id, DESK, clock.now())
    except custody.CannotSend as error:
        raise click.ClickException(str(error)) from error


@outbox.command()
@click.argument("mail_id", metavar="[ID]", type=int, required=False)
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


def _rows(state: MailState | None) -> list[dict[str, object]]:
    entries = custody.list_mails(state)
    numbers = {entry.ticket_id for entry in entries if entry.ticket_id is not None}
    refs = dict(db.session.execute(select(Ticket.id, Ticket.ref).where(Ticket.id.in_(numbers))).all())
    return [
        {
            "id": entry.id,
            "ticket": refs.get(entry.ticket_id or 0),
            "kind": str(entry.kind),
            "state": str(entry.state),
            "attempts": entry.attempts,
            "created_at": entry.created_at.isoformat(timespec="seconds"),
            "sent_at": entry.sent_at.isoformat(timespec="seconds") if entry.sent_at else None,
        }
        for entry in entries
    ]
