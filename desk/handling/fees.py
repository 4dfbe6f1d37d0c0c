"""The fee that the Act allows for some requests (Article 38): its arrival, the receipt, and the end of the wait for it."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import func, select

from desk.clock import date_of
from desk.db import db
from desk.events.kinds import EventKind
from desk.events.models import Event
from desk.events.trail import Actor, record
from desk.handling.casework import must_be_open, resume
from desk.handling.outgoing import add_message, find_said, post_letter
from desk.law.waits import WaitReason
from desk.mail.models import MailKind
from desk.tickets.errors import NotAllowed
from desk.tickets.models import Direction, Ticket, Wait
from desk.tickets.states import State
from desk.vault.keys import Purpose, keys_of

MOST_YEN = 1_000_000


class Way(StrEnum):
    """How a fee was paid."""

    BANK = "bank"
    CASH = "cash"
    CARD = "card"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Paid:
    """A fee that has arrived: how much (yen, tax included), how and when (JST), and what the receipt says.

    `nonce` names the form: sent twice it is one payment.
    """

    yen: int
    way: Way
    on: date
    receipt: str
    nonce: str | None = None


def has_asked_fee(ticket_id: int) -> bool:
    """Tell whether a fee was asked for on a ticket, and has not been paid since."""
    asked = select(func.max(Wait.started_at)).where(Wait.ticket_id == ticket_id, Wait.reason == WaitReason.FEE)
    paid = select(func.max(Event.at)).where(Event.ticket_id == ticket_id, Event.kind == EventKind.FEE_PAID)
    asked_at, paid_at = db.session.scalar(asked), db.session.scalar(paid)
    return asked_at is not None and (paid_at is None or paid_at < asked_at)


def receive_fee(ticket: Ticket, paid: Paid, actor: Actor, now: datetime, base_url: str) -> int:
    """Write down that the fee has arrived, give the person a receipt under the link, and go on; return the receipt's message.

    The ticket may have gone on before, when the person wrote that they had paid. Raises `NotAllowed` when no fee was asked
    for or it is paid already, and for an impossible sum or day.
    """
    if paid.nonce and (known := find_said(paid.nonce)):
        return known
    must_be_open(ticket)
    if not has_asked_fee(ticket.id):
        raise NotAllowed("no fee was asked for, or it is paid")
    if not 0 < paid.yen <= MOST_YEN or paid.on > date_of(now) or paid.on < ticket.received_on:
        raise NotAllowed(f"{paid.yen} yen on {paid.on}")
    case_key = keys_of(ticket.id)[Purpose.CASE]
    said = add_message(ticket, Direction.OUT, paid.receipt, case_key, actor=actor, now=now, nonce=paid.nonce)
    facts = {"yen": paid.yen, "payment": paid.way, "paid_on": paid.on.isoformat(), "message": said}
    record(EventKind.FEE_PAID, actor=actor, at=now, ticket_id=ticket.id, facts=facts)
    if ticket.state == State.FEE_WAIT:
        resume(ticket, actor, now)
    post_letter(
        ticket,
        "answer-notice",
        MailKind.ANSWER,
        case_key=case_key,
        actor=actor,
        now=now,
        base_url=base_url,
        dedupe=said,
    )
    return said
