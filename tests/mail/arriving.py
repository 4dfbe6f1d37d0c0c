"""Mails as they reach the desk in tests, and what becomes of them."""

from collections.abc import Iterable
from datetime import datetime
from email.message import EmailMessage

from flask import current_app

from desk import clock
from desk.db import db
from desk.handling.inbound import Ingested
from desk.mail.journal import Receipt, journal, keep
from desk.mail.models import Door, InboxMail
from desk.mail.reading.reader import Reader
from desk.reception import take_in
from desk.transaction import transaction

PERSON = "hanako@person.example"
DESK = "cs@quote4.jp"


def mail_bytes(
    text: str = "配信を止めたのに、まだ届きます。",
    *,
    sender: str = f"山田 花子 <{PERSON}>",
    to: str = DESK,
    subject: str = "お問い合わせ",
    message_id: str | None = "<1@person.example>",
    files: Iterable[tuple[str, bytes]] = (),
    **headers: str,
) -> bytes:
    """Return a mail's bytes; `headers` by name, with `_` for `-`."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    mail["Date"] = "Wed, 25 Nov 2026 10:00:00 +0900"
    if message_id is not None:
        mail["Message-ID"] = message_id
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    for name, content in files:
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return mail.as_bytes()


def put(raw: bytes, *, at: datetime | None = None, sender: str | None = None, to: tuple[str, ...] = ()) -> int:
    """Journal a mail and return its row's id."""
    kept = keep([raw])
    with transaction():
        receipt = Receipt(door=Door.SMTP, received_at=at or clock.now(), sender=sender, recipients=to)
        return journal(kept, receipt, clock.now())


def arrive(
    reader: Reader, raw: bytes, *, at: datetime | None = None, sender: str | None = None, to: tuple[str, ...] = ()
) -> Ingested:
    """Have a mail arrive and be taken in."""
    return take_in(put(raw, at=at, sender=sender, to=to), reader, current_app.extensions["config"])


def row_of(done: Ingested) -> InboxMail:
    """Return a mail's row as it is now."""
    db.session.expire_all()
    return db.session.get_one(InboxMail, done.inbox_id)
