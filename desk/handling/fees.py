"""The fee that the Act allows for some requests (Article 38): its arrival, the receipt, and the end of the wait for it."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from desk.clock import date_of
from desk.events.kinds import EventKind
from desk.events.trail import Actor, record
from desk.handling.casework import resume
from desk.handling.outgoing import add_message, find_said, post_letter
from desk.mail.models import MailKind
from desk.tickets.errors import NotAllowed
from desk.tickets.models import Direction, Ticket
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


def receive_fee(ticket: Ticket, paid: Paid, actor: Actor, now: datetime, base_url: str) -> int:
    """Write down that the fee has arrived, give the person a receipt under the link, and go on; return the receipt's message.

    Raises `NotAllowed` when the ticket does not wait for a fee, or for an impossible sum or day.
    """
    if paid.nonce and (known := find_said(paid.nonce)):
        return known
    if ticket.state != State.FEE_WAIT:
        raise NotAllowed(f"{ticket.state} waits for no fee")
    if not 0 < paid.yen <= MOST_YEN or paid.on > date_of(now) or paid.on < ticket.received_on:
        raise NotAllowed(f"{paid.yen} yen on {paid.on}")
    case_key = keys_of(ticket.id)[Purpose.CASE]
    said = add_message(ticket, Direction.OUT, paid.receipt, case_key, actor=actor, now=now, nonce=paid.nonce)
    facts = {"yen": paid.yen, "payment": paid.way, "paid_on": paid.on.isoformat(), "message": said}
    record(EventKind.FEE_PAID, actor=actor, at=now, ticket_id=ticket.id, facts=facts)
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
