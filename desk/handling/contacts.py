"""Whom the desk writes to: another e-mail address, after which nothing that went to the old one opens anything."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select

from desk.addresses import check_address
from desk.db import db
from desk.events.kinds import EventKind
from desk.events.trail import Actor, record
from desk.handling.casework import change_state, record_move
from desk.handling.outgoing import addressee_of, mark_changed, post_letter
from desk.mail import custody
from desk.mail.models import MailKind
from desk.tickets.access import revoke_access
from desk.tickets.content import Contact
from desk.tickets.errors import NotAllowed
from desk.tickets.models import Party, Ticket
from desk.tickets.states import State
from desk.vault.keys import Purpose, keys_of


@dataclass(frozen=True, slots=True)
class NewAddress:
    """The e-mail address that the desk is to write to, and how staff know it."""

    email: str
    reason: str


def change_address(ticket: Ticket, asked: NewAddress, actor: Actor, now: datetime, base_url: str) -> None:
    """Write to another address from now on, and send a new link there.

    Links, codes and what they opened end, because the old address may be somebody else's. Mails of the ticket that have
    not arrived are given up and their bytes erased: what they said stands under the new link. The address is not
    confirmed until a code that was sent there comes back, and a case whose identity check was done is checked anew. Raises `NotAllowed` when it is the address already, or the
    contact was erased; `desk.addresses.BadAddress`.
    """
    keys = keys_of(ticket.id)
    case_key, desk_key = keys.get(Purpose.CASE), keys.get(Purpose.DESK)
    email = check_address(asked.email)
    if case_key is None or desk_key is None:
        raise NotAllowed("the contact was erased")
    before = addressee_of(ticket.id, case_key).contact
    if before.email == email:
        raise NotAllowed("the same address")
    party = _party_of(ticket.id, case_key, before)
    party.sealed, party.has_email, party.bounced_at = replace(before, email=email).seal(case_key), True, None
    event_id = record(
        EventKind.ADDRESS_CHANGED,
        actor=actor,
        at=now,
        ticket_id=ticket.id,
        payload={"reason": asked.reason, "before": before.email, "after": email},
        desk_key=desk_key,
    )
    if ticket.state == State.VERIFIED:
        change_state(ticket, State.TRIAGED)
        record_move(ticket, State.VERIFIED, actor, now)
    revoke_access(ticket.id, now)
    custody.abandon(ticket.id, actor, now)
    db.session.flush()
    post_letter(
        ticket,
        "address-changed",
        MailKind.LINK,
        case_key=case_key,
        actor=actor,
        now=now,
        base_url=base_url,
        dedupe=event_id,
    )
    mark_changed(ticket)


def _party_of(ticket_id: int, case_key: bytes, contact: Contact) -> Party:
    """Return the row of the party that the desk writes to."""
    parties = db.session.scalars(select(Party).where(Party.ticket_id == ticket_id).order_by(Party.id))
    return next(party for party in parties if Contact.unseal(case_key, party.sealed) == contact)
