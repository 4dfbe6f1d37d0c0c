"""Seeing to a ticket's duties, deciding it, and the second person who approves."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from desk.accounts.models import Staff
from desk.accounts.permissions import Permission, Role, may
from desk.accounts.staff import Colleague, find_staff, list_colleagues
from desk.db import db, new_id, read_rows
from desk.events.kinds import BY_PERSON, EventKind
from desk.events.models import Event
from desk.events.trail import Actor, record
from desk.handling.casework import change_state, must_be_open, record_move
from desk.handling.laws import law_of
from desk.handling.outgoing import mark_changed
from desk.handling.sources import has_open_questions
from desk.law.regimes import Before, Duty, Outcome
from desk.tickets.cards import cut_cards
from desk.tickets.decisions import (
    CHECKS,
    EXPLAINED,
    Decided,
    Decision,
    DecisionState,
    DutyCheck,
    Result,
    drop_standing,
    find_standing,
)
from desk.tickets.errors import NotAllowed
from desk.tickets.models import Party, PartyRole, Ticket
from desk.tickets.states import WAITING, State
from desk.vault.keys import Purpose, keys_of

"""What becomes of an item only by a ground of the law, and facts. That there is no such data needs no more words."""
PROCEDURAL, CORRECTING = "L17", "L7"
"""The letter that says only that the procedure cannot go on."""
SEARCHING = "sources"
"""The duty that is open while somebody who was asked to look for data has not answered."""
PROVEN = frozenset({"identity", "authority"})
"""The duties that the confirmation of identity sees to; nobody ticks them off by hand."""
ALONE_AFTER = timedelta(minutes=30)
"""How long an author who has nobody to ask waits before approving alone."""


class NewMessage(NotAllowed):
    """The person has written since the decision was drafted: it must be looked at again."""


class DutiesOpen(NotAllowed):
    """Duties on which the decision rests are open; a manager may go on with a reason."""


class GroundsMissing(NotAllowed):
    """What is refused stands there without the ground, or without the facts."""


class OutcomeUnfit(NotAllowed):
    """The outcome does not fit what becomes of the items."""


class MeasureMissing(NotAllowed):
    """The law asks that the contents of a correction be told (Article 34(3))."""


class NotDecided(NotAllowed):
    """The outcome must be decided first, and approved."""


class NotTheApprover(NotAllowed):
    """Somebody else must approve: not the author, and of a refusal a manager."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One duty of a ticket, and who has ticked it off when; None while it is open."""

    duty: Duty
    staff_id: int | None
    at: datetime | None

    @property
    def is_done(self) -> bool:
        """Tell whether it is ticked off."""
        return self.at is not None


def list_duties(ticket: Ticket) -> list[Seen]:
    """Return the duties of a ticket in the order of the law's data; those about an agent only where one acts."""
    checks = {row.code: row for row in read_rows(CHECKS, ticket_id=ticket.id) if row.is_done}
    duties = law_of(ticket).kind(ticket.kind).checklist
    if any(duty.agent_only for duty in duties) and not _has_agent(ticket.id):
        duties = tuple(duty for duty in duties if not duty.agent_only)
    return [
        Seen(duty, checks[duty.code].staff_id, checks[duty.code].at) if duty.code in checks else Seen(duty, None, None)
        for duty in duties
    ]


def open_duties(ticket: Ticket) -> list[Duty]:
    """Return the duties that a decision rests on and that nobody has ticked off."""
    return [seen.duty for seen in list_duties(ticket) if seen.duty.before is Before.DECISION and not seen.is_done]


def check_duties(ticket: Ticket, done: Collection[str], actor: Actor, now: datetime) -> None:
    """Tick off the duties named by their codes and take back the others; what is the approval itself is not ticked.

    Raises `NotAllowed` for a code that the ticket does not have, and when it has ended.
    """
    must_be_open(ticket)
    seen = [one for one in list_duties(ticket) if is_ticked_by_hand(one.duty)]
    if unknown := set(done) - {one.duty.code for one in seen}:
        raise NotAllowed(f"{ticket.kind} has no duty {', '.join(sorted(unknown))}")
    newly = [one.duty.code for one in seen if one.duty.code in done and not one.is_done]
    back = [one.duty.code for one in seen if one.duty.code not in done and one.is_done]
    _settle(ticket, newly, back, actor, now)


def settle_proven(ticket: Ticket, actor: Actor, now: datetime, *, is_done: bool) -> bool:
    """Tick off the duties that the confirmation of identity sees to, or take them back; tell whether there were any."""
    turned = [one.duty.code for one in list_duties(ticket) if one.duty.code in PROVEN and one.is_done is not is_done]
    _settle(ticket, turned if is_done else [], [] if is_done else turned, actor, now)
    return bool(turned)


def is_ticked_by_hand(duty: Duty) -> bool:
    """Tell whether staff tick a duty off: not what the confirmation of identity sees to, nor the approval itself."""
    return duty.before is not Before.APPROVAL and duty.code not in PROVEN


def _settle(ticket: Ticket, newly: list[str], back: list[str], actor: Actor, now: datetime) -> None:
    if not newly and not back:
        return
    rows = {row.code: row for row in db.session.scalars(select(DutyCheck).where(DutyCheck.ticket_id == ticket.id))}
    for code in (*newly, *back):
        if code not in rows:
            rows[code] = DutyCheck(id=new_id(), ticket_id=ticket.id, code=code)
            db.session.add(rows[code])
        rows[code].is_done, rows[code].staff_id, rows[code].at = code in newly, actor.staff_id, now
    mark_changed(ticket)
    record(EventKind.DUTIES_CHECKED, actor=actor, at=now, ticket_id=ticket.id, facts={"done": newly, "open": back})


def decidable(ticket: Ticket) -> tuple[Outcome, ...]:
    """Return the outcomes of a ticket's kind that are decisions: those that refuse, or that the law gives a kind to refuse.

    A kind without statutory grounds (a complaint, an inquiry) is answered, not decided, unless it is refused.
    """
    law = law_of(ticket)
    kind = law.kind(ticket.kind)
    return tuple(one for one in law.outcomes_of(ticket.kind) if one.refusal or (kind.is_decided and one.is_decision))


def draft_decision(ticket: Ticket, decided: Decided, actor: Actor, now: datetime) -> Decision:
    """Write a decision down; it takes the place of one that stands. One that needs no second person is approved at once.

    Raises `NotAllowed` when the ticket has ended or waits, for an outcome that its kind does not have, and for a refusal
    without its ground and facts.
    """
    must_be_open(ticket)
    if ticket.state in WAITING or ticket.state == State.NOTIFIED:
        raise NotAllowed(f"{ticket.state} cannot be decided")
    outcome = next((one for one in decidable(ticket) if one.code == decided.outcome), None)
    if outcome is None:
        raise NotAllowed(f"{ticket.kind} with {decided.outcome}")
    _insist_on_grounds(ticket, outcome, decided)
    if not outcome.needs_approval and (open_now := _left_open(ticket)):
        raise DutiesOpen(", ".join(open_now))
    decided = decided.mapped(cut_cards)
    drop_standing(ticket.id)
    decision = Decision(
        id=new_id(),
        ticket_id=ticket.id,
        outcome=outcome.code,
        grounds=list(decided.grounds),
        state=DecisionState.DRAFTED,
        sealed=decided.seal(keys_of(ticket.id)[Purpose.DESK]),
        rests_on=_newest_word(ticket.id),
        author_id=actor.staff_id,
        drafted_at=now,
        open_duties=[],
    )
    db.session.add(decision)
    record(EventKind.DECISION_DRAFTED, actor=actor, at=now, ticket_id=ticket.id, facts={"outcome": outcome.code})
    _go(ticket, State.DRAFTED, actor, now)
    if not outcome.needs_approval:
        decision.state, decision.approved_at = DecisionState.APPROVED, now
        _go(ticket, State.APPROVED, actor, now)
    mark_changed(ticket)
    return decision


def approve_decision(ticket: Ticket, decision_id: int, why: str, actor: Actor, now: datetime) -> None:
    """Approve the decision that stands, as a second person. Raises `NotAllowed` and its kinds, as `refusal_to_approve` says."""
    decision = _standing(ticket, decision_id)
    staff = find_staff(actor.staff_id) if actor.staff_id is not None else None
    if staff is None:
        raise NotTheApprover("nobody is signed in")
    if _newest_word(ticket.id) != decision.rests_on:
        raise NewMessage("the person has written since")
    is_author = staff.id == decision.author_id
    if is_author and not may_approve_alone(ticket, decision, now):
        raise NotTheApprover("the author")
    if not is_author and not is_approver(staff, outcome_of_decision(ticket, decision)):
        raise NotTheApprover(f"{staff.role}")
    left = [] if is_procedural(ticket, decision) else _left_open(ticket)
    if left and not (may(staff.typed_role, Permission.MANAGE_TICKETS) and why):
        raise DutiesOpen(", ".join(left))
    if is_author and not why:
        raise NotTheApprover("an author alone gives a reason")
    decision.state, decision.approver_id, decision.approved_at = DecisionState.APPROVED, staff.id, now
    decision.is_alone, decision.open_duties = is_author, left
    record(
        EventKind.DECISION_APPROVED,
        actor=actor,
        at=now,
        ticket_id=ticket.id,
        facts={"outcome": decision.outcome, "alone": is_author, "open": left},
        payload={"reason": why},
        desk_key=keys_of(ticket.id)[Purpose.DESK],
    )
    _go(ticket, State.APPROVED, actor, now)


def _left_open(ticket: Ticket) -> list[str]:
    """Return the codes of the duties that a decision rests on and that are open: also where somebody is still looking."""
    left = [duty.code for duty in open_duties(ticket)]
    return left if SEARCHING in left or not has_open_questions(ticket.id) else [*left, SEARCHING]


def return_decision(ticket: Ticket, decision_id: int, why: str, actor: Actor, now: datetime) -> None:
    """Give a decision back to be worked on, with the reason. Raises `NotAllowed` when it does not stand."""
    decision = _standing(ticket, decision_id)
    decision.state = DecisionState.RETURNED
    record(
        EventKind.DECISION_RETURNED,
        actor=actor,
        at=now,
        ticket_id=ticket.id,
        facts={"outcome": decision.outcome},
        payload={"reason": why},
        desk_key=keys_of(ticket.id)[Purpose.DESK],
    )
    _go(ticket, State.INVESTIGATING, actor, now)
    mark_changed(ticket)


def insist_on_decision(ticket: Ticket, outcome: Outcome) -> None:
    """Let a ticket end with an outcome that must be decided only by an approved decision for it.

    Raises `NotDecided`, and `NewMessage` when the person has written since it was drafted.
    """
    if outcome.code not in {one.code for one in decidable(ticket)}:
        return
    decision = find_standing(ticket.id)
    if decision is None or decision.state != DecisionState.APPROVED or decision.outcome != outcome.code:
        raise NotDecided(f"{outcome.code} has not been decided and approved")
    if _newest_word(ticket.id) != decision.rests_on:
        raise NewMessage("the person has written since")


def may_hand_over(ticket: Ticket) -> bool:
    """Tell whether files may be given to the person: where the law knows grounds of refusal, only as was decided and approved."""
    if not law_of(ticket).kind(ticket.kind).is_decided:
        return True
    decision = find_standing(ticket.id)
    is_approved = decision is not None and decision.state == DecisionState.APPROVED
    return is_approved and decision is not None and decision.rests_on == _newest_word(ticket.id)


def outcome_of_decision(ticket: Ticket, decision: Decision) -> Outcome:
    """Return a decision's outcome by the ticket's law."""
    return law_of(ticket).outcome(decision.outcome)


def is_procedural(ticket: Ticket, decision: Decision) -> bool:
    """Tell whether a decision says only that the procedure cannot go on, so that the duties of the substance stay open."""
    return outcome_of_decision(ticket, decision).letter == PROCEDURAL


def is_approver(staff: Staff | Colleague, outcome: Outcome) -> bool:
    """Tell whether somebody may approve a decision of another: a refusal is a manager's."""
    needed = Permission.MANAGE_TICKETS if outcome.refusal else Permission.WORK_TICKETS
    return staff.is_active and may(Role(staff.role), needed)


def list_approvers(ticket: Ticket, decision: Decision) -> Sequence[Colleague]:
    """Return who may approve a decision besides its author."""
    outcome = outcome_of_decision(ticket, decision)
    return [one for one in list_colleagues() if one.id != decision.author_id and is_approver(one, outcome)]


def may_approve_alone(ticket: Ticket, decision: Decision, now: datetime) -> bool:
    """Tell whether the author may approve: where nobody else may, and half an hour after the draft."""
    return not list_approvers(ticket, decision) and now >= decision.drafted_at + ALONE_AFTER


def _standing(ticket: Ticket, decision_id: int) -> Decision:
    must_be_open(ticket)
    decision = find_standing(ticket.id)
    if decision is None or decision.id != decision_id or decision.state != DecisionState.DRAFTED:
        raise NotAllowed("this decision does not wait for approval")
    return decision


def _insist_on_grounds(ticket: Ticket, outcome: Outcome, decided: Decided) -> None:
    known = set(law_of(ticket).kind(ticket.kind).grounds)
    if any(item.ground and item.ground not in known for item in decided.items):
        raise NotAllowed(f"{ticket.kind} knows no such ground")
    if outcome.letter == CORRECTING and not decided.measure:
        raise MeasureMissing("a correction says what was changed")
    explained = [item for item in decided.items if item.result in EXPLAINED]
    if any((known and not item.ground) or not item.facts for item in explained):
        raise GroundsMissing("a refusal needs its ground and its facts")
    refused = [item for item in decided.items if item.result is not Result.GRANTED]
    if bool(refused) != outcome.refusal and outcome.letter != PROCEDURAL:
        raise OutcomeUnfit(f"{outcome.code} does not fit what becomes of the items")


def _go(ticket: Ticket, target: State, actor: Actor, now: datetime) -> None:
    origin = State(ticket.state)
    if origin is not target:
        change_state(ticket, target)
        record_move(ticket, origin, actor, now)


def _has_agent(ticket_id: int) -> bool:
    found = select(Party.id).where(Party.ticket_id == ticket_id, Party.role == PartyRole.AGENT).limit(1)
    return db.session.scalar(found) is not None


def _newest_word(ticket_id: int) -> int | None:
    """Return the newest event by which the person wrote."""
    told = select(func.max(Event.id)).where(Event.ticket_id == ticket_id, Event.kind.in_(BY_PERSON))
    return db.session.scalar(told)
