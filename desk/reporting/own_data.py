"""What the desk itself holds of one person: the cases with all that stands in them, the consents, for a disclosure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute

from desk.attachments.models import Attachment, FileState
from desk.db import db
from desk.events.models import Event
from desk.mail.models import InboxMail, OutboxMail
from desk.policy.consents import Consent, list_consents_of
from desk.search.identifiers import IdentifierKind, fingerprint, read_email
from desk.search.same_person import find_same_person
from desk.tickets.content import Contact
from desk.tickets.decisions import Decision
from desk.tickets.models import Message, Trace
from desk.tickets.queries import QueueRow, list_rows
from desk.tickets.sources import SourceTask
from desk.vault.keys import vault


@dataclass(frozen=True, slots=True)
class OwnCase:
    """One case on which the person is named, with how much of each sort it holds."""

    row: QueueRow
    shares: frozenset[IdentifierKind]
    """What it has in common with the person asked about."""
    messages: int
    """Messages and notes, decisions, and questions to whoever looks after the data."""
    mails_in: int
    mails_out: int
    files: int
    events: int
    trace_until: date | None
    """When the address and browser that it was sent from are erased; None where none are kept."""

    @property
    def is_sure(self) -> bool:
        """Tell whether more than a name is shared: a name may be somebody else's."""
        return bool(self.shares - {IdentifierKind.NAME})


@dataclass(frozen=True, slots=True)
class OwnData:
    """Everything that was found."""

    cases: tuple[OwnCase, ...]
    is_cut: bool
    """Whether older cases were left out."""
    consents: Sequence[Consent]


def own_data(person: Contact, own_id: int) -> OwnData:
    """Return what the desk holds of the person of a ticket (`own_id`). Raises `desk.vault.seal.Unreadable` without the desk's keys."""
    found = find_same_person(person, own_id)
    ids = list(found.tickets)
    messages, events = _count(Message.ticket_id, ids), _count(Event.ticket_id, ids)
    decisions, questions = _count(Decision.ticket_id, ids), _count(SourceTask.ticket_id, ids)
    mails_in, mails_out = _count(InboxMail.ticket_id, ids), _count(OutboxMail.ticket_id, ids)
    files = _count(Attachment.ticket_id, ids, Attachment.state == FileState.STORED)
    kept = select(Trace.ticket_id, func.max(Trace.erase_on)).where(Trace.ticket_id.in_(ids)).group_by(Trace.ticket_id)
    traces = {row[0]: row[1] for row in db.session.execute(kept)}
    cases = tuple(
        OwnCase(
            row=row,
            shares=found.tickets[row.id],
            messages=sum(found_of.get(row.id, 0) for found_of in (messages, decisions, questions)),
            mails_in=mails_in.get(row.id, 0),
            mails_out=mails_out.get(row.id, 0),
            files=files.get(row.id, 0),
            events=events.get(row.id, 0),
            trace_until=traces.get(row.id),
        )
        for row in list_rows(ids)
    )
    email = read_email(person.email)
    marks = {fingerprint(vault(), IdentifierKind.EMAIL, email)} if email is not None else set()
    return OwnData(cases, found.is_cut, list_consents_of(marks) if marks else [])


def _count(
    ticket_id: InstrumentedAttribute[int] | InstrumentedAttribute[int | None],
    ids: Collection[int],
    *where: ColumnElement[bool],
) -> dict[int | None, int]:
    counted = select(ticket_id, func.count()).where(ticket_id.in_(ids), *where).group_by(ticket_id)
    return {row[0]: row[1] for row in db.session.execute(counted)}
