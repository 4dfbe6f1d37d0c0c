"""Writing, replacing and removing what the blind index knows of a ticket, on both databases."""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, insert, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from desk.db import db, is_sqlite, new_id
from desk.search.identifiers import fingerprint, identifiers_of
from desk.search.models import Identifier, SearchDoc
from desk.search.plaintext import Words
from desk.search.tokens import tokens_of
from desk.tickets.models import Ticket
from desk.vault.keys import Vault


def mark_for_index(ticket_id: int) -> None:
    """Have the index job look at a ticket (again); for whoever adds or changes its text, in the same transaction.

    Writes the row even when the mark is there already: the row's lock is what keeps the job from reading the ticket
    before this transaction's text is committed.
    """
    db.session.execute(update(Ticket).where(Ticket.id == ticket_id).values(needs_index=True))


def write_words(ticket_id: int, words: Words, vault: Vault) -> None:
    """Replace what the index knows of a ticket by these words. Raises `Unreadable` without the index key."""
    tokens = tokens_of(words.texts(), vault)
    prints = {
        (kind, fingerprint(vault, kind, value)) for each in words.contacts for kind, value in identifiers_of(each)
    }
    db.session.execute(delete(Identifier).where(Identifier.ticket_id == ticket_id))
    if prints:
        db.session.execute(
            insert(Identifier),
            [{"id": new_id(), "ticket_id": ticket_id, "kind": kind, "token": token} for kind, token in sorted(prints)],
        )
    _write_tokens(ticket_id, tokens)


def remove_words(ticket_ids: Iterable[int]) -> None:
    """Forget some tickets. Call `compact` after the commit, or a deleted token is still in SQLite's file."""
    ids = list(ticket_ids)
    db.session.execute(delete(Identifier).where(Identifier.ticket_id.in_(ids)))
    if is_sqlite(db.engine):
        for ticket_id in ids:
            db.session.execute(text("DELETE FROM search_words WHERE rowid = :id"), {"id": ticket_id})
    else:
        db.session.execute(delete(SearchDoc).where(SearchDoc.ticket_id.in_(ids)))


def compact() -> None:
    """Drive forgotten tokens out of SQLite's files: merge the index, then empty the write-ahead log. Commits.

    Needs no other transaction of this session open. On PostgreSQL vacuum does the like in its own time.
    """
    if not is_sqlite(db.engine):
        return
    db.session.execute(text("INSERT INTO search_words(search_words) VALUES ('optimize')"))
    db.session.commit()
    with db.engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None  # noqa: S101 - an open connection has one
        driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def as_words(tokens: Sequence[int]) -> str:
    """Write tokens as the words that stand in SQLite's full-text table: eight hex digits each."""
    return " ".join(f"{token & 0xFFFFFFFF:08x}" for token in tokens)


def _write_tokens(ticket_id: int, tokens: list[int]) -> None:
    if is_sqlite(db.engine):
        values = {"id": ticket_id, "tokens": as_words(tokens)}
        db.session.execute(text("DELETE FROM search_words WHERE rowid = :id"), values)
        db.session.execute(text("INSERT INTO search_words(rowid, tokens) VALUES (:id, :tokens)"), values)
        return
    statement = upsert(SearchDoc).values(ticket_id=ticket_id, tokens=tokens)
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=[SearchDoc.ticket_id], set_={"tokens": statement.excluded.tokens}
        )
    )
