"""Reminding staff of what is due: one mail a person, on business days, from nine in the morning."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import insert, or_, select, text

from desk.accounts.models import Staff
from desk.accounts.permissions import Role
from desk.clock import TOKYO, date_of
from desk.db import db, is_sqlite, new_id
from desk.events.kinds import EventKind
from desk.events.trail import DESK, record
from desk.handling.clockwork import desk_calendar
from desk.law.calendar import Calendar
from desk.law.regimes import get_regime
from desk.law.reminders import ClockDates, ReminderRule, reminder_rules
from desk.mail import letters, outbox
from desk.mail.letters import DigestGroup, DigestLine
from desk.mail.models import MailKind
from desk.tickets.models import Reminder, Ticket
from desk.tickets.references import grouped
from desk.tickets.states import ENDED, State
from desk.tickets.words import STATES

LOCK_KEY = 0x6D61646F72656D64
"""The advisory lock of whoever reminds; it ends with the transaction."""

FROM = time(9, 0)
"""Japan time; a clock that was stopped at nine reminds when it comes back the same day."""

HORIZON = timedelta(days=25)
"""How many calendar days five business days can span at most, the longest closures included."""

CASEWORK = (Role.AGENT, Role.MANAGER)
"""Who may work on a ticket, and so be reminded of it."""

URGENT_FIRST = (
    ReminderRule.OVERDUE,
    ReminderRule.REPLY_MISSED,
    ReminderRule.DUE_0,
    ReminderRule.REPLY_0,
    ReminderRule.DUE_1BD,
    ReminderRule.DUE_3BD,
    ReminderRule.DUE_5BD,
)


@dataclass(frozen=True, slots=True)
class Due:
    """One ticket that one rule speaks of today."""

    ticket: Ticket
    rule: ReminderRule


def remind(now: datetime, staff_url: str) -> int:
    """Post today's reminders, once, and return how many mails that were.

    Does nothing before nine, on a closed day, or when today's were posted. Two clocks at once take turns by the lock, so
    that the second one finds the first one's rows even if an assignee changed in between.
    """
    today, calendar = date_of(now), desk_calendar()
    if now.astimezone(TOKYO).time() < FROM or not calendar.is_business_day(today) or _is_done(today):
        return 0
    _take_turns()
    if _is_done(today):
        return 0
    by_person: dict[int, list[Due]] = defaultdict(list)
    people = {person.id: person for person in _staff()}
    for due in _due_today(today, calendar):
        reached = _recipients(due, people.values())
        for person in reached:
            by_person[person.id].append(due)
        if reached:
            record(EventKind.REMINDED, actor=DESK, at=now, ticket_id=due.ticket.id, facts={"rule": due.rule})
    names = {person.id: person.name for person in people.values()}
    for person_id, found in by_person.items():
        _post(people[person_id], found, names, now, staff_url)
    return len(by_person)


def _take_turns() -> None:
    """Wait for another clock that reminds now. On SQLite the transaction has begun as the only writer."""
    if not is_sqlite(db.engine):
        db.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK_KEY})


def _is_done(today: date) -> bool:
    return db.session.scalar(select(Reminder.id).where(Reminder.on == today).limit(1)) is not None


def _staff() -> list[Staff]:
    return list(
        db.session.scalars(
            select(Staff).where(Staff.is_active, Staff.role.in_([*CASEWORK, Role.ADMIN])).order_by(Staff.id)
        )
    )


def _due_today(today: date, calendar: Calendar) -> Iterable[Due]:
    """Yield what the rules say of every open ticket that is near a date."""
    near = or_(
        Ticket.due_on <= today + HORIZON,
        Ticket.answered_at.is_(None) & or_(Ticket.reply_by <= today, Ticket.reply_by_at.is_not(None)),
    )
    rows = db.session.scalars(select(Ticket).where(Ticket.closed_at.is_(None), Ticket.waiting_for.is_(None), near))
    for ticket in rows:
        dates = ClockDates(
            due_on=ticket.due_on,
            reply_by=ticket.reply_by_at or ticket.reply_by,
            answered=ticket.answered_at is not None,
            waiting=ticket.waiting_for is not None,
            ended=ticket.state in ENDED or ticket.state == State.NOTIFIED,
        )
        for rule in reminder_rules(dates, today, calendar):
            yield Due(ticket, rule)


def _recipients(due: Due, people: Iterable[Staff]) -> list[Staff]:
    """Return who hears of it: the assignee, or all agents when nobody has it; managers too once it is overdue.

    Where nobody is left who may work on tickets, the administrators hear, so that somebody is hired.
    """
    holder = [person for person in people if person.id == due.ticket.assignee_id and person.role in CASEWORK]
    agents, managers, admins = (
        [person for person in people if person.role == role] for role in (Role.AGENT, Role.MANAGER, Role.ADMIN)
    )
    chosen = holder or agents
    if due.rule is ReminderRule.OVERDUE or due.ticket.is_escalated or not chosen:
        chosen = chosen + [person for person in managers if person not in chosen]
    return chosen or admins


def _post(person: Staff, found: list[Due], names: Mapping[int, str], now: datetime, staff_url: str) -> None:
    today = date_of(now)
    rows = [
        {
            "id": new_id(),
            "ticket_id": due.ticket.id,
            "rule": due.rule,
            "on": today,
            "staff_id": person.id,
            "created_at": now,
        }
        for due in found
    ]
    db.session.execute(insert(Reminder), rows)
    with force_locale(person.language):
        groups = [_group(rule, found, person, names, today, staff_url) for rule in URGENT_FIRST]
    letter = letters.compose(
        "digest",
        person.language,
        on=today,
        groups=[group for group in groups if group.lines],
        url=f"{staff_url}/staff/",
        addressee=person.name,
    )
    outbox.post(
        kind=MailKind.REMINDER,
        letter=letter,
        to=person.email,
        to_name=person.name,
        ticket_id=None,
        dedupe_key=f"reminder:{person.id}:{today.isoformat()}",
        at=now,
    )


def _group(
    rule: ReminderRule, found: list[Due], reader: Staff, names: Mapping[int, str], today: date, staff_url: str
) -> DigestGroup:
    tickets = sorted((due.ticket for due in found if due.rule is rule), key=lambda ticket: (ticket.queue_on, ticket.id))
    lines = tuple(_line(ticket, reader.language, names, today, staff_url) for ticket in tickets)
    return DigestGroup(_heading(rule), lines, rule is ReminderRule.OVERDUE and reader.role == Role.MANAGER)


def _line(ticket: Ticket, language: str, names: Mapping[int, str], today: date, staff_url: str) -> DigestLine:
    return DigestLine(
        ref=grouped(ticket.ref),
        kind_name=get_regime(ticket.regime).kind(ticket.kind).name.get(language),
        due_on=ticket.due_on,
        state=str(STATES[ticket.state]),
        owner=names.get(ticket.assignee_id or 0),
        is_answered=ticket.answered_at is not None,
        days_over=max((today - ticket.due_on).days, 0) if ticket.due_on else 0,
        url=f"{staff_url}/staff/tickets/{ticket.ref}",
    )


def _heading(rule: ReminderRule) -> str:
    words: dict[ReminderRule, str] = {
        ReminderRule.OVERDUE: _("期限を過ぎています"),
        ReminderRule.REPLY_MISSED: _("最初のご連絡の期限を過ぎています"),
        ReminderRule.DUE_0: _("本日が期限です"),
        ReminderRule.REPLY_0: _("本日が最初のご連絡の期限です"),
        ReminderRule.DUE_1BD: _("期限まであと1営業日です"),
        ReminderRule.DUE_3BD: _("期限まであと3営業日です"),
        ReminderRule.DUE_5BD: _("期限まであと5営業日です"),
    }
    return words[rule]
