"""The job `index`: what waits is indexed once, what does not open holds nobody up, what changes meanwhile waits again."""

import threading

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from desk.db import db
from desk.handling.indexing import index_batch
from desk.jobs import NotIndexed, index
from desk.search.find import find
from desk.search.index import mark_for_index
from desk.search.models import Identifier
from desk.tickets.content import Contact
from desk.tickets.models import Message, Ticket
from desk.transaction import transaction
from desk.vault.keys import DataKey
from tests.search.sealed import add_text, add_ticket

PERSON = Contact(name="山田太郎", email="taro@example.jp")


def waiting() -> set[int]:
    """Return the tickets that still wait for the index."""
    return set(db.session.scalars(select(Ticket.id).where(Ticket.needs_index)))


def test_it_indexes_what_waits_and_may_run_again(context: object) -> None:
    ids = [add_ticket(PERSON, "開示の請求") for _ in range(25)]
    index()
    assert not waiting()
    with transaction():
        for ticket_id in ids:
            mark_for_index(ticket_id)
    index()
    assert find("開示", limit=50).ticket_ids == tuple(ids[::-1])
    prints = db.session.scalars(select(Identifier.kind).where(Identifier.ticket_id == ids[0])).all()
    assert sorted(prints) == ["email", "name"]


def test_it_leaves_the_version_alone(context: object) -> None:
    ticket_id = add_ticket(PERSON, "開示の請求")
    index()
    assert db.session.scalar(select(Ticket.version).where(Ticket.id == ticket_id)) == 1


def test_it_goes_past_a_ticket_that_does_not_open(context: object) -> None:
    broken, sound = add_ticket(PERSON, "壊れた"), add_ticket(PERSON, "健全な")
    with transaction():
        db.session.execute(update(Message).where(Message.ticket_id == broken).values(sealed=b"x" * 40))
    with pytest.raises(NotIndexed, match="1"):
        index()
    assert waiting() == {broken}
    assert find("健全").ticket_ids == (sound,)


def test_it_forgets_what_was_shredded(context: object) -> None:
    ticket_id = add_ticket(PERSON, "開示の請求")
    index()
    with transaction():
        db.session.execute(delete(DataKey).where(DataKey.ticket_id == ticket_id))
        mark_for_index(ticket_id)
    index()
    assert find("開示").ticket_ids == find("taro@example.jp").ticket_ids == ()


def test_it_sees_a_text_that_is_committed_while_it_reads(app: Flask, context: object) -> None:
    ticket_id = add_ticket(PERSON, "開示の請求")
    written = threading.Event()

    def write() -> None:
        with app.app_context(), transaction():
            add_text(ticket_id, "追伸があります")
            mark_for_index(ticket_id)
            written.set()

    with transaction():
        index_batch()
        writer = threading.Thread(target=write)
        writer.start()
        assert not written.wait(0.3)  # held back by the row's lock (SQLite: by the database's)
    writer.join(60)
    index()
    assert find("追伸").ticket_ids == (ticket_id,)
