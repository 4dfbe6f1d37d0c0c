"""What a mail does to the cases: opens one, joins one, is noted on one, or waits for a person. One act each, no commits."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update

from desk.addresses import is_mailable
from desk.attachments.files import SealedFile, add_file
from desk.clock import date_of
from desk.company.profile import get_company
from desk.db import db
from desk.events.alerts import open_alert
from desk.events.kinds import EventKind
from desk.events.trail import DESK, PERSON, record
from desk.handling.calendars import desk_calendar
from desk.handling.correspondence import receive_mail
from desk.handling.intake import Submission, open_ticket
from desk.handling.kinds import offered_kinds
from desk.law.regimes import REGIME
from desk.mail.addresses import mailbox_of
from desk.mail.fates import BOUNCED, bounced
from desk.mail.models import InboxMail, InboxState
from desk.mail.received import Received, thread_of
from desk.mail.routing import Route
from desk.tickets.content import Contact, Said
from desk.tickets.models import Channel, Party, Ticket
from desk.tickets.suggesting import suggest
from desk.vault.keys import DataKey, Purpose, keys_of

MOST_TEXT = 100_000
"""Characters of a mail that become the message of a case; the whole stands in the original."""
DAYS_TO_DECIDE = 2
"""Business days in which somebody may judge a mail that was set aside."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A mail that is being settled, and everything that its act needs."""

    mail: InboxMail
    got: Received
    route: Route
    files: list[SealedFile]
    now: datetime
    base_url: str

    @property
    def said(self) -> Said:
        """Return what the mail says, as a message of a case."""
        read = self.got.parsed
        return Said(read.text[:MOST_TEXT], {"subject": read.subject[:500]} if read.subject else {})


def open_case(arrival: Arrival) -> None:
    """Open a ticket of its own; a genuine sender gets a receipt that answers their mail."""
    mail, read = arrival.mail, arrival.got.parsed
    kinds = frozenset(kind.code for kind in offered_kinds(REGIME, date_of(arrival.now)))
    likely = suggest(f"{read.subject}\n{read.text}", kinds)
    sender = arrival.got.sender or ""
    email = sender if is_mailable(sender) else ""
    opened = open_ticket(
        Submission(
            kind=likely.kind,
            population=likely.population,
            language=likely.language,
            channel=Channel.MAIL,
            person=Contact(name=(read.sender.name if read.sender else "")[:200], email=email),
            said=arrival.said,
            received_at=mail.received_at,
            acknowledge=arrival.route.may_answer and not _is_ours(email),
            thread=thread_of(read),
        ),
        arrival.now,
        arrival.base_url,
        DESK if mail.wish else PERSON,
    )
    _attach(arrival, opened.ticket_id, opened.message_id, opened.case_key)


def join_case(arrival: Arrival) -> None:
    """Add a mail to the ticket that it answers: it reopens, resumes and comes to the top of the queue."""
    match = arrival.route.match
    assert match is not None  # noqa: S101 - the route joins by a match
    ticket = db.session.get_one(Ticket, match.ticket_id, with_for_update=True, populate_existing=True)
    case_key = keys_of(ticket.id)[Purpose.CASE]
    message_id = receive_mail(ticket, arrival.said, case_key, arrival.mail.received_at, arrival.now)
    arrival.mail.outbox_id = match.outbox_id
    _attach(arrival, ticket.id, message_id, case_key)


def note_bounce(arrival: Arrival) -> None:
    """Bring a mail that did not arrive back to its ticket, and mark the address; a report on nothing known waits."""
    match = arrival.route.match
    if match is None or match.outbox_id is None:
        set_aside(arrival)
        return
    _end(arrival.mail, match.ticket_id, match.outbox_id)
    if not bounced(match.outbox_id, arrival.now) or match.ticket_id is None:
        return
    party = update(Party).where(Party.ticket_id == match.ticket_id, Party.has_email)
    db.session.execute(party.values(bounced_at=arrival.now))
    open_alert(BOUNCED, match.outbox_id, arrival.now, match.ticket_id)


def note_machine(arrival: Arrival) -> None:
    """Note on the ticket that a machine answered, without moving the case; one that answers nothing known waits."""
    match = arrival.route.match
    if match is None:
        set_aside(arrival)
        return
    _end(arrival.mail, match.ticket_id, match.outbox_id)
    if match.ticket_id is not None:
        facts = {"inbox": arrival.mail.id}
        record(EventKind.MACHINE_ANSWERED, actor=DESK, at=arrival.now, ticket_id=match.ticket_id, facts=facts)


def set_aside(arrival: Arrival) -> None:
    """Put a mail on the holding list, where a person judges it before the end of the second business day."""
    mail, route = arrival.mail, arrival.route
    mail.state, mail.reason, mail.guess_id = InboxState.HELD, route.reason, route.guess
    mail.decide_by = desk_calendar().add_business_days(date_of(mail.received_at), DAYS_TO_DECIDE)
    facts = {"inbox": mail.id, "reason": route.reason}
    record(EventKind.MAIL_SET_ASIDE, actor=DESK, at=arrival.now, facts=facts)


def _attach(arrival: Arrival, ticket_id: int, message_id: int, case_key: bytes) -> None:
    """Give the mail and its files to a ticket's message; the original shares the ticket's fate from now on."""
    mail = arrival.mail
    _end(mail, ticket_id, mail.outbox_id)
    mail.message_id = message_id
    for file in arrival.files:
        add_file(file, ticket_id, message_id, case_key, arrival.now)


def _end(mail: InboxMail, ticket_id: int | None, outbox_id: int | None) -> None:
    mail.state, mail.ticket_id, mail.outbox_id = InboxState.DONE, ticket_id, outbox_id
    db.session.execute(update(DataKey).where(DataKey.id == mail.key_id).values(ticket_id=ticket_id))


def _is_ours(email: str) -> bool:
    """Tell whether an address is the desk's own: nobody answers themselves."""
    return bool(email) and mailbox_of(email) == mailbox_of(get_company().contact_email)
