"""Who somebody is and for whom they act: what is still lacking, the confirmation, and what undoes it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import select

from desk.db import db
from desk.events.kinds import EventKind
from desk.events.models import Event
from desk.events.trail import Actor, record
from desk.handling.casework import change_state, end_wait, must_be_open, record_move
from desk.handling.decisions import settle_proven
from desk.handling.laws import law_of
from desk.handling.outgoing import mark_changed
from desk.law.proof import Lacking, lacking
from desk.law.regimes import Identity
from desk.law.waits import WaitReason
from desk.tickets.content import Contact
from desk.tickets.decisions import drop_standing
from desk.tickets.errors import NotAllowed
from desk.tickets.identity import DocumentState, list_documents
from desk.tickets.models import Party, PartyRole, Ticket
from desk.tickets.states import WAITING, State
from desk.vault.keys import Purpose, keys_of


class Basis(StrEnum):
    """By what somebody was confirmed."""

    DOCUMENTS = "documents"
    ACCOUNT = "account"
    """They signed in to the company's service, or answered from the address registered there."""
    KNOWN = "known"
    """By what only they can know, or because staff know them."""


class ProofLacking(NotAllowed):
    """The documents accepted so far do not show enough; `lacking` says what is missing."""

    def __init__(self, missing: tuple[Lacking, ...]) -> None:
        super().__init__(", ".join(missing))
        self.lacking = missing


def relation_of(ticket_id: int) -> str | None:
    """Return how the agent of a ticket stands to the person; None without an agent, or where the contact was erased."""
    key = keys_of(ticket_id).get(Purpose.CASE)
    sealed = db.session.scalar(
        select(Party.sealed).where(Party.ticket_id == ticket_id, Party.role == PartyRole.AGENT).limit(1)
    )
    if key is None or sealed is None:
        return None
    return Contact.unseal(key, sealed).relation or "other"


def is_confirmed(ticket_id: int) -> bool:
    """Tell whether identity is confirmed: another e-mail address since then undoes it."""
    return _newest(ticket_id) == EventKind.IDENTITY_CONFIRMED


def asks_identity(ticket: Ticket) -> bool:
    """Tell whether a case has use for identity documents: it waits for them or its kind needs them, and nobody has confirmed."""
    if not ticket.is_open or is_confirmed(ticket.id):
        return False
    needed = law_of(ticket).kind(ticket.kind).needs_identity is Identity.FULL
    return needed or ticket.waiting_for == WaitReason.IDENTITY


def still_lacking(ticket: Ticket) -> tuple[Lacking, ...]:
    """Return what the accepted documents of a ticket do not show yet."""
    accepted = [
        (one.document, one.of_agent) for one in list_documents(ticket.id) if one.state == DocumentState.ACCEPTED
    ]
    return lacking(accepted, relation_of(ticket.id))


def confirm_identity(ticket: Ticket, basis: Basis, why: str, actor: Actor, now: datetime) -> None:
    """Confirm who the person is, and that an agent may act; an open wait ends, and the duties about it are ticked off.

    Raises `ProofLacking` where documents are the basis and do not show enough, and `NotAllowed` when the ticket has ended,
    identity is confirmed already, or another basis has no reason.
    """
    must_be_open(ticket)
    if is_confirmed(ticket.id):
        raise NotAllowed("identity is confirmed")
    if basis is Basis.DOCUMENTS:
        if missing := still_lacking(ticket):
            raise ProofLacking(missing)
    elif not why:
        raise NotAllowed("another basis has a reason")
    origin = State(ticket.state)
    if origin in WAITING:
        change_state(ticket, State.TRIAGED)
        end_wait(ticket, actor, now)
    record(
        EventKind.IDENTITY_CONFIRMED,
        actor=actor,
        at=now,
        ticket_id=ticket.id,
        facts={"basis": basis, "relation": relation_of(ticket.id) or "self"},
        payload={"reason": why},
        desk_key=keys_of(ticket.id)[Purpose.DESK],
    )
    if ticket.state in BEFORE:
        before = State(ticket.state)
        change_state(ticket, State.VERIFIED)
        record_move(ticket, before, actor, now)
    settle_proven(ticket, actor, now, is_done=True)
    mark_changed(ticket)


BEFORE = frozenset({State.RECEIVED, State.ACKED, State.TRIAGED, State.REOPENED})
"""States in which the confirmation is the next step; later ones stay as they are."""


def undo_confirmation(ticket: Ticket, actor: Actor, now: datetime) -> None:
    """Take back what rested on the confirmation, because the desk writes to another address: it must be confirmed anew."""
    if ticket.state == State.VERIFIED:
        change_state(ticket, State.TRIAGED)
        record_move(ticket, State.VERIFIED, actor, now)
    if settle_proven(ticket, actor, now, is_done=False):
        drop_standing(ticket.id)


def _newest(ticket_id: int) -> str | None:
    told = (EventKind.IDENTITY_CONFIRMED, EventKind.ADDRESS_CHANGED)
    found = select(Event.kind).where(Event.ticket_id == ticket_id, Event.kind.in_(told))
    return db.session.scalar(found.order_by(Event.id.desc()).limit(1))
