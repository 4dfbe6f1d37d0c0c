"""`desk mail`: one mail in by hand, one look into the mailbox, and the listener that a mail server hands mail to."""

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import IO

import click
import structlog
from flask import current_app

from desk import clock
from desk.config import Config
from desk.db import db
from desk.handling.inbound import Ingested
from desk.mail.journal import Receipt, journal, keep
from desk.mail.models import Door
from desk.mail.reading.reader import Reader
from desk.reception import take_in
from desk.tickets.models import Ticket
from desk.transaction import transaction

log = structlog.get_logger()

CHUNK = 1 << 16
NO_MAILBOX = "DESK_IMAP_URL is not set; see docs/administration.md"
BUSY_S = 60.0
"""How long `desk mail fetch` waits for another process to leave the mailbox."""
STOP_S = 4.0
"""How long an orderly stop may take."""


@click.group()
def mail() -> None:
    """Take in mail."""


@mail.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, allow_dash=True), default="-")
def ingest(file: str) -> None:
    """Take in one mail as it was received, from FILE or standard input; print what became of it."""
    with click.open_file(file, "rb") as source:
        kept = keep(_chunks(source))
    config, now = current_app.extensions["config"], clock.now()
    refused = "too-large" if kept.size > config.mail.most_bytes else None
    with transaction():
        inbox_id = journal(kept, Receipt(door=Door.PIPE, received_at=now), now, refused=refused)
    with Reader() as reader:
        try:
            line = _line(take_in(inbox_id, reader, config))
        except Exception as error:  # noqa: BLE001 - it is kept: whoever brought it must not bring it again
            db.session.rollback()
            log.error("mail.not_opened", inbox=inbox_id, error=type(error).__name__)
            line = _waiting(inbox_id)
    click.echo(json.dumps(line, ensure_ascii=False))


@mail.command()
@click.option("--idle", is_flag=True, help="Stay, and look again whenever the server says that something came.")
def fetch(*, idle: bool) -> None:
    """Take in what waits in the mailbox and print a summary."""
    from desk.inlets.fetching import Busy
    from desk.inlets.fetching import fetch as look
    from desk.mail.imap import MailboxDown

    config = current_app.extensions["config"]
    if idle:
        _watch(config)
        return
    if config.mailbox is None:
        raise click.ClickException(NO_MAILBOX)
    give_up_at = time.monotonic() + BUSY_S
    while True:
        try:
            click.echo(json.dumps(look(config, config.mailbox).as_json()))
        except Busy:
            if time.monotonic() >= give_up_at:
                raise click.ClickException("another process is reading this mailbox") from None
            time.sleep(0.2)
        except MailboxDown as error:
            raise click.ClickException(f"the mailbox cannot be read ({error.code})") from error
        else:
            return


@mail.command()
@click.option("--lmtp", is_flag=True, help="Speak LMTP instead of SMTP.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8025, show_default=True, help="Port to listen on.")
def serve(host: str, port: int, *, lmtp: bool) -> None:
    """Listen for mail that a mail server hands over, until stopped."""
    from desk.inlets.listener import Listener

    app, certificate = current_app._get_current_object(), current_app.extensions["config"].smtpd_certificate  # type: ignore[attr-defined]  # noqa: SLF001 - Flask's own way to the application
    try:
        listener = Listener(app, lmtp=lmtp, certificate=certificate)
    except OSError as error:
        raise click.ClickException(f"the certificate cannot be used ({type(error).__name__})") from error
    _when_told(listener.stop)
    try:
        listener.run(host, port, lambda: click.echo(f"listening on {host}:{listener.port}"))
    except OSError as error:
        raise click.ClickException(f"cannot listen on {host}:{port} ({type(error).__name__})") from error


def _watch(config: Config) -> None:
    if config.mailbox is None:
        # whoever starts the whole Procfile would take an end for a failure and stop the rest
        told = threading.Event()
        _when_told(told.set)
        click.echo(f"{NO_MAILBOX}; nothing to watch", err=True)
        told.wait()
        return
    from desk.inlets.vigil import Vigil

    vigil = Vigil(config, config.mailbox)

    def stop() -> None:
        # a name server or a handshake cannot be interrupted, and every mail is safe at every instant
        last_resort = threading.Timer(STOP_S, os._exit, (0,))
        last_resort.daemon = True
        last_resort.start()
        vigil.stop()

    _when_told(stop)
    vigil.run()


def _when_told(stop: Callable[[], None]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop())


def _chunks(source: IO[bytes]) -> Iterator[bytes]:
    while chunk := source.read(CHUNK):
        yield chunk


def _waiting(inbox_id: int) -> dict[str, object]:
    """Say that a mail is kept and will be read as soon as that can be done."""
    nothing_read: dict[str, object] = {"subject": "", "from": None, "text": "", "attachments": []}
    return {"outcome": "waiting", "ticket": None, "inbox": inbox_id, **nothing_read}


def _line(done: Ingested) -> dict[str, object]:
    ticket = db.session.get(Ticket, done.ticket_id) if done.ticket_id else None
    read = done.parsed
    return {
        "outcome": str(done.outcome),
        "ticket": ticket.ref if ticket else None,
        "inbox": done.inbox_id,
        "subject": read.subject,
        "from": (read.sender.address if read.sender else "") or None,
        "text": read.text,
        "attachments": [{"name": part.name, "type": part.type, "size": part.size} for part in read.attachments],
    }
