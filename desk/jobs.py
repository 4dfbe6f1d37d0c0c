"""What a worker runs: jobs of a few lines that take a row's number, may be run any number of times, and raise."""

import structlog
from flask import current_app
from sqlalchemy.exc import IntegrityError

from desk import clock
from desk.accounts.housekeeping import forget_expired
from desk.handling import access, retention
from desk.handling.indexing import index_batch
from desk.handling.watch import remind
from desk.mail import custody, sender
from desk.queue import bell
from desk.reporting import rollup
from desk.tickets.tally import fold_tally
from desk.transaction import transaction

log = structlog.get_logger()


class NotIndexed(Exception):
    """Some tickets did not open; their numbers are in the log, and they are tried again."""


def deliver(_row_id: int = 0) -> None:
    """Send what the outbox owes."""
    bell().answer("deliver")
    if sender.drain().more:
        bell().ring("deliver")


def wipe(_row_id: int = 0) -> None:
    """Erase the bytes of mails that were sent a week ago."""
    bell().answer("wipe")
    with transaction():
        custody.wipe(clock.now())


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


def links(_row_id: int = 0) -> None:
    """Mail a new link to everybody who asked for one, a request a transaction."""
    bell().answer("links")
    base_url = current_app.extensions["config"].base_url
    for request_id in access.list_link_requests():
        with transaction():
            access.answer_link_request(request_id, clock.now(), base_url)


def watch(_row_id: int = 0) -> None:
    """Remind staff of what is due, once a day; another clock that was quicker is fine."""
    bell().answer("watch")
    try:
        with transaction():
            remind(clock.now(), current_app.extensions["config"].staff_url)
    except IntegrityError:
        log.info("watch.another_was_first")


def purge(_row_id: int = 0) -> None:
    """Erase what has had its time."""
    bell().answer("purge")
    more = True
    while more:
        with transaction():
            more = retention.erase_traces(clock.now()) == retention.BATCH
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
