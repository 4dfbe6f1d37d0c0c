"""Which law counts a ticket's time, and telling the person that the answer takes longer."""

from dataclasses import dataclass
from datetime import date, datetime

from desk.clock import date_of
from desk.company.activation import activated
from desk.events.kinds import EventKind
from desk.events.trail import Actor, record
from desk.handling.casework import catch_up, must_be_open, note_first_answer, reckon_again, triage
from desk.handling.clockwork import recount
from desk.handling.kinds import offered_kinds
from desk.handling.outgoing import add_message, find_said, post_letter
from desk.law.regimes import REGIME, REGIMES, Regime, get_regime
from desk.mail.models import MailKind
from desk.tickets.decisions import drop_standing
from desk.tickets.errors import NotAllowed
from desk.tickets.models import Direction, Ticket
from desk.vault.keys import Purpose, keys_of


@dataclass(frozen=True, slots=True)
class Delay:
    """That the answer takes longer: why and how far it is, which stands under the link, and the JST date now aimed at."""

    text: str
    expected_on: date
    nonce: str | None = None


def laws_for(ticket: Ticket, on: date) -> tuple[Regime, ...]:
    """List the other laws under which a ticket of this kind can be handled on a JST date: those that offer the kind.

    A law of which nothing was checked is not even read.
    """
    others = (code for code in REGIMES if code != ticket.regime and (code == REGIME or activated(code)))
    return tuple(get_regime(code) for code in others if ticket.kind in {kind.code for kind in offered_kinds(code, on)})


def choose_law(ticket: Ticket, code: str, why: str, actor: Actor, now: datetime) -> None:
    """Handle a ticket under another law from now on; its time still counts from arrival.

    Raises `NotAllowed` for a law that does not offer the ticket's kind, and for a ticket whose dates cannot be reckoned.
    """
    must_be_open(ticket)
    if code not in {law.code for law in laws_for(ticket, date_of(now))}:
        raise NotAllowed(f"{ticket.kind} under {code}")
    catch_up(ticket, now)
    record(
        EventKind.LAW_CHOSEN,
        actor=actor,
        at=now,
        ticket_id=ticket.id,
        facts={"origin": ticket.regime, "to": code},
        payload={"reason": why},
        desk_key=keys_of(ticket.id)[Purpose.DESK],
    )
    ticket.regime, ticket.law_version = code, get_regime(code).version
    drop_standing(ticket.id)
    reckon_again(ticket)


def tell_delay(ticket: Ticket, delay: Delay, actor: Actor, now: datetime, base_url: str) -> int:
    """Tell the person that the answer takes longer, and return the message's id: a mail says the date, the link why.

    Under the Act (APPI) no date moves; where a law knows an extension told in time, its ceiling does. A form sent twice
    tells it once. Raises `NotAllowed` when the ticket has ended or the date is past.
    """
    if delay.nonce and (known := find_said(delay.nonce)):
        return known
    must_be_open(ticket)
    if delay.expected_on < date_of(now):
        raise NotAllowed(f"an answer expected on {delay.expected_on}, which is past")
    case_key = keys_of(ticket.id)[Purpose.CASE]
    message_id = add_message(ticket, Direction.OUT, delay.text, case_key, actor=actor, now=now, nonce=delay.nonce)
    facts = {"message": message_id, "expected": delay.expected_on.isoformat()}
    record(EventKind.DELAY_TOLD, actor=actor, at=now, ticket_id=ticket.id, facts=facts)
    triage(ticket, actor, now)
    note_first_answer(ticket, now)
    recount(ticket)
    post_letter(
        ticket,
        "delay",
        MailKind.DELAY,
        case_key=case_key,
        actor=actor,
        now=now,
        base_url=base_url,
        dedupe=message_id,
        expected_on=delay.expected_on,
    )
    return message_id
