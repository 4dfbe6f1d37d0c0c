"""What a worker runs: jobs of a few lines that take a row's number, may be run any number of times, and raise."""

import time

import structlog
from flask import current_app
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from desk import clock
from desk.accounts.housekeeping import forget_expired
from desk.attachments.storage import remove_blob
from desk.db import db
from desk.handling import access, holding, retention
from desk.handling.calendars import keep_calendar
from desk.handling.datekeeping import follow_batch
from desk.handling.documents import erase_documents
from desk.handling.inbound import anything_unread
from desk.handling.indexing import index_batch
from desk.handling.inspections import watch_inspections
from desk.handling.laws import keep_laws
from desk.handling.notices import post_batch
from desk.handling.policies import watch_contradictions, watch_gaps
from desk.handling.services import watch_reviews
from desk.handling.watch import remind
from desk.mail import custody, late, mailbox, sender
from desk.mail.reading.reader import Reader
from desk.queue import bell
from desk.reception import take_in_all
from desk.reporting import rollup
from desk.reporting.promises import contradictions_on, open_codes
from desk.tickets.tally import fold_tally
from desk.transaction import transaction

log = structlog.get_logger()

RUN_S = 60.0
"""A look into a full mailbox ends after this; the next one goes on."""


class NotOpened(Exception):
    """Some mails did not open; their numbers are in the log, and they are tried again."""


class NotReckoned(Exception):
    """Some tickets could not be brought under today's calendar; their numbers are in the log."""


class NotIndexed(Exception):
    """Some tickets did not open; their numbers are in the log, and they are tried again."""


class NotAnswered(Exception):
    """Some people did not get the link that they asked for; the requests are in the log, and they are tried again."""


def deliver(_row_id: int = 0) -> None:
    """Send what the outbox owes."""
    bell().answer("deliver")
    if sender.drain().more:
        bell().ring("deliver")


def wipe(_row_id: int = 0) -> None:
    """Erase the bytes of mails that were sent a week ago, a batch a transaction."""
    bell().answer("wipe")
    more = True
    while more:
        with transaction():
            more = custody.wipe(clock.now()) == custody.BATCH


def index(_row_id: int = 0) -> None:
    """Bring the blind index up to date, a batch a transaction. Raises `NotIndexed` when a ticket did not open."""
    bell().answer("index")
    after: int | None = 0
    failed = 0
    while after is not None:
        with transaction():
            batch = index_batch(after)
        after, failed = batch.last_id, failed + len(batch.unreadable)
    if failed:
        raise NotIndexed(f"{failed} tickets did not open")


def fetch(_row_id: int = 0) -> None:
    """Look into the mailbox, if there is one and nothing speaks against it. Raises `MailboxDown`."""
    bell().answer("fetch")
    config = current_app.extensions["config"]
    if config.mailbox is None or mailbox.is_paused(config.mailbox.account, clock.now()):
        db.session.rollback()
        return

    from desk.inlets import fetching  # IMAP is for a desk that has a mailbox: five megabytes

    end = time.monotonic() + RUN_S
    try:
        tally = fetching.fetch(config, config.mailbox, lambda: time.monotonic() < end)
    except fetching.Busy:
        return
    if tally.waiting and time.monotonic() >= end:
        bell().ring("fetch")


def reconcile(_row_id: int = 0) -> None:
    """Compare what the mailbox has filed as done with the rows. Raises `MailboxDown`."""
    bell().answer("reconcile")
    config = current_app.extensions["config"]
    if config.mailbox is not None:
        from desk.inlets.reconcile import reconcile as compare

        compare(config.mailbox)


def ingest(_row_id: int = 0) -> None:
    """Take in the mail that was journaled, and what nobody judged in time. Raises `NotOpened` when some did not open."""
    bell().answer("ingest")
    with transaction():
        holding.lapse(clock.now())
    if not anything_unread():
        return
    with Reader() as reader:
        failed = take_in_all(reader, current_app.extensions["config"])
    if failed:
        raise NotOpened(f"{failed} mails did not open")


def links(_row_id: int = 0) -> None:
    """Mail a new link to everybody who asked for one, a request a transaction.

    Raises `NotAnswered` at the end when one could not be, for whatever reason: it must not hold up the others.
    """
    bell().answer("links")
    base_url = current_app.extensions["config"].base_url
    failed = 0
    for request_id in access.list_link_requests():
        try:
            with transaction():
                access.answer_link_request(request_id, clock.now(), base_url)
        except SQLAlchemyError:
            raise
        except Exception as error:  # noqa: BLE001 - a case that does not open, an address that is none
            log.error("links.not_answered", request=request_id, error=type(error).__name__)
            failed += 1
    if failed:
        raise NotAnswered(f"{failed} requests were not answered")


def watch(_row_id: int = 0) -> None:
    """Remind staff of what is due, once a day, and tell of late mail; another clock that was quicker is fine."""
    bell().answer("watch")
    try:
        with transaction():
            late.watch_late(clock.now())
        with transaction():
            remind(clock.now(), current_app.extensions["config"].staff_url)
    except IntegrityError:
        log.info("watch.another_was_first")


def register(_row_id: int = 0) -> None:
    """Tell of what is due in the policy's register, and open the inspection of a business year that has ended."""
    bell().answer("register")
    now, today = clock.now(), clock.today()
    try:
        with transaction():
            watch_reviews(now)
            watch_inspections(now)
            watch_gaps(open_codes(today), now)
            watch_contradictions(bool(contradictions_on(today)), now)
    except IntegrityError:
        log.info("register.another_was_first")


def notices(_row_id: int = 0) -> None:
    """Post the mails that tell of a new version of the policy, a batch a transaction."""
    bell().answer("notices")
    more = True
    while more:
        with transaction():
            more = post_batch(clock.now(), current_app.extensions["config"].base_url)


def calendar(_row_id: int = 0) -> None:
    """Bring the open tickets under today's calendar, a batch a transaction. Raises `NotReckoned` when one failed.

    The calendar changes when an administrator saves the closures or a release brings another table of holidays.
    """
    bell().answer("calendar")
    with transaction():
        keep_calendar(clock.now())
        keep_laws(clock.now())
    after: int | None = 0
    failed = 0
    while after is not None:
        with transaction():
            after, missed = follow_batch(clock.now(), after)
        failed += missed
    if failed:
        raise NotReckoned(f"{failed} tickets could not be reckoned")


def purge(_row_id: int = 0) -> None:
    """Erase what has had its time."""
    bell().answer("purge")
    more = True
    while more:
        with transaction():
            more = retention.erase_traces(clock.now()) == retention.BATCH
    more = True
    while more:
        with transaction():
            blobs = erase_documents(clock.now())
        for blob in blobs:
            remove_blob(blob)
        more = bool(blobs)
    with transaction():
        retention.forget_parked(clock.now())
        retention.forget_access(clock.now())
        forget_expired(clock.now())
    retention.remove_orphan_blobs(clock.now())


def figures(_row_id: int = 0) -> None:
    """Add up what the triggers wrote behind the queue's figures and the response times."""
    bell().answer("figures")
    with transaction():
        fold_tally()
    with transaction():
        rollup.fold()
