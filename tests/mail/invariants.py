"""The auditor: reads the outbox beside what the peer accepted, and names every promise that is broken."""

from collections import Counter
from email import message_from_bytes

from sqlalchemy import select

from desk.db import db
from desk.events.models import Alert
from desk.mail.models import MailKind, MailState, OutboxMail
from desk.tickets.models import Ticket
from tests.services.smtp import Received


def broken_promises(received: list[Received], *, faults: bool, ended: bool = True) -> list[str]:
    """Return what is wrong, one line a fact; empty when delivery kept its word.

    `faults`: whether anything went wrong on purpose. `ended`: whether every mail should have come to an end.
    """
    db.session.rollback()
    mails = list(db.session.scalars(select(OutboxMail).execution_options(populate_existing=True)))
    taken = Counter(message_from_bytes(message.content)["Message-ID"] for message in received)
    contents: dict[str, set[bytes]] = {}
    for message in received:
        contents.setdefault(message_from_bytes(message.content)["Message-ID"], set()).add(message.content)
    alerts = {
        (alert.kind, alert.object_id) for alert in db.session.scalars(select(Alert).where(Alert.closed_at.is_(None)))
    }
    wrong = []
    for mail in mails:
        accepts, name = taken[mail.message_id], f"{mail.id} ({mail.state})"
        if mail.state == MailState.SENT and not accepts:
            wrong.append(f"O4 {name} is called sent and was never accepted")
        if accepts > 1 + mail.ambiguous:
            wrong.append(f"O5 {name} was accepted {accepts} times with {mail.ambiguous} unknown")
        if not faults and mail.state not in {MailState.DEAD, MailState.HELD} and accepts != 1:
            wrong.append(f"O6 {name} was accepted {accepts} times without a fault")
        for state, kind in ((MailState.DEAD, "mail_dead"), (MailState.UNCERTAIN, "mail_uncertain")):
            if mail.state == state and (kind, mail.id) not in alerts:
                wrong.append(f"O8 {name} has no alert")
        if len(contents.get(mail.message_id, set())) > 1:
            wrong.append(f"O9 {name} had other bytes on another attempt")
        if mail.state in {MailState.CLAIMED, MailState.SENDING} and ended:
            wrong.append(f"O10 {name} is still held by a sender")
    unknown = taken.keys() - {mail.message_id for mail in mails}
    wrong += [f"O3 the peer accepted {len(unknown)} mails that have no row"] * bool(unknown)
    return wrong + _tickets(mails)


def _tickets(mails: list[OutboxMail]) -> list[str]:
    """O2: each ticket has exactly one acknowledgement in the outbox, and knows when it was sent."""
    acknowledgements = Counter(mail.ticket_id for mail in mails if mail.kind == MailKind.ACKNOWLEDGEMENT)
    sent = {m.ticket_id for m in mails if m.kind == MailKind.ACKNOWLEDGEMENT and m.state == MailState.SENT}
    wrong = []
    for ticket in db.session.scalars(select(Ticket).execution_options(populate_existing=True)):
        if acknowledgements and acknowledgements[ticket.id] > 1:
            wrong.append(f"O2 ticket {ticket.id} has {acknowledgements[ticket.id]} acknowledgements")
        if (ticket.id in sent) != (ticket.acknowledged_at is not None):
            wrong.append(f"O1 ticket {ticket.id} does not know whether it was acknowledged")
    return wrong
