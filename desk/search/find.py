"""Looking tickets up: by reference, e-mail address, telephone number or name exactly, else by the words in them.

The query is never logged or stored; whoever asks records how many were found, and nothing of what was asked.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select

from desk.db import db
from desk.search.candidates import candidates
from desk.search.folding import fold
from desk.search.identifiers import IdentifierKind, fingerprint, read_email, read_name, read_phone
from desk.search.models import Identifier
from desk.search.plaintext import open_words
from desk.search.tokens import pairs, terms_of, tokenise
from desk.tickets.models import Ticket
from desk.tickets.references import read_reference
from desk.vault.keys import vault

PAGE = 25
MOST_OPENED = 500
"""How many candidates one page opens at most; the next page goes on from there."""
LAST = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Page:
    """One page of what was found, newest first; `before_id` fetches the next page, None when there is none."""

    ticket_ids: tuple[int, ...]
    before_id: int | None = None


def find(query: str, limit: int = PAGE, before_id: int | None = None) -> Page:
    """Return a page of the tickets that a query means. Raises `desk.vault.seal.Unreadable` without the desk's keys."""
    before = LAST if before_id is None else before_id
    reference = read_reference(query)
    if reference is not None:
        found = db.session.scalar(select(Ticket.id).where(Ticket.ref == reference))
        if found is not None:
            return Page((found,) if found < before else ())
    for kind, value in _identifiers(query):
        token = fingerprint(vault(), kind, value)
        if db.session.scalar(select(Identifier.id).where(Identifier.kind == kind, Identifier.token == token).limit(1)):
            return _by_identifier(kind, token, limit, before)
    return _by_words(terms_of(query), limit, before)


def _identifiers(query: str) -> Iterator[tuple[IdentifierKind, str]]:
    if (email := read_email(query)) is not None:
        yield IdentifierKind.EMAIL, email
    elif (phone := read_phone(query)) is not None:
        yield IdentifierKind.PHONE, phone
    elif not any(pairs(term) for term in terms_of(query)) and (name := read_name(query)) is not None:
        yield IdentifierKind.NAME, name  # a name of single signs has no pair to be found by


def _by_identifier(kind: IdentifierKind, token: bytes, limit: int, before: int) -> Page:
    ids = db.session.scalars(
        select(Identifier.ticket_id)
        .where(Identifier.kind == kind, Identifier.token == token, Identifier.ticket_id < before)
        .order_by(Identifier.ticket_id.desc())
        .distinct()
        .limit(limit + 1)
    ).all()
    return Page(tuple(ids[:limit]), ids[limit - 1] if len(ids) > limit else None)


def _by_words(terms: list[str], limit: int, before: int) -> Page:
    wanted = {pair for term in terms for pair in pairs(term)}
    if not wanted:
        return Page(())
    tokens = tokenise(wanted, vault())
    found: list[int] = []
    opened = 0
    while opened < MOST_OPENED:
        batch = candidates(tokens, limit + 1, before)
        true = _verified(batch, terms)
        found += true
        if len(found) > limit:
            return Page(tuple(found[:limit]), found[limit - 1])
        if len(batch) <= limit:
            return Page(tuple(found))
        opened, before = opened + len(batch), batch[-1]
    return Page(tuple(found), before)


def _verified(ticket_ids: list[int], terms: list[str]) -> list[int]:
    """Keep the tickets whose opened words hold every term: tokens collide, and pairs need not be neighbours."""
    if not ticket_ids:
        return []
    words = open_words(ticket_ids)
    kept = []
    for ticket_id in ticket_ids:
        texts = [fold(text) for text in words[ticket_id].texts()]
        if all(any(term in text for text in texts) for term in terms):
            kept.append(ticket_id)
    return kept
