"""The letter for whoever has no e-mail address: a new link with the code that opens what is behind it, to be printed."""

from dataclasses import dataclass
from datetime import datetime

from desk.events.kinds import EventKind
from desk.events.trail import Actor, record
from desk.handling.access import LETTER_CODE_LIFE, make_letter_code
from desk.handling.laws import law_of
from desk.handling.outgoing import addressee_of, mark_changed, new_link
from desk.mail import letters
from desk.mail.letters import Letter
from desk.tickets.content import Contact
from desk.tickets.errors import NotAllowed
from desk.tickets.models import Ticket
from desk.tickets.references import grouped
from desk.vault.keys import Purpose, keys_of


@dataclass(frozen=True, slots=True)
class PaperLetter:
    """What is printed: to whom, and the letter in the ticket's language. It is made once and stored nowhere."""

    to: Contact
    addressee: str
    """The name as it stands on an envelope in the ticket's language."""
    letter: Letter


def print_letter(ticket: Ticket, actor: Actor, now: datetime, base_url: str) -> PaperLetter:
    """Return a letter with a new link and a new code; codes of earlier letters end.

    Raises `NotAllowed` when the person has an address that codes are mailed to.
    """
    case_key = keys_of(ticket.id)[Purpose.CASE]
    to = addressee_of(ticket.id, case_key).contact
    if to.email:
        raise NotAllowed("codes go by mail")
    letter = letters.compose(
        "paper",
        ticket.language,
        addressee=to.name,
        ref=grouped(ticket.ref),
        kind_name=law_of(ticket).kind(ticket.kind).name.get(ticket.language),
        received_at=ticket.received_at,
        url=new_link(ticket, case_key, actor, now, base_url),
        code=make_letter_code(ticket.id, case_key, now),
        until=now + LETTER_CODE_LIFE,
        on=now,
    )
    record(EventKind.LETTER_PRINTED, actor=actor, at=now, ticket_id=ticket.id)
    mark_changed(ticket)
    addressee = f"{to.name} 様" if ticket.language == "ja" else to.name
    return PaperLetter(to, addressee, letter)
