"""Whom the desk writes to: another e-mail address, after which nothing that went to the old one opens anything."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

from desk.accounts.permissions import Permission, Role, may
from desk.accounts.staff import list_colleagues
from desk.addresses import check_address
from desk.db import db, new_id
from desk.events.kinds import EventKind
from desk.events.trail import Actor, record
from desk.handling.decisions import ALONE_AFTER
from desk.handling.identity import is_confirmed, undo_confirmation
from desk.handling.outgoing import addressee_of, mark_changed, post_letter
from desk.mail import custody
from desk.mail.models import MailKind
from desk.tickets.access import revoke_access
from desk.tickets.address_requests import AddressRequest, NewAddress, find_address_request
from desk.tickets.cards import cut_cards
from desk.tickets.content import Contact
from desk.tickets.errors import NotAllowed
from desk.tickets.models import Party, Ticket
from desk.vault.keys import Purpose, keys_of


class SecondPerson(NotAllowed):
    """Somebody else must look: identity is confirmed, and the new address would undo it."""


def change_address(ticket: Ticket, asked: NewAddress, actor: Actor, now: datetime, base_url: str) -> None:
    """Write to another address from now on, as `_change` says. Raises `SecondPerson` where identity is confirmed."""
    if is_confirmed(ticket.id):
        raise SecondPerson("identity is confirmed")
    _change(ticket, asked, actor, now, base_url)


def ask_address(ticket: Ticket, asked: NewAddress, actor: Actor, now: datetime) -> None:
    """Ask for another address where identity is confirmed: it waits for a second person, and takes the place of one that waits.

    Raises `NotAllowed` when it is the address already or the contact was erased; `desk.addresses.BadAddress`.
    """
    asked = NewAddress(check_address(asked.email), cut_cards(asked.reason))
    keys = keys_of(ticket.id)
    if Purpose.CASE not in keys or Purpose.DESK not in keys:
        raise NotAllowed("the contact was erased")
    if addressee_of(ticket.id, keys[Purpose.CASE]).contact.email == asked.email:
        raise NotAllowed("the same address")
    before = find_address_request(ticket.id)
    if before is not None:
        before.decided_at, before.decided_by, before.is_approved = now, actor.staff_id, False
        db.session.flush()
    sealed = asked.seal(keys[Purpose.DESK])
    row = AddressRequest(id=new_id(), ticket_id=ticket.id, sealed=sealed, asked_at=now, asked_by=actor.staff_id)
    db.session.add(row)
    record(EventKind.ADDRESS_ASKED, actor=actor, at=now, ticket_id=ticket.id)
    mark_changed(ticket)


def approve_address(ticket: Ticket, request_id: int, actor: Actor, now: datetime, base_url: str) -> None:
    """Have the desk write to the address that waits, as a second person. Raises `SecondPerson` and `NotAllowed`."""
    row = _waiting(ticket, request_id)
    if row.asked_by == actor.staff_id and not may_change_alone(row, now):
        raise SecondPerson("the one who asked")
    row.decided_at, row.decided_by, row.is_approved = now, actor.staff_id, True
    asked = NewAddress.unseal(keys_of(ticket.id)[Purpose.DESK], row.sealed)
    _change(ticket, asked, actor, now, base_url)


def refuse_address(ticket: Ticket, request_id: int, actor: Actor, now: datetime) -> None:
    """Leave the address as it is; whoever asked may take it back so too. Raises `NotAllowed` when none waits."""
    row = _waiting(ticket, request_id)
    row.decided_at, row.decided_by, row.is_approved = now, actor.staff_id, False
    record(EventKind.ADDRESS_REFUSED, actor=actor, at=now, ticket_id=ticket.id)
    mark_changed(ticket)


def may_change_alone(row: AddressRequest, now: datetime) -> bool:
    """Tell whether the one who asked may approve: where nobody else may, and half an hour later."""
    others = [
        one
        for one in list_colleagues()
        if one.id != row.asked_by and one.is_active and may(Role(one.role), Permission.WORK_TICKETS)
    ]
    return not others and now >= row.asked_at + ALONE_AFTER


def _waiting(ticket: Ticket, request_id: int) -> AddressRequest:
    row = find_address_request(ticket.id)
    if row is None or row.id != request_id:
        raise NotAllowed("this address does not wait")
    return row


def _change(ticket: Ticket, asked: NewAddress, actor: Actor, now: datetime, base_url: str) -> None:
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
    undo_confirmation(ticket, actor, now)
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
