"""Taking in what was journaled: read outside any transaction, settled in one, whoever asks for it."""

from functools import partial

import structlog
from sqlalchemy.exc import OperationalError

from desk import clock
from desk.attachments.files import SealedFile
from desk.config import Config
from desk.db import db
from desk.events.alerts import close_alert, open_alert
from desk.handling.inbound import Ingested, Reads, keep_files, list_unread, read_mail, settle, told, wants_files
from desk.mail.models import InboxMail, InboxState
from desk.mail.reading.reader import ReaderDown
from desk.transaction import attempt, transaction

log = structlog.get_logger()

READER_ALERT = "mail_reader"
"""The process that reads mail does not start; all mail waits."""


def take_in(mail_id: int, reader: Reads, config: Config) -> Ingested:
    """Read one mail and do what is to be done with it; one that was settled before stays as it is.

    Whatever kills this process on the way, the mail is journaled and the next sweep takes it in. Raises
    `desk.vault.keys.Unreadable` and `desk.attachments.storage.Missing` when the bytes are lost, `OSError` when the disk
    is full, `ReaderDown` when nothing can be read.
    """
    mail = db.session.get_one(InboxMail, mail_id, populate_existing=True)
    got = read_mail(mail, reader)
    if mail.state != InboxState.JOURNALED:
        return told(mail, got)
    files: list[SealedFile] = []
    if wants_files(mail, got):
        files, got = keep_files(got, reader)
    return attempt(partial(settle, mail_id, got, files, clock.now(), config.base_url))


def take_in_all(reader: Reads, config: Config) -> int:
    """Take in everything that waits, oldest first; return how many could not be, which stay where they are.

    Whatever is the matter with one mail, the next is not delayed. Raises what is the matter with all of them:
    `OperationalError` when the database is away, `OSError` when the disk is full, `ReaderDown`, of which staff are told,
    when nothing can be read.
    """
    try:
        failed = _take_in_all(reader, config)
    except ReaderDown:
        db.session.rollback()
        with transaction():
            open_alert(READER_ALERT, 0, clock.now())
        raise
    with transaction():
        close_alert(READER_ALERT, 0, clock.now())
    return failed


def _take_in_all(reader: Reads, config: Config) -> int:
    after, failed = 0, 0
    while waiting := list_unread(after):
        for mail_id in waiting:
            try:
                take_in(mail_id, reader, config)
            except (OperationalError, OSError, ReaderDown):
                raise
            except Exception as error:  # noqa: BLE001 - a mail that trips the desk is told of, and keeps nobody waiting
                log.error("mail.not_opened", inbox=mail_id, error=type(error).__name__)
                failed += 1
            db.session.remove()
        after = waiting[-1]
    return failed
