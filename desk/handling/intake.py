"""Opening a ticket: everything that a submission leaves behind, in one transaction."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from desk.attachments.files import list_parked, take_over
from desk.clock import date_of
from desk.company.settings import get_setting
from desk.db import Base, after_commit, db, in_one_go, insert_rows, new_id
from desk.events.kinds import EventKind
from desk.events.models import Event
from desk.events.trail import PERSON, Actor, header
from desk.handling.clockwork import dates_of, opening_clock, usual_rank
from desk.law.deadlines import Clock
from desk.law.regimes import REGIME, get_regime
from desk.mail import letters, outbox
from desk.mail.mime import NO_THREAD, Thread
from desk.mail.models import MailKind, OutboxMail
from desk.policy.register import NUMBER_ON
from desk.tickets.access import link_values, status_path
from desk.tickets.cards import cut_cards
from desk.tickets.content import Contact, Origin, Said, Summary, correspondent, subject_of
from desk.tickets.links import Link
from desk.tickets.masking import mask_numbers
from desk.tickets.models import Channel, Direction, Message, Party, PartyRole, Population, Ticket, Trace
from desk.tickets.references import grouped, new_reference
from desk.tickets.states import State
from desk.vault.keys import DataKey, Purpose, vault
from desk.vault.seal import new_token, token_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What a person asks, by whichever door it came."""

    kind: str
    population: Population
    language: str
    channel: Channel
    person: Contact
    said: Said
    agent: Contact | None = None
    origin: Origin | None = None
    token: str | None = None
    """The secret that the form carried; it becomes the status link's, and makes a second sending find the first."""
    nonce: str | None = None
    """Names the form of a member of staff, as the token under which its files are parked; none of it becomes the link's."""
    received_at: datetime | None = None
    """When it arrived, if that was before now: the clock runs from there."""
    acknowledge: bool = True
    """Whether the person gets a receipt by mail: never somebody who may not have written, nor a machine."""
    thread: Thread = NO_THREAD
    """Of a mail: what the receipt answers."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A ticket just opened, or the one that the same form had opened before."""

    ticket_id: int
    message_id: int
    """The first message."""
    case_key: bytes
    ref: str
    token: str
    """The secret of the status link."""
    received_at: datetime
    clock: Clock | None
    """None for a form that was sent before."""


def find_opened(token: str) -> Ticket | None:
    """Return the ticket that a form with this token has opened already, or None."""
    return db.session.scalar(
        select(Ticket).join(Link, Link.ticket_id == Ticket.id).where(Link.token_hash == token_hash(token))
    )


def is_opened(token: str) -> bool:
    """Tell whether a form with this token has opened its ticket already."""
    known = select(Link.id).where(Link.token_hash == token_hash(token))
    return db.session.connection().execute(known).first() is not None


def open_ticket(submission: Submission, now: datetime, base_url: str, actor: Actor = PERSON) -> Opened:
    """Open a ticket with its keys, link, party, message, files, trace, event and acknowledgement.

    Adds everything to the current transaction. A form's token opens at most one ticket: the link's hash is unique, so
    of two at once one fails with `IntegrityError` and finds the other by `find_opened`.
    """
    submission = _without_cards(submission)
    clock = opening_clock(submission.kind, submission.received_at or now)
    rows = _Rows(submission, now, clock)
    rows.add_ticket()
    token = submission.token or new_token()
    rows.add(Link, **link_values(token, rows.case_key, rows.ticket_id, now, get_setting("link_days")))
    rows.add_parties()
    message_id = rows.add_message(actor)
    if submission.origin is not None:
        rows.add_trace(submission.origin)
    rows.add_received(actor)
    _acknowledge(rows, f"{base_url}{status_path(submission.language, token)}")
    form_token = submission.token or submission.nonce
    files = list_parked(form_token) if form_token else []
    rows.write()
    for parked in files:
        take_over(parked, form_token or "", rows.ticket_id, message_id, rows.case_key)
    after_commit("index", rows.ticket_id)
    return Opened(rows.ticket_id, message_id, rows.case_key, rows.ref, token, rows.received_at, clock)


INSERT_TICKET = insert(Ticket.__table__).values(policy_number=NUMBER_ON)  # type: ignore[arg-type]  # a mapped table
"""The version of the policy is looked up where the row is written: one question less to wait for."""


class _Rows:
    """The rows of one new ticket, gathered and then written in the order of their foreign keys."""

    def __init__(self, submission: Submission, now: datetime, clock: Clock) -> None:
        self.submission, self.now, self.clock = submission, now, clock
        self.received_at = submission.received_at or now
        self.ticket_id, self.ref = new_id(), new_reference()
        self.parked: list[tuple[type[Base], dict[str, Any]]] = []
        self.keys: list[dict[str, Any]] = []
        self.case_key = self.make_key(Purpose.CASE)[1]
        self.desk_key = self.make_key(Purpose.DESK)[1]

    def add(self, model: type[Base], **values: Any) -> None:
        """Gather one row."""
        self.parked.append((model, values))

    def make_key(self, purpose: Purpose) -> tuple[int, bytes]:
        """Gather a data key's row and return its id and the key."""
        row, key = vault().make(purpose, self.ticket_id)
        self.keys.append(
            {"id": row.id, "ticket_id": row.ticket_id, "purpose": purpose, "sealed": row.sealed, "kek": row.kek}
        )
        return row.id, key

    def add_ticket(self) -> None:
        """Gather the ticket itself."""
        asked = self.submission
        about = asked.said.details.get("subject") or asked.said.text
        summary = Summary(asked.person.name, subject_of(mask_numbers(about)))
        self.add(
            Ticket,
            id=self.ticket_id,
            ref=self.ref,
            kind=asked.kind,
            regime=REGIME,
            law_version=get_regime(REGIME).version,
            policy_on=date_of(self.received_at),
            population=asked.population,
            language=asked.language,
            channel=asked.channel,
            state=State.RECEIVED,
            is_escalated=False,
            received_at=self.received_at,
            received_on=date_of(self.received_at),
            queue_rank=usual_rank(self.clock.due_on),
            summary=summary.seal(self.case_key),
            needs_index=True,
            version=1,
            **dates_of(self.clock),
        )

    def add_parties(self) -> None:
        """Gather the person and, if one acts, the agent."""
        for role, contact in ((PartyRole.PERSON, self.submission.person), (PartyRole.AGENT, self.submission.agent)):
            if contact is not None:
                self.add(
                    Party,
                    id=new_id(),
                    ticket_id=self.ticket_id,
                    role=role,
                    sealed=contact.seal(self.case_key),
                    has_email=bool(contact.email),
                )

    def add_message(self, actor: Actor) -> int:
        """Gather the first message and return its id."""
        message_id = new_id()
        self.add(
            Message,
            id=message_id,
            ticket_id=self.ticket_id,
            direction=Direction.IN,
            channel=self.submission.channel,
            staff_id=actor.staff_id if self.submission.nonce else None,
            sealed=self.submission.said.seal(self.case_key),
            nonce=token_hash(self.submission.nonce) if self.submission.nonce else None,
            created_at=self.received_at,
        )
        return message_id

    def add_trace(self, origin: Origin) -> None:
        """Gather where the submission came from, under a key and a day of erasure of its own."""
        key_id, key = self.make_key(Purpose.TRACE)
        erase_on = date_of(self.now) + timedelta(days=get_setting("trace_days"))
        sealed = origin.seal(key)
        self.add(Trace, id=new_id(), ticket_id=self.ticket_id, key_id=key_id, sealed=sealed, erase_on=erase_on)

    def add_received(self, actor: Actor) -> None:
        """Gather the event that everything starts from."""
        head, _ = header(
            EventKind.RECEIVED,
            actor=actor,
            at=self.received_at,
            ticket_id=self.ticket_id,
            facts={
                "kind": self.submission.kind,
                "channel": self.submission.channel,
                "ack": "mail" if self.is_acknowledged else "none",
            },
        )
        self.add(Event, **head)

    @property
    def is_acknowledged(self) -> bool:
        """Tell whether a receipt leaves by mail."""
        return self.submission.acknowledge and bool(self.recipient.email)

    @property
    def recipient(self) -> Contact:
        """Return who the desk writes to."""
        return correspondent(self.submission.person, self.submission.agent)

    def write(self) -> None:
        """Insert everything: the ticket, its keys, then the rest."""
        (_ticket, values), *rest = self.parked
        with in_one_go():
            db.session.connection().execute(INSERT_TICKET, values)
            insert_rows(DataKey, self.keys)
            for model, values in rest:
                insert_rows(model, [values])


def _acknowledge(rows: _Rows, link: str) -> None:
    """Gather the acknowledgement, composed now, to whoever the desk writes to; without an address there is none."""
    recipient, language = rows.recipient, rows.submission.language
    if not rows.is_acknowledged:
        return
    kind = get_regime(REGIME).kind(rows.submission.kind)
    letter = letters.compose(
        "acknowledgement",
        language,
        ref=grouped(rows.ref),
        kind_name=kind.name.get(language),
        received_at=rows.received_at,
        reply_by=rows.clock.reply_by,
        due_on=rows.clock.due_on,
        url=link,
    )
    posted = outbox.compose_rows(
        kind=MailKind.ACKNOWLEDGEMENT,
        letter=letter,
        to=recipient.email,
        to_name=None,  # a stranger may have typed this address: the mail repeats nothing that was typed
        ticket_id=rows.ticket_id,
        dedupe_key=f"acknowledgement:{rows.ticket_id}",
        at=rows.now,
        thread=rows.submission.thread,
    )
    rows.keys.append(posted.key)
    rows.add(OutboxMail, **posted.mail)
    after_commit("deliver", posted.mail_id)


FREE = ("name", "reading", "company", "department", "phone", "postal_code", "address")
"""Where people may type a card's number: everywhere but in an e-mail address."""


def _without_cards(submission: Submission) -> Submission:
    said, person, agent = submission.said, submission.person, submission.agent
    details = {name: cut_cards(text) for name, text in said.details.items()}
    return replace(
        submission,
        said=Said(cut_cards(said.text), details),
        person=_cut_contact(person),
        agent=_cut_contact(agent) if agent is not None else None,
    )


def _cut_contact(contact: Contact) -> Contact:
    # A number that is dialled begins with a zero or a plus sign, and no card does.
    kept = {"phone"} if contact.phone.startswith(("0", "+")) else set[str]()
    return replace(contact, **{name: cut_cards(getattr(contact, name)) for name in FREE if name not in kept})
