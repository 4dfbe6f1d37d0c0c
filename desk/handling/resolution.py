"""How a ticket ends, and how it begins again."""

from dataclasses import dataclass
from datetime import datetime

from desk.clock import date_of
from desk.events.kinds import EventKind
from desk.events.trail import PERSON, Actor, record
from desk.handling.casework import change_state, end_wait, note_first_answer
from desk.handling.correspondence import bring_back, note
from desk.handling.decisions import insist_on_decision
from desk.handling.handover import release_files
from desk.handling.laws import law_of
from desk.handling.outgoing import add_message, find_said, post_letter
from desk.law.regimes import Outcome
from desk.mail.models import MailKind
from desk.tickets.errors import NotAllowed
from desk.tickets.models import Direction, Ticket
from desk.tickets.states import WAITING, State
from desk.vault.keys import Purpose, keys_of

WITHDRAWN = "WD"
END_STATES = {WITHDRAWN: State.WITHDRAWN, "REF": State.REFERRED, "LAPSED": State.LAPSED}
"""Outcomes that end a ticket elsewhere than in `closed`."""


@dataclass(frozen=True, slots=True)
class Closing:
    """How staff end a ticket; a text, if any, stands under the link, the mail says the outcome in a word."""

    outcome: str
    text: str = ""
    nonce: str | None = None


def outcome_of(ticket: Ticket, code: str) -> Outcome:
    """Return an outcome that the ticket's kind may end with. Raises `NotAllowed`."""
    found = {outcome.code: outcome for outcome in law_of(ticket).outcomes_of(ticket.kind)}
    if code not in found:
        raise NotAllowed(f"{ticket.kind} with {code}")
    return found[code]


def close(ticket: Ticket, closing: Closing, actor: Actor, now: datetime, base_url: str) -> None:
    """End a ticket with an outcome of its kind: the person is notified, then it is closed.

    An outcome without a letter (a duplicate, spam) ends silently. A form sent twice ends it once. Raises `NotAllowed`.
    """
    if closing.nonce and find_said(closing.nonce):
        return
    outcome = outcome_of(ticket, closing.outcome)
    if closing.text and outcome.letter is None:
        raise NotAllowed(f"{outcome.code} is not notified")
    insist_on_decision(ticket, outcome)
    if ticket.state in WAITING:
        end_wait(ticket, actor, now)
    case_key = keys_of(ticket.id)[Purpose.CASE]
    if closing.text:
        said = add_message(ticket, Direction.OUT, closing.text, case_key, actor=actor, now=now, nonce=closing.nonce)
        if closing.nonce:
            release_files(ticket.id, said, closing.nonce, case_key, now)
    if outcome.letter is not None:
        _notify(ticket, actor, now)
    _end(ticket, outcome.code, now)
    closed = record(EventKind.CLOSED, actor=actor, at=now, ticket_id=ticket.id, facts={"outcome": outcome.code})
    if outcome.letter is not None:
        post_letter(
            ticket,
            "closing",
            MailKind.CLOSING,
            case_key=case_key,
            actor=actor,
            now=now,
            base_url=base_url,
            dedupe=closed,
            closed_on=date_of(now),
            outcome=outcome.name.get(ticket.language),
        )


def reopen(ticket: Ticket, why: str, actor: Actor, now: datetime) -> None:
    """Take a notified or ended ticket up again; the reason is kept as a note. Raises `NotAllowed`."""
    bring_back(ticket, actor, now)
    if why:
        note(ticket, why, actor, now)


def withdraw(ticket: Ticket, case_key: bytes, now: datetime, base_url: str) -> None:
    """End a ticket as its person asks, and confirm it by mail. Raises `NotAllowed` when it has ended."""
    if ticket.state in WAITING:
        end_wait(ticket, PERSON, now)
    _end(ticket, WITHDRAWN, now)
    ended = record(EventKind.WITHDRAWN, actor=PERSON, at=now, ticket_id=ticket.id)
    post_letter(
        ticket,
        "withdrawal",
        MailKind.WITHDRAWAL,
        case_key=case_key,
        actor=PERSON,
        now=now,
        base_url=base_url,
        dedupe=ended,
        withdrawn_on=date_of(now),
    )


def _notify(ticket: Ticket, actor: Actor, now: datetime) -> None:
    if ticket.state == State.NOTIFIED:
        return
    change_state(ticket, State.NOTIFIED)
    ticket.notified_at = ticket.notified_at or now
    note_first_answer(ticket, now)
    record(EventKind.NOTIFIED, actor=actor, at=now, ticket_id=ticket.id)


def _end(ticket: Ticket, outcome: str, now: datetime) -> None:
    change_state(ticket, END_STATES.get(outcome, State.CLOSED))
    ticket.closed_at, ticket.outcome, ticket.is_escalated = now, outcome, False
