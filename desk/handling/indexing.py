"""The verb of the job `index`: opens the tickets that changed and writes what the blind index shall know of them."""

from dataclasses import dataclass

import structlog
from sqlalchemy import select, update

from desk.db import db
from desk.search.index import write_words
from desk.search.plaintext import open_words
from desk.tickets.models import Ticket
from desk.vault.keys import Unreadable, vault

log = structlog.get_logger()

BATCH = 20
"""Tickets in one transaction: few, since SQLite lets nobody else write meanwhile."""


@dataclass(frozen=True, slots=True)
class Indexed:
    """What one batch did; `last_id` is where the next one begins, None when nothing was waiting."""

    last_id: int | None
    count: int = 0
    unreadable: tuple[int, ...] = ()


def index_batch(after_id: int = 0, limit: int = BATCH) -> Indexed:
    """Index the next tickets that wait for it, in the current transaction, and take their mark away.

    The rows are locked first, so that a text committed meanwhile marks its ticket again. A ticket that does not open
    keeps its mark, is named in `unreadable`, and does not hold up the others.
    """
    ids = list(
        db.session.scalars(
            select(Ticket.id)
            .where(Ticket.needs_index, Ticket.id > after_id)
            .order_by(Ticket.id)
            .limit(limit)
            .with_for_update()
        )
    )
    if not ids:
        return Indexed(None)
    done = [ticket_id for ticket_id in ids if _index_one(ticket_id)]
    # straight at the row: the mark is the desk's own affair, no version of the ticket that staff see
    db.session.execute(update(Ticket).where(Ticket.id.in_(done)).values(needs_index=False))
    return Indexed(ids[-1], len(done), tuple(sorted(set(ids) - set(done))))


def _index_one(ticket_id: int) -> bool:
    try:
        words = open_words([ticket_id])[ticket_id]
    except Unreadable:
        log.error("index.unreadable", ticket=ticket_id)
        return False
    write_words(ticket_id, words, vault())
    return True
