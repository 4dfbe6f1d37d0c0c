"""What leaves for the person: the text that stands under the link, and the mail that points to it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm.attributes import flag_modified

from desk.company.profile import profile
from desk.company.settings import get_setting
from desk.db import after_commit, db, new_id
from desk.events.kinds import EventKind
from desk.events.models import Event
from desk.events.trail import Actor, record
from desk.mail import letters, outbox
from desk.mail.letters import Letter
from desk.mail.models import MailKind
from desk.mail.received import next_thread
from desk.tickets.access import mint_link
from desk.tickets.cards import cut_cards
from desk.tickets.content import Contact, Said, correspondent
from desk.tickets.models import Channel, Direction, Message, Party, PartyRole, Ticket
from desk.tickets.references import grouped
from desk.vault.seal import token_hash


@dataclass(frozen=True, slots=True)
class Addressee:
    """Who the desk writes to, by `desk.tickets.content.correspondent`."""

    contact: Contact
    is_confirmed: bool
    """A code sent to the address came back, so that a letter may greet by name."""


def addressee_of(ticket_id: int, case_key: bytes) -> Addressee:
    """Return who the desk writes to. Raises `desk.vault.seal.Unreadable`."""
    parties = {
        PartyRole(party.role): party
        for party in db.session.scalars(select(Party).where(Party.ticket_id == ticket_id).order_by(Party.id.desc()))
    }
    person, agent = (
        Contact.unseal(case_key, parties[role].sealed) if role in parties else None
        for role in (PartyRole.PERSON, PartyRole.AGENT)
    )
    contact = correspondent(person or Contact(), agent)
    told = select(func.max(Event.id)).where(Event.ticket_id == ticket_id, Event.kind == EventKind.ADDRESS_CHANGED)
    since = func.coalesce(told.scalar_subquery(), 0)
    accepted = exists().where(Event.ticket_id == ticket_id, Event.kind == EventKind.CODE_ACCEPTED, Event.id > since)
    return Addressee(contact, bool(db.session.scalar(select(accepted))))


def status_url(base_url: str, language: str, token: str) -> str:
    """Return the address of a status page by its secret link."""
    return f"{base_url}{'/en' if language == 'en' else ''}/s/{token}"


def compose(ticket: Ticket, name: str, addressee: Addressee, url: str, **context: Any) -> Letter:
    """Fill in a letter about a ticket; it greets by name only an address that is confirmed."""
    return letters.compose(
        name,
        ticket.language,
        company=profile(ticket.language),
        addressee=addressee.contact.name if addressee.is_confirmed else None,
        ref=grouped(ticket.ref),
        url=url,
        **context,
    )


def add_message(
    ticket: Ticket,
    direction: Direction,
    text: str,
    key: bytes,
    *,
    actor: Actor,
    now: datetime,
    nonce: str | None = None,
) -> int:
    """Add what staff wrote, sealed under `key`, card numbers cut, and return the message's id."""
    message_id = new_id()
    db.session.add(
        Message(
            id=message_id,
            ticket_id=ticket.id,
            direction=direction,
            channel=Channel.STAFF,
            staff_id=actor.staff_id,
            sealed=Said(cut_cards(text)).seal(key),
            nonce=token_hash(nonce) if nonce else None,
            created_at=now,
        )
    )
    mark_changed(ticket)
    return message_id


def mark_changed(ticket: Ticket) -> None:
    """Have the ticket's text indexed again, and its version raised even when no other column changes."""
    ticket.needs_index = True
    flag_modified(ticket, "needs_index")
    db.session.flush()
    after_commit("index", ticket.id)


def find_said(nonce: str) -> int | None:
    """Return the message that a form with this nonce has left already, or None."""
    return db.session.scalar(select(Message.id).where(Message.nonce == token_hash(nonce)))


def new_link(ticket: Ticket, case_key: bytes, actor: Actor, now: datetime, base_url: str) -> str:
    """Mint a link in the current transaction, with its event, and return its address."""
    token = mint_link(case_key, ticket.id, now, get_setting("link_days"))
    record(EventKind.LINK_MADE, actor=actor, at=now, ticket_id=ticket.id)
    return status_url(base_url, ticket.language, token)


def post_letter(
    ticket: Ticket,
    name: str,
    kind: MailKind,
    *,
    case_key: bytes,
    actor: Actor,
    now: datetime,
    base_url: str,
    dedupe: int,
    **context: Any,
) -> int | None:
    """Post a letter with a new link to whoever the desk writes to; None when there is no address to write to.

    `dedupe` names what the letter is about, so that the same thing never leaves twice.
    """
    addressee = addressee_of(ticket.id, case_key)
    if not addressee.contact.email:
        return None
    url = new_link(ticket, case_key, actor, now, base_url)
    return outbox.post(
        kind=kind,
        letter=compose(ticket, name, addressee, url, **context),
        to=addressee.contact.email,
        to_name=addressee.contact.name if addressee.is_confirmed else None,
        ticket_id=ticket.id,
        dedupe_key=f"{kind}:{dedupe}",
        at=now,
        thread=next_thread(ticket.id),
    )
