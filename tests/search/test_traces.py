"""What a thief of the database reads: no plaintext anywhere, and no token of a ticket that was forgotten."""

from pathlib import Path

from flask import Flask
from sqlalchemy import text

from desk.config import Config
from desk.db import db, is_sqlite
from desk.jobs import index
from desk.search.find import find
from desk.search.index import as_words, compact, remove_words
from desk.search.tokens import tokens_of
from desk.tickets.content import Contact
from desk.transaction import transaction
from desk.vault.keys import vault
from tests.canaries import assert_absent
from tests.search.sealed import add_ticket

PERSON = Contact(name="榎本 響", reading="えのもと ひびき", email="hibiki@example.org", phone="090-9876-5432")
TEXT = "珈琲豆の定期便の解約について"
PLAIN = [
    "榎本",
    "えのもと",
    "ひびき",
    "hibiki@example.org",
    "09098765432",
    "+819098765432",
    "珈琲",
    "解約",
    "定期便の解約",
]


def stored(app: Flask) -> bytes:
    """Return every byte that the database holds: the files of SQLite, the rows of PostgreSQL as text and as UTF-8."""
    config = app.extensions["config"]
    assert isinstance(config, Config)
    if is_sqlite(db.engine):
        return b"".join(path.read_bytes() for path in sorted(Path(config.data_dir).glob("desk.sqlite3*")))
    tables = db.session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
    rows = [str(row) for table in tables for row in db.session.scalars(text(f"SELECT t::text FROM {table} AS t"))]
    db.session.rollback()
    return "\n".join(rows).encode()


def test_it_stores_no_plaintext(app: Flask, context: object) -> None:
    add_ticket(PERSON, TEXT)
    index()
    db.session.rollback()
    held = stored(app)
    for word in PLAIN:
        assert_absent(word, held)
        assert_absent(word.encode().hex(), held)


def test_it_leaves_no_token_of_a_forgotten_ticket(app: Flask, context: object) -> None:
    kept, gone = add_ticket(PERSON, "別の用件"), add_ticket(PERSON, TEXT)
    index()
    token = max(
        set(tokens_of([TEXT], vault())) - set(tokens_of(["別の用件"], vault())), key=lambda token: len(str(token))
    )
    mark = as_words([token]).encode() if is_sqlite(db.engine) else str(token).encode()
    db.session.rollback()
    assert mark in stored(app)
    with transaction():
        remove_words([gone])
    compact()
    assert mark not in stored(app)
    assert find("珈琲").ticket_ids == ()
    assert find("別の").ticket_ids == find("hibiki@example.org").ticket_ids == (kept,)
