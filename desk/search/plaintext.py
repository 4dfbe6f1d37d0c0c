"""The words of tickets, opened in memory for the index and for checking what it found; nothing opened is kept.

Card and account numbers are masked before: no token tells of them, and nobody finds a case by one.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from desk.db import db
from desk.tickets.content import Contact, Said
from desk.tickets.masking import mask_said
from desk.tickets.models import Direction, Message, Party
from desk.vault.keys import DataKey, Purpose, vault


@dataclass(slots=True)
class Words:
    """What can be searched of one ticket."""

    contacts: list[Contact] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def texts(self) -> list[str]:
        """Return every text that the index covers; a telephone number is looked up as a whole only."""
        found = list(self.said)
        for each in self.contacts:
            found += (each.name, each.reading, each.company, each.department, each.email, each.address)
        return [text for text in found if text]


@dataclass(slots=True)
class _Keys:
    """The opened keys of some tickets: by ticket and purpose, and those that open one message each."""

    by_ticket: dict[tuple[int, str], bytes] = field(default_factory=dict)
    by_id: dict[int, bytes] = field(default_factory=dict)

    def of_message(self, message: Message) -> bytes | None:
        if message.key_id is not None:
            return self.by_id.get(message.key_id)
        purpose = Purpose.DESK if message.direction == Direction.NOTE else Purpose.CASE
        return self.by_ticket.get((message.ticket_id, purpose))


def open_words(ticket_ids: Sequence[int]) -> dict[int, Words]:
    """Return the searchable words of some tickets; what was shredded is absent from them.

    Raises `desk.vault.seal.Unreadable` when a key or a text does not open.
    """
    keys = _open_keys(ticket_ids)
    found: dict[int, Words] = defaultdict(Words)
    for party in db.session.scalars(select(Party).where(Party.ticket_id.in_(ticket_ids))):
        key = keys.by_ticket.get((party.ticket_id, Purpose.CASE))
        if key is not None:
            found[party.ticket_id].contacts.append(Contact.unseal(key, party.sealed))
    for message in db.session.scalars(select(Message).where(Message.ticket_id.in_(ticket_ids))):
        key = keys.of_message(message)
        if key is not None:
            said = mask_said(Said.unseal(key, message.sealed))
            found[message.ticket_id].said += (said.text, *said.details.values())
    return {ticket_id: found[ticket_id] for ticket_id in ticket_ids}


def _open_keys(ticket_ids: Sequence[int]) -> _Keys:
    keys, holder = _Keys(), vault()
    wanted = (Purpose.CASE, Purpose.DESK, Purpose.ADDITION)
    for row in db.session.scalars(
        select(DataKey).where(DataKey.ticket_id.in_(ticket_ids), DataKey.purpose.in_(wanted))
    ):
        key = holder.open(row)
        if row.purpose == Purpose.ADDITION:
            keys.by_id[row.id] = key
        elif row.ticket_id is not None:
            keys.by_ticket[row.ticket_id, row.purpose] = key
    return keys
