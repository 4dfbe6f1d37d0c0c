"""Tickets that may be the same person's: they share an e-mail address, a telephone number or a name, by the blind index."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from desk.db import db
from desk.search.identifiers import IdentifierKind, fingerprint, identifiers_of
from desk.search.models import Identifier
from desk.tickets.content import Contact
from desk.vault.keys import vault

MOST = 100
"""Tickets that are looked at for each thing they share."""


@dataclass(frozen=True, slots=True)
class SamePerson:
    """What was found: by ticket, newest first, what it shares; and whether there is more than was looked at."""

    tickets: Mapping[int, frozenset[IdentifierKind]]
    is_cut: bool


def find_same_person(contact: Contact, own_id: int) -> SamePerson:
    """Find the tickets on which the person of one ticket is named, that one (`own_id`) in any case.

    Raises `desk.vault.seal.Unreadable` without the index key.
    """
    known = {(kind, fingerprint(vault(), kind, value)) for kind, value in identifiers_of(contact)}
    shared: defaultdict[int, set[IdentifierKind]] = defaultdict(set, {own_id: {kind for kind, _ in known}})
    is_cut = False
    for kind, token in known:
        ids = db.session.scalars(
            select(Identifier.ticket_id)
            .where(Identifier.kind == kind, Identifier.token == token)
            .order_by(Identifier.ticket_id.desc())
            .distinct()
            .limit(MOST + 1)
        ).all()
        is_cut = is_cut or len(ids) > MOST
        for ticket_id in ids[:MOST]:
            shared[ticket_id].add(kind)
    return SamePerson({ticket_id: frozenset(shared[ticket_id]) for ticket_id in sorted(shared, reverse=True)}, is_cut)
