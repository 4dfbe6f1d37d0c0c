"""Reminding staff of what is due and of mail to judge: one mail a person, on business days, from nine."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby

from flask_babel import force_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy import func, insert, or_, select, text

from desk.accounts.models import Staff
from desk.accounts.permissions import Role
from desk.clock import TOKYO, date_of
from desk.db import db, is_sqlite, new_id
from desk.events.kinds import EventKind
from desk.events.trail import DESK, record
from desk.handling.calendars import desk_calendar
from desk.handling.holding import count_held
from desk.handling.laws import law_of
from desk.law.calendar import Calendar
from desk.law.reminders import BEFORE_DUE, FURTHEST, ClockDates, ReminderRule, late_rule, reminder_rules
from desk.mail import letters, outbox
from desk.mail.letters import DigestGroup, DigestLine
from desk.mail.models import MailKind
from desk.tickets.models import Reminder, ReminderDay, Ticket
from desk.tickets.references import grouped
from desk.tickets.sources import SourceTask
from desk.tickets.states import ENDED, State
from desk.tickets.words import STATES

LOCK_KEY = 0x6D61646F72656D64
"""The advisory lock of whoever reminds; it ends with the transaction."""

FROM = time(9, 0)
"""Japan time; a clock that was stopped at nine reminds when it comes back the same day."""

CASEWORK = (Role.AGENT, Role.MANAGER)
"""Who may work on a ticket, and so be reminded of it."""

URGENT_FIRST = (
    ReminderRule.OVERDUE,
    ReminderRule.REPLY_MISSED,
    ReminderRule.DUE_0,
    ReminderRule.REPLY_0,
    ReminderRule.SOURCE_DUE,
)
"""The order of the mail; what is due later follows by how many business days are left."""


@dataclass(frozen=True, slots=True)
class Due:
    """One ticket that one rule speaks of today."""

    ticket: Ticket
    rule: ReminderRule
    left: int = 0
    """Business days left, for a rule that counts them."""

    @property
    def urgency(self) -> tuple[int, int]:
        """Return the place of its group in the mail."""
        return (URGENT_FIRST.index(self.rule) if self.rule in URGENT_FIRST else len(URGENT_FIRST), self.left)


def remind(now: datetime, staff_url: str) -> int:
    """Post today's reminders, once, and return how many mails that were.

    Does nothing before nine, on a closed day, or when today's were posted. What fell on business days that no clock saw
    is told today. Two clocks at once take turns by the lock; without it the rows' uniqueness would stop the second.
    The day's first look also tells of mails on the holding list, those that look like spam among them.
    """
    today, calendar = date_of(now), desk_calendar()
    if now.astimezone(TOKYO).time() < FROM or not calendar.is_business_day(today) or _is_done(today):
        return 0
    _take_turns()
    if _is_done(today):
        return 0
    missed = _missed_days(today, calendar)
    is_first = _note_day(today, now)
    by_person: dict[int, list[Due]] = defaultdict(list)
    people = {person.id: person for person in _staff()}
    for due in _due_today(today, missed, calendar):
        reached = _recipients(due, people.values())
        for person in reached:
            by_person[person.id].append(due)
        if reached:
            _note(due, [person.id for person in reached], now)
    names = {person.id: person.name for person in people.values()}
    held = count_held()
    judges = [person for person in people.values() if person.role in CASEWORK and is_first and held]
    addressed = [people[person_id] for person_id in by_person]
    for person in addressed + [judge for judge in judges if judge not in addressed]:
        _post(person, by_person.get(person.id, []), held if person.role in CASEWORK else 0, names, now, staff_url)
    return len({person.id for person in addressed + judges})


def _take_turns() -> None:
    """Wait for another clock that reminds now. On SQLite the transaction has begun as the only writer."""
    if not is_sqlite(db.engine):
        db.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK_KEY})


def _is_done(today: date) -> bool:
    return db.session.scalar(select(Reminder.id).where(Reminder.on == today).limit(1)) is not None


def _missed_days(today: date, calendar: Calendar) -> list[date]:
    """Return the business days since the clock looked last, today not among them; none before its first look."""
    last = db.session.scalar(select(func.max(ReminderDay.on)).where(ReminderDay.on < today)) or today
    days = (last + timedelta(days=n) for n in range(1, (today - last).days))
    return [day for day in days if calendar.is_business_day(day)]


def _note_day(today: date, now: datetime) -> bool:
    """Note that a clock looked today, and tell whether it is the first time."""
    if db.session.get(ReminderDay, today) is not None:
        return False
    db.session.execute(insert(ReminderDay), [{"on": today, "at": now}])
    return True


def _note(due: Due, told: list[int], now: datetime) -> None:
    row = {"id": new_id(), "ticket_id": due.ticket.id, "rule": due.rule, "on": date_of(now), "told": told}
    db.session.execute(insert(Reminder), [row | {"created_at": now}])
    record(EventKind.REMINDED, actor=DESK, at=now, ticket_id=due.ticket.id, facts={"rule": due.rule})


def _staff() -> list[Staff]:
    return list(
        db.session.scalars(
            select(Staff).where(Staff.is_active, Staff.role.in_([*CASEWORK, Role.ADMIN])).order_by(Staff.id)
        )
    )


def _due_today(today: date, missed: list[date], calendar: Calendar) -> Iterable[Due]:
    """Yield what the rules say of every open ticket that is near a date, and those on which an answer to a question is due."""
    near = or_(
        Ticket.due_on < calendar.add_business_days(today, FURTHEST + 1),
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
        was_there = [day for day in missed if ticket.received_at <= datetime.combine(day, FROM, TOKYO)]
        late = late_rule(dates, today, was_there, calendar)
        for rule in [*reminder_rules(dates, today, calendar), *([late] if late else [])]:
            yield Due(ticket, rule, _left(ticket, rule, today, calendar))
    asked = select(SourceTask.ticket_id).where(SourceTask.answered_at.is_(None), SourceTask.due_on <= today)
    for ticket in db.session.scalars(select(Ticket).where(Ticket.closed_at.is_(None), Ticket.id.in_(asked))):
        yield Due(ticket, ReminderRule.SOURCE_DUE)


def _left(ticket: Ticket, rule: ReminderRule, today: date, calendar: Calendar) -> int:
    if ticket.due_on is None or rule not in BEFORE_DUE.values():
        return 0
    return calendar.business_days_between(today, ticket.due_on)


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


def _post(person: Staff, found: list[Due], held: int, names: Mapping[int, str], now: datetime, staff_url: str) -> None:
    """Post one person's mail of the day; without due tickets it has a key of its own, so that they may still come."""
    today, sorted_dues = date_of(now), sorted(found, key=_place)
    with force_locale(person.language):
        groups = [
            _group(list(dues), person, names, today, staff_url)
            for _urgency, dues in groupby(sorted_dues, key=lambda due: due.urgency)
        ]
    letter = letters.compose(
        "digest",
        person.language,
        on=today,
        groups=groups,
        held=held,
        url=f"{staff_url}/staff/",
        held_url=f"{staff_url}/staff/mail/",
        addressee=person.name,
    )
    outbox.post(
        kind=MailKind.REMINDER,
        letter=letter,
        to=person.email,
        to_name=person.name,
        ticket_id=None,
        dedupe_key=f"{'reminder' if found else 'held'}:{person.id}:{today.isoformat()}",
        at=now,
    )


def _place(due: Due) -> tuple[tuple[int, int], date, int]:
    return due.urgency, due.ticket.queue_on, due.ticket.id


def _group(dues: list[Due], reader: Staff, names: Mapping[int, str], today: date, staff_url: str) -> DigestGroup:
    lines = tuple(_line(due.ticket, reader.language, names, today, staff_url) for due in dues)
    is_overdue = dues[0].rule is ReminderRule.OVERDUE
    return DigestGroup(_heading(dues[0]), lines, is_overdue and reader.role == Role.MANAGER)


def _line(ticket: Ticket, language: str, names: Mapping[int, str], today: date, staff_url: str) -> DigestLine:
    return DigestLine(
        ref=grouped(ticket.ref),
        kind_name=law_of(ticket).kind(ticket.kind).name.get(language),
        due_on=ticket.due_on,
        state=str(STATES[ticket.state]),
        owner=names.get(ticket.assignee_id or 0),
        is_answered=ticket.answered_at is not None,
        days_over=max((today - ticket.due_on).days, 0) if ticket.due_on else 0,
        url=f"{staff_url}/staff/tickets/{ticket.ref}",
    )


def _heading(due: Due) -> str:
    words: dict[ReminderRule, str] = {
        ReminderRule.OVERDUE: _("期限を過ぎています"),
        ReminderRule.REPLY_MISSED: _("最初のご連絡の期限を過ぎています"),
        ReminderRule.DUE_0: _("本日が期限です"),
        ReminderRule.REPLY_0: _("本日が最初のご連絡の期限です"),
        ReminderRule.SOURCE_DUE: _("情報の調査の回答期日が来ています"),
    }
    return words.get(due.rule) or ngettext("期限まであと%(num)s営業日です", "期限まであと%(num)s営業日です", due.left)
