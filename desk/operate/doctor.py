"""`desk doctor`: look at every part that the desk stands on, and say of each that it is well or what to do."""

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

import click
from flask import current_app
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from desk import clock, schema
from desk.attachments.storage import storage_dir
from desk.company.profile import get_company
from desk.db import db, is_sqlite
from desk.mail import sender
from desk.mail.imap import MailboxDown, open_line
from desk.mail.transport import ChannelDown, mail
from desk.queue import bell
from desk.reporting.health import can_write_files, can_write_rows
from desk.vault.keys import Purpose, Unreadable, vault

LEAST_FREE = 1024 * 1024 * 1024
"""Bytes of disk below which the storage is worth a word."""
MOST_APART = timedelta(seconds=30)
LATE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one part."""

    part: str
    ok: bool
    text: str
    """What was found, or what to do."""


def examine() -> list[Finding]:
    """Look at everything. Never raises for a part that is away."""
    return [_of(part, look) for part, look in PARTS.items()]


def _of(part: str, look: Callable[[], str | None]) -> Finding:
    try:
        wrong = look()
    except SQLAlchemyError as error:
        wrong = f"the database did not answer ({type(error).__name__}): see `database`"
    return Finding(part, wrong is None, wrong or "ok")


def _configuration() -> str | None:
    if current_app.extensions["config"].production and not get_company().address_ja:
        return "the company has no postal address yet: /admin/company, or `desk company set --address …`"
    return None


def _database() -> str | None:
    if not schema.is_current():
        return "the schema is not this version's: run `desk db upgrade`"
    return None if can_write_rows(clock.now()) else "no row can be written: check DATABASE_URL, rights and disk space"


def _redis() -> str | None:
    if current_app.extensions["config"].redis_url is None:
        return None
    return (
        None if bell().is_up() else "Redis does not answer: check REDIS_URL; mail and index go on, up to a minute later"
    )


def _smtp() -> str | None:
    with mail().connect() as line:
        try:
            line.open()
        except ChannelDown as error:
            return f"no mail can leave ({error.code}): check MAIL_SERVER, MAIL_PORT, the certificate and the sign-in"
    return None


def _outbox() -> str | None:
    late = sender.is_late(clock.now() - LATE)
    return (
        "mail has been waiting for five minutes: check that worker and clock run, then `desk outbox`" if late else None
    )


def _imap() -> str | None:
    settings = current_app.extensions["config"].mailbox
    if settings is None:
        return None
    try:
        with open_line(settings):
            return None
    except MailboxDown as error:
        return f"the mailbox cannot be read ({error.code}): see `Connecting the mailbox` in docs/administration.md"


def _storage() -> str | None:
    if not can_write_files():
        return "no file can be written: check DESK_STORAGE_URL, rights and disk space"
    free = shutil.disk_usage(storage_dir()).free
    return f"only {free // 2**20} MiB are free: make room" if free < LEAST_FREE else None


def _keys() -> str | None:
    held = vault()
    row, key = held.make(Purpose.CASE, None)
    if held.private_key is None:
        return None  # a public door alone: as it should be
    try:
        fits = held.open(row) == key
    except Unreadable:
        fits = False
    return None if fits else "DESK_PRIVATE_KEY does not open what DESK_PUBLIC_KEY seals"


def _clock() -> str | None:
    asked = "SELECT strftime('%s', 'now')" if is_sqlite(db.engine) else "SELECT extract(epoch FROM clock_timestamp())"
    seconds = float(db.session.scalar(text(asked)) or 0)
    apart = abs(clock.now() - datetime.fromtimestamp(seconds, UTC))
    return (
        f"this machine and the database are {apart.total_seconds():.0f} s apart: synchronise both"
        if apart > MOST_APART
        else None
    )


PARTS: dict[str, Callable[[], str | None]] = {
    "configuration": _configuration,
    "database": _database,
    "redis": _redis,
    "smtp": _smtp,
    "imap": _imap,
    "outbox": _outbox,
    "storage": _storage,
    "keys": _keys,
    "clock": _clock,
}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor(as_json: bool) -> None:
    """Look at every part that the desk stands on; exit 1 when one is not well."""
    findings = examine()
    if as_json:
        click.echo(json.dumps([asdict(one) for one in findings], ensure_ascii=False))
    else:
        for one in findings:
            click.echo(f"{'ok ' if one.ok else 'NOT'}  {one.part:14} {'' if one.ok else one.text}".rstrip())
    if not all(one.ok for one in findings):
        raise click.exceptions.Exit(1)
