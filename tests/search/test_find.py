"""Looking up on both databases: by identifier, by words, by page; false candidates fall out."""

import pytest
from flask import Flask
from sqlalchemy import select, text

from desk.db import db, is_sqlite
from desk.jobs import index
from desk.search.candidates import candidates
from desk.search.find import find
from desk.search.tokens import tokens_of
from desk.tickets.content import Contact
from desk.tickets.models import Direction, Ticket
from desk.transaction import transaction
from desk.vault.keys import vault
from tests.search.sealed import add_text, add_ticket

YAMADA = Contact(
    name="髙橋 花子", reading="たかはし はなこ", email="hanako@example.jp", phone="090-1234-5678", company="青空商事"
)
JOHN = Contact(name="John Appleseed", email="john@example.com")


@pytest.fixture
def two(context: object) -> tuple[int, int]:
    """Two tickets in the index, the older in Japanese, the newer in English."""
    older = add_ticket(YAMADA, "登録した住所の\n訂正をお願いします。", details={"wish": "電話でのご連絡"})
    newer = add_ticket(JOHN, "Please erase my account and confirm.")
    index()
    return older, newer


@pytest.mark.parametrize(
    "query",
    [
        "訂正", "住所の訂正", "高橋", "たかはし", "タカハシ　ハナコ", "高橋花子", "訂正 青空", "ご連絡", "HANAKO@example.jp",
        "０９０ー１２３４ー５６７８", "+81 90 1234 5678", "hanako@",
    ],
)  # fmt: skip
def test_it_finds_the_japanese_ticket(two: tuple[int, int], query: str) -> None:
    assert find(query).ticket_ids == (two[0],)


@pytest.mark.parametrize("query", ["ERASE", "appleseed", "my account", "john@example.com", "ac"])
def test_it_finds_the_english_ticket(two: tuple[int, int], query: str) -> None:
    assert find(query).ticket_ids == (two[1],)


@pytest.mark.parametrize("query", ["", "  ", "訂", "訂正 erase", "開示", "正訂", "nobody@example.jp", "090-0000-0000"])
def test_it_finds_nothing_where_nothing_is(two: tuple[int, int], query: str) -> None:
    assert find(query).ticket_ids == ()


def test_it_finds_by_reference_however_typed(two: tuple[int, int]) -> None:
    ref = db.session.scalar(select(Ticket.ref).where(Ticket.id == two[0])) or ""
    assert find(f" {ref[:4].lower()}-{ref[4:8]} {ref[8:]}").ticket_ids == (two[0],)


def test_it_finds_a_name_of_single_signs(context: object) -> None:
    ticket_id = add_ticket(Contact(name="李 明"), "お問い合わせ")
    index()
    assert find("李 明").ticket_ids == find("李　明").ticket_ids == (ticket_id,)


def test_it_lets_false_candidates_fall_out(context: object) -> None:
    true = add_ticket(JOHN, "a banana")
    false = add_ticket(JOHN, "bananas ana nab")  # holds every pair of the query, never side by side
    index()
    assert candidates(tokens_of(["nabana"], vault()), 10, (1 << 63) - 1) == [false]
    assert find("nabana").ticket_ids == ()
    assert find("banana").ticket_ids == (false, true)


def test_it_pages_newest_first(context: object) -> None:
    ids = [add_ticket(JOHN, f"請求 {n}") for n in range(5)]
    index()
    first = find("請求", limit=2)
    second = find("請求", limit=2, before_id=first.before_id)
    third = find("請求", limit=2, before_id=second.before_id)
    assert [*first.ticket_ids, *second.ticket_ids, *third.ticket_ids] == ids[::-1]
    assert third.before_id is None
    by_address = find("john@example.com", limit=4)
    assert by_address.ticket_ids == tuple(ids[:0:-1])
    assert find("john@example.com", limit=4, before_id=by_address.before_id).ticket_ids == (ids[0],)


def test_it_finds_notes_and_what_was_added_later(two: tuple[int, int]) -> None:
    with transaction():
        add_text(two[1], "経理に確認済み", Direction.NOTE)
        db.session.get_one(Ticket, two[1]).needs_index = True
    index()
    assert find("経理").ticket_ids == (two[1],)
    assert find("erase").ticket_ids == (two[1],)


def test_it_uses_the_index_for_a_rare_word(app: Flask, two: tuple[int, int]) -> None:
    if is_sqlite(db.engine):
        plan = db.session.execute(
            text("EXPLAIN QUERY PLAN SELECT rowid FROM search_words WHERE search_words MATCH 'aaaaaaaa'")
        ).all()
        assert "VIRTUAL TABLE INDEX" in str(plan)
        return
    db.session.execute(text("SET LOCAL enable_seqscan = off"))
    plan = db.session.execute(text("EXPLAIN SELECT ticket_id FROM search_doc WHERE tokens @> ARRAY[1, 2]")).all()
    assert "ix_search_doc_tokens" in str(plan)
