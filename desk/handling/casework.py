"""Working on a ticket: who does it, where it stands, what it waits for, what kind it is."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select, update

from desk.accounts.permissions import Permission, may
from desk.accounts.staff import find_staff
from desk.clock import date_of
from desk.company.procedure import get_procedure
from desk.company.settings import get_setting
from desk.db import db, insert_rows, new_id
from desk.events.kinds import BY_PERSON, EventKind
from desk.events.models import Event
from desk.events.trail import DESK, Actor, header, record
from desk.handling.calendars import desk_calendar
from desk.handling.clockwork import recast_clock, recount, usual_rank, write_dates
from desk.handling.datekeeping import follow_calendar
from desk.handling.kinds import offered_kinds
from desk.handling.laws import law_of
from desk.handling.outgoing import add_message, find_said, post_letter
from desk.law.errors import LawError
from desk.law.waits import WaitReason
from desk.mail.models import MailKind
from desk.tickets.decisions import drop_standing
from desk.tickets.errors import NotAllowed
from desk.tickets.models import RANK_PERSON_WROTE, Direction, Ticket, Wait
from desk.tickets.states import ENDED, WAIT_STATES, WAITING, State, may_move
from desk.vault.keys import Purpose, keys_of

MOVABLE = (State.TRIAGED, State.INVESTIGATING, State.DRAFTED, State.EXECUTED)
"""Working states that staff choose by themselves; identity is confirmed, a second person approves, a wait and an end have verbs."""

TO_PERSON = (EventKind.ANSWERED, EventKind.WAIT_STARTED, EventKind.DELAY_TOLD, EventKind.NOTIFIED)
"""Acts by which a human writes to the person, each with `note_first_answer`."""


@dataclass(frozen=True, slots=True)
class WaitRequest:
    """What the person is asked for; the text stands under the link, the mail only says that there is one."""

    reason: WaitReason
    text: str
    nonce: str | None = None


def assign(ticket: Ticket, to: int | None, actor: Actor, now: datetime) -> None:
    """Give a ticket to a member of staff, or to nobody. Raises `NotAllowed` when it has ended."""
    must_be_open(ticket)
    if ticket.assignee_id == to and not ticket.is_escalated:
        return
    ticket.assignee_id, ticket.is_escalated = to, False
    record(EventKind.ASSIGNED, actor=actor, at=now, ticket_id=ticket.id, facts={"to": to})


def hand_back(staff_id: int, actor: Actor, now: datetime) -> None:
    """Take from somebody who may no longer work on tickets the open ones, so that they stand among the unassigned."""
    freed = db.session.scalars(
        update(Ticket)
        .where(Ticket.assignee_id == staff_id, Ticket.closed_at.is_(None))
        .values(assignee_id=None, version=Ticket.version + 1)
        .returning(Ticket.id)
        .execution_options(synchronize_session=False)
    ).all()
    if freed:
        facts = {"staff": staff_id}
        heads = [header(EventKind.HANDED_BACK, actor=actor, at=now, ticket_id=each, facts=facts)[0] for each in freed]
        insert_rows(Event, heads)


def drop_absent(ticket: Ticket, now: datetime) -> None:
    """Take a ticket that comes to life again from somebody who meanwhile may no longer work on any."""
    holder = find_staff(ticket.assignee_id) if ticket.assignee_id is not None else None
    if holder is None or (holder.is_active and may(holder.typed_role, Permission.WORK_TICKETS)):
        return
    ticket.assignee_id = None
    record(EventKind.HANDED_BACK, actor=DESK, at=now, ticket_id=ticket.id, facts={"staff": holder.id})


def escalate(ticket: Ticket, to: int | None, why: str, actor: Actor, now: datetime) -> None:
    """Hand a ticket to a manager, to one of them or to all. Raises `NotAllowed` when it has ended."""
    must_be_open(ticket)
    ticket.assignee_id, ticket.is_escalated = to, True
    record(
        EventKind.ESCALATED,
        actor=actor,
        at=now,
        ticket_id=ticket.id,
        payload={"reason": why},
        desk_key=keys_of(ticket.id)[Purpose.DESK],
    )


def move(ticket: Ticket, target: State, actor: Actor, now: datetime) -> None:
    """Move a ticket on to another working state. Raises `NotAllowed`: waits, notices and ends have their own verbs."""
    if target not in MOVABLE or ticket.state in WAITING or ticket.state == State.NOTIFIED:
        raise NotAllowed(f"{ticket.state} to {target}")
    origin = State(ticket.state)
    change_state(ticket, target)
    record_move(ticket, origin, actor, now)


def recast(ticket: Ticket, kind: str, why: str, actor: Actor, now: datetime) -> None:
    """Change a ticket's kind; the clock still runs from arrival. Raises `NotAllowed` for a kind not offered, and for a ticket
    whose dates cannot be reckoned from its events.

    What a changed calendar did to the dates of the kind before is told first, by an event of its own.
    """
    must_be_open(ticket)
    offered = {known.code for known in offered_kinds(ticket.regime, date_of(now))}
    if kind == ticket.kind or kind not in offered:
        raise NotAllowed(f"{ticket.kind} to {kind}")
    catch_up(ticket, now)
    record(
        EventKind.RECAST,
        actor=actor,
        at=now,
        ticket_id=ticket.id,
        facts={"origin": ticket.kind, "to": kind},
        payload={"reason": why},
        desk_key=keys_of(ticket.id)[Purpose.DESK],
    )
    ticket.kind = kind
    drop_standing(ticket.id)
    reckon_again(ticket)


def catch_up(ticket: Ticket, now: datetime) -> None:
    """Tell first what a changed calendar did to a ticket's dates, before they change for another reason. Raises `NotAllowed`."""
    try:
        follow_calendar(ticket, now)
    except LawError as error:
        raise NotAllowed(f"{ticket.kind}: its dates cannot be reckoned") from error


def reckon_again(ticket: Ticket) -> None:
    """Give a ticket the dates and the place that it has by its kind and law of now. Raises `NotAllowed` where it cannot."""
    try:
        write_dates(ticket, recast_clock(ticket))
    except LawError as error:
        raise NotAllowed(f"{ticket.kind}: its dates cannot be reckoned") from error
    usual = usual_rank(ticket.due_on)
    ticket.queue_rank = min(usual, RANK_PERSON_WROTE) if _person_waits(ticket.id) else usual


def wait_due(now: datetime) -> date:
    """Return by when the person is asked to act: the setting's days from now, rolled forward to a business day."""
    return desk_calendar().roll_forward(date_of(now) + timedelta(days=get_setting("wait_days")))


def waits_for(ticket: Ticket) -> tuple[WaitReason, ...]:
    """Return what the person can be asked for; a fee only once one is set and where the Act allows it (Article 38)."""
    is_charged = bool(get_procedure().fee_yen) and law_of(ticket).kind(ticket.kind).fee_allowed
    return tuple(reason for reason in WaitReason if reason is not WaitReason.FEE or is_charged)


def start_wait(ticket: Ticket, request: WaitRequest, actor: Actor, now: datetime, base_url: str) -> int:
    """Ask the person for something and wait for it; return the id of the message that asks.

    No date of the desk moves. A form sent twice asks once. Raises `NotAllowed`.
    """
    if request.nonce and (known := find_said(request.nonce)):
        return known
    if request.reason not in waits_for(ticket):
        raise NotAllowed(f"{request.reason} for {ticket.kind}")
    if ticket.state in WAITING:
        end_wait(ticket, actor, now)
    change_state(ticket, WAIT_STATES[request.reason])
    due_on, case_key = wait_due(now), keys_of(ticket.id)[Purpose.CASE]
    ticket.waiting_for = request.reason
    db.session.add(Wait(id=new_id(), ticket_id=ticket.id, reason=request.reason, started_at=now, due_on=due_on))
    message_id = add_message(ticket, Direction.OUT, request.text, case_key, actor=actor, now=now, nonce=request.nonce)
    record(
        EventKind.WAIT_STARTED,
        actor=actor,
        at=now,
        ticket_id=ticket.id,
        facts={"reason": request.reason, "due": due_on.isoformat()},
    )
    note_first_answer(ticket, now)
    post_letter(
        ticket,
        "wait",
        MailKind.WAIT,
        case_key=case_key,
        actor=actor,
        now=now,
        base_url=base_url,
        dedupe=message_id,
        due_on=due_on,
    )
    return message_id


def resume(ticket: Ticket, actor: Actor, now: datetime) -> None:
    """Go on with a ticket that waited for the person. Raises `NotAllowed` when it did not."""
    if ticket.state not in WAITING:
        raise NotAllowed(f"{ticket.state} is no wait")
    change_state(ticket, State.TRIAGED)
    end_wait(ticket, actor, now)


def end_wait(ticket: Ticket, actor: Actor, at: datetime) -> None:
    """Close the open wait, with its event; the caller says where the ticket goes. It ends at its beginning at the earliest."""
    for wait in db.session.scalars(select(Wait).where(Wait.ticket_id == ticket.id, Wait.ended_at.is_(None))):
        wait.ended_at = at = max(at, wait.started_at)
    ticket.waiting_for = None
    record(EventKind.RESUMED, actor=actor, at=at, ticket_id=ticket.id)
    recount(ticket)


def must_be_open(ticket: Ticket) -> None:
    """Refuse an act on a ticket that has ended. Raises `NotAllowed`."""
    if ticket.state in ENDED:
        raise NotAllowed(f"{ticket.state} has ended")


def change_state(ticket: Ticket, target: State) -> None:
    """Set a ticket's state along the moves that there are. Raises `NotAllowed`."""
    if not may_move(State(ticket.state), target):
        raise NotAllowed(f"{ticket.state} to {target}")
    ticket.state = target


def triage(ticket: Ticket, actor: Actor, now: datetime) -> None:
    """Move a ticket that has just come on to what somebody has looked at; one that is further stays where it is."""
    if ticket.state in {State.RECEIVED, State.ACKED}:
        origin = State(ticket.state)
        change_state(ticket, State.TRIAGED)
        record_move(ticket, origin, actor, now)


def record_move(ticket: Ticket, origin: State, actor: Actor, now: datetime) -> None:
    """Record that a ticket came from `origin` to where it stands now."""
    facts = {"origin": origin, "to": State(ticket.state)}
    record(EventKind.MOVED, actor=actor, at=now, ticket_id=ticket.id, facts=facts)


def _person_waits(ticket_id: int) -> bool:
    """Tell whether the desk owes the person a word on what they added; a breach's rank alone does not show it."""
    told = select(Event.kind).where(Event.ticket_id == ticket_id, Event.kind.in_((*BY_PERSON, *TO_PERSON)))
    return db.session.scalar(told.order_by(Event.at.desc(), Event.id.desc()).limit(1)) in BY_PERSON


def note_first_answer(ticket: Ticket, now: datetime) -> None:
    """Note that a human wrote to the person: the first time counts, and the ticket takes its usual place again."""
    if ticket.answered_at is None:
        ticket.answered_at = now
        ticket.answered_days = desk_calendar().business_days_between(ticket.received_on, date_of(now))
    ticket.queue_rank = usual_rank(ticket.due_on)
