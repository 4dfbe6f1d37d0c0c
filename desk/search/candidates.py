"""Asking the index itself: tickets that hold all of some tokens, newest first, on both databases."""

from sqlalchemy import Integer, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from desk.db import db, is_sqlite
from desk.search.index import as_words

RECENT = 2_000
"""How many of the newest tickets are looked through before the whole index is asked.

A word in one ticket of eighty or more fills a page from these; for a rarer one the whole answer is short. Either way
the work is bounded, however many tickets there are."""

TOKENS = bindparam("tokens", type_=ARRAY(Integer))

NEWEST = text(
    "SELECT ticket_id FROM ("
    " SELECT ticket_id, tokens FROM search_doc WHERE ticket_id < :before ORDER BY ticket_id DESC LIMIT :recent"
    ") AS newest WHERE tokens @> :tokens ORDER BY ticket_id DESC LIMIT :limit"
).bindparams(TOKENS)

# The matches are materialised before they are ordered: with ORDER BY … LIMIT straight on the condition the planner
# walks the primary key backwards through every ticket.
ALL = text(
    "WITH hits AS MATERIALIZED (SELECT ticket_id FROM search_doc WHERE tokens @> :tokens)"
    " SELECT ticket_id FROM hits WHERE ticket_id < :before ORDER BY ticket_id DESC LIMIT :limit"
).bindparams(TOKENS)

IN_WORDS = text(
    "SELECT rowid FROM search_words WHERE search_words MATCH :tokens AND rowid < :before"
    " ORDER BY rowid DESC LIMIT :limit"
)


def candidates(tokens: list[int], limit: int, before: int) -> list[int]:
    """Return at most `limit` ids of tickets older than `before` that hold all the tokens, newest first."""
    if is_sqlite(db.engine):
        words = " AND ".join(as_words(tokens).split())
        return list(db.session.scalars(IN_WORDS, {"tokens": words, "before": before, "limit": limit}))
    values = {"tokens": tokens, "before": before, "limit": limit}
    found = list(db.session.scalars(NEWEST, values | {"recent": RECENT}))
    return found if len(found) == limit else list(db.session.scalars(ALL, values))
