"""What tests of the mailbox need: settings of one, mails, and the rows that came of them."""

from dataclasses import replace

from flask import Flask
from flask.ctx import AppContext
from sqlalchemy import select

from desk.app import create_app
from desk.config import Config, read_config
from desk.config_inbound import Mailbox
from desk.db import db
from desk.events.models import Alert
from desk.inlets import fetching
from desk.inlets.fetching import Tally, fetch
from desk.mail.imap import open_line
from desk.mail.journal import Place, open_key, raw_chunks
from desk.mail.models import InboxMail, MailboxState


def raw_mail(number: int = 1, body: str = "開示を求めます。") -> bytes:
    """Return a plain mail."""
    lines = ("From: person@example.jp", "To: cs@quote4.jp", f"Subject: {number}", "", body, "")
    return "\r\n".join(lines).encode()


def mailbox_of(environ: dict[str, str], url: str, **settings: str) -> tuple[Flask, Mailbox]:
    """Return a desk that reads the mailbox at `url`."""
    given = {"DESK_IMAP_URL": url, "DESK_IMAP_PASSWORD": "open-sesame"} | settings
    config: Config = read_config(environ | {name: text for name, text in given.items() if text})
    assert config.mailbox is not None
    return create_app(config), config.mailbox


def look(app: Flask, settings: Mailbox) -> Tally:
    """Look into the mailbox once."""
    return fetch(app.extensions["config"], settings)


def take_without_moving(app: Flask, settings: Mailbox) -> None:
    """Journal what waits and stop there, as after kill -9 between the commit and the move."""
    with open_line(settings) as line:
        place = Place(settings.account, settings.folder, line.select(), 0)
        for uid in line.uids():
            fetching._take(line, replace(place, uid=uid), app.extensions["config"].mail.most_bytes, Tally())


def rows() -> list[InboxMail]:
    """Return what was journaled, in order."""
    db.session.rollback()
    return list(db.session.scalars(select(InboxMail).order_by(InboxMail.uid, InboxMail.id)))


def raw_of(row: InboxMail) -> bytes:
    """Return a journaled mail's bytes."""
    return b"".join(raw_chunks(row, open_key(row)))


def state() -> MailboxState:
    """Return the row of the mailbox."""
    db.session.rollback()
    return db.session.scalars(select(MailboxState).execution_options(populate_existing=True)).one()


def open_alerts() -> set[str]:
    """Name the open alerts."""
    db.session.rollback()
    return set(db.session.scalars(select(Alert.kind).where(Alert.closed_at.is_(None))))


def leave(context: AppContext) -> None:
    """Let go of the database."""
    db.session.remove()
    db.engine.dispose()
    context.pop()
