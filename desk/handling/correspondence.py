"""What is said on a ticket: the desk answers, staff take notes, the person adds something."""

from dataclasses import dataclass
from datetime import datetime

from desk.attachments.files import list_parked, take_over
from desk.db import after_commit, db, new_id
from desk.events.kinds import EventKind
from desk.events.trail import PERSON, Actor, record
from desk.handling.casework import (
    change_state,
    drop_absent,
    end_wait,
    must_be_open,
    note_first_answer,
    triage,
)
from desk.handling.decisions import may_hand_over
from desk.handling.documents import note_given
from desk.handling.handover import release_files
from desk.handling.laws import law_of
from desk.handling.outgoing import add_message, find_said, mark_changed, post_letter
from desk.mail.models import MailKind
from desk.tickets.cards import cut_cards
from desk.tickets.content import ADDITION_KEY, Said
from desk.tickets.decisions import drop_standing
from desk.tickets.errors import NotAllowed
from desk.tickets.masking import mask_numbers
from desk.tickets.models import RANK_PERSON_WROTE, Channel, Direction, Message, Ticket
from desk.tickets.states import ENDED, WAITING, State
from desk.vault.keys import Purpose, keys_of, vault
from desk.vault.seal import seal, token_hash


@dataclass(frozen=True, slots=True)
class Answer:
    """What staff answer. `nonce` names the form: sent twice it is one answer, and its parked files go along."""

    text: str
    by_mail: bool = False
    """The mail carries the whole text; only kinds that the law's data marks so allow it."""
    nonce: str | None = None


@dataclass(frozen=True, slots=True)
class Addition:
    """What a person adds through the link. `nonce` names the form, as the token under which its files are parked."""

    text: str
    nonce: str
    document: str | None = None
    """Which identity document the files are, by the codes of `desk.law.proof`."""
    of_agent: bool = False
    """Whether the document is about an agent."""


@dataclass(frozen=True, slots=True)
class Contacted:
    """What a person told staff, by which channel, and when it reached the desk. `nonce` is as an addition's."""

    channel: Channel
    arrived_at: datetime
    text: str
    nonce: str


def may_answer_by_mail(ticket: Ticket) -> bool:
    """Tell whether a mail may carry an answer's whole text."""
    return law_of(ticket).kind(ticket.kind).answer_by_mail


def answer(ticket: Ticket, said: Answer, actor: Actor, now: datetime, base_url: str) -> int:
    """Answer the person and return the message's id: the text stands under a new link, a mail points to it.

    Without an address to write to there is no mail: a letter can be printed. Raises `NotAllowed` when the ticket has
    ended, when the mail may not carry the text, and for files that nobody has approved (`may_hand_over`).
    """
    if said.nonce and (known := find_said(said.nonce)):
        return known
    must_be_open(ticket)
    if said.by_mail and not may_answer_by_mail(ticket):
        raise NotAllowed(f"{ticket.kind} is not answered by mail")
    if said.nonce and list_parked(said.nonce) and not may_hand_over(ticket):
        raise NotAllowed("files are handed over as was decided and approved")
    case_key = keys_of(ticket.id)[Purpose.CASE]
    message_id = add_message(ticket, Direction.OUT, said.text, case_key, actor=actor, now=now, nonce=said.nonce)
    if said.nonce:
        release_files(ticket.id, message_id, said.nonce, case_key, now)
    record(EventKind.ANSWERED, actor=actor, at=now, ticket_id=ticket.id, facts={"message": message_id})
    triage(ticket, actor, now)
    note_first_answer(ticket, now)
    text = {"text": mask_numbers(said.text)} if said.by_mail else {}
    post_letter(
        ticket,
        "answer-full" if said.by_mail else "answer-notice",
        MailKind.ANSWER,
        case_key=case_key,
        actor=actor,
        now=now,
        base_url=base_url,
        dedupe=message_id,
        **text,
    )
    return message_id


def note(ticket: Ticket, text: str, actor: Actor, now: datetime, nonce: str | None = None) -> int:
    """Keep a note among staff, sealed under the desk key, and return its id; it is never sent, on no ticket too late."""
    if nonce and (known := find_said(nonce)):
        return known
    key = keys_of(ticket.id)[Purpose.DESK]
    message_id = add_message(ticket, Direction.NOTE, text, key, actor=actor, now=now, nonce=nonce)
    record(EventKind.NOTED, actor=actor, at=now, ticket_id=ticket.id, facts={"message": message_id})
    return message_id


def receive_addition(ticket: Ticket, added: Addition, case_key: bytes, now: datetime) -> int:
    """Take what a person adds through the link, with its parked files, and return the message's id.

    The text has a key of its own, sealed to the desk and wrapped for the case, so that a door without the private key
    can take it. It reopens an ended ticket, resumes a waiting one and puts the ticket on top of the queue. A form sent
    twice is one message: of two at once one fails with `IntegrityError` on the nonce.
    """
    if known := find_said(added.nonce):
        return known
    key_row, key = vault().make(Purpose.ADDITION, ticket.id)
    db.session.add(key_row)
    db.session.flush()
    message_id = new_id()
    db.session.add(
        Message(
            id=message_id,
            ticket_id=ticket.id,
            direction=Direction.IN,
            channel=Channel.LINK,
            sealed=Said(cut_cards(added.text)).seal(key),
            key_id=key_row.id,
            case_wrapped=seal(case_key, key, ADDITION_KEY),
            nonce=token_hash(added.nonce),
            created_at=now,
        )
    )
    db.session.flush()
    for parked in list_parked(added.nonce):
        take_over(parked, added.nonce, ticket.id, message_id, case_key)
    if added.document is not None:
        note_given(ticket, message_id, added.document, now, of_agent=added.of_agent)
    _note_person(ticket, message_id, now)
    return message_id


def receive_mail(ticket: Ticket, said: Said, case_key: bytes, received_at: datetime, now: datetime) -> int:
    """Take what a person wrote by mail, and return the message's id; it wakes the ticket as an addition does."""
    message_id = new_id()
    cut = Said(cut_cards(said.text), {name: cut_cards(text) for name, text in said.details.items()})
    db.session.add(
        Message(
            id=message_id,
            ticket_id=ticket.id,
            direction=Direction.IN,
            channel=Channel.MAIL,
            sealed=cut.seal(case_key),
            created_at=received_at,
        )
    )
    db.session.flush()
    _note_person(ticket, message_id, now)
    return message_id


def record_contact(ticket: Ticket, contact: Contacted, actor: Actor, now: datetime) -> int:
    """Take what a person told staff by telephone, letter or visit, with scans parked under the nonce; return the message's id.

    It wakes the ticket as an addition does; a wait has ended when it arrived, not when somebody wrote it down. Raises
    `NotAllowed` where what was said has been erased.
    """
    if known := find_said(contact.nonce):
        return known
    message_id, case_key = new_id(), keys_of(ticket.id).get(Purpose.CASE)
    if case_key is None:
        raise NotAllowed("what was said on this ticket has been erased")
    db.session.add(
        Message(
            id=message_id,
            ticket_id=ticket.id,
            direction=Direction.IN,
            channel=contact.channel,
            staff_id=actor.staff_id,
            sealed=Said(cut_cards(contact.text)).seal(case_key),
            nonce=token_hash(contact.nonce),
            created_at=contact.arrived_at,
        )
    )
    db.session.flush()
    for parked in list_parked(contact.nonce):
        take_over(parked, contact.nonce, ticket.id, message_id, case_key)
    facts = {"message": message_id, "channel": contact.channel, "arrived": contact.arrived_at.isoformat()}
    record(EventKind.CONTACT_RECORDED, actor=actor, at=now, ticket_id=ticket.id, facts=facts)
    _wake(ticket, now, actor=actor, arrived_at=contact.arrived_at)
    mark_changed(ticket)
    return message_id


def bring_back(ticket: Ticket, actor: Actor, now: datetime) -> None:
    """Reopen a ticket that was notified or has ended, with its event; its dates stay. Raises `NotAllowed`.

    What the calendar became meanwhile is the job `calendar`'s affair.
    """
    change_state(ticket, State.REOPENED)
    ticket.closed_at, ticket.outcome, ticket.reopened_at = None, None, now
    drop_standing(ticket.id)
    record(EventKind.REOPENED, actor=actor, at=now, ticket_id=ticket.id)
    after_commit("calendar", ticket.id)
    drop_absent(ticket, now)


def _note_person(ticket: Ticket, message_id: int, now: datetime) -> None:
    record(EventKind.PERSON_WROTE, actor=PERSON, at=now, ticket_id=ticket.id, facts={"message": message_id})
    _wake(ticket, now)
    mark_changed(ticket)


def _wake(ticket: Ticket, now: datetime, *, actor: Actor = PERSON, arrived_at: datetime | None = None) -> None:
    if ticket.state in ENDED or ticket.state == State.NOTIFIED:
        bring_back(ticket, actor, now)
    elif ticket.state in WAITING:
        change_state(ticket, State.TRIAGED)
        end_wait(ticket, actor, arrived_at or now)
    ticket.queue_rank = min(ticket.queue_rank, RANK_PERSON_WROTE)
