"""Which reminders a case is due for on a day; pure, sending and once-only are the caller's."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from desk.clock import date_of
from desk.law.calendar import Calendar
from desk.law.deadlines import Clock


class ReminderRule(StrEnum):
    """The rules by the names under which a reminder is recorded."""

    DUE_5BD = "due-5bd"
    DUE_3BD = "due-3bd"
    DUE_1BD = "due-1bd"
    DUE_0 = "due-0"
    REPLY_0 = "reply-0"
    REPLY_MISSED = "reply-missed"
    OVERDUE = "overdue"
    SOURCE_DUE = "source-due"
    """Somebody who was asked to look for data has not answered by the day; not a date of the law, and so not of these rules."""


FURTHEST = 5
"""How many business days before the due date the first rule falls."""
BEFORE_DUE = {FURTHEST: ReminderRule.DUE_5BD, 3: ReminderRule.DUE_3BD, 1: ReminderRule.DUE_1BD, 0: ReminderRule.DUE_0}


@dataclass(frozen=True, slots=True)
class ClockDates:
    """What reminders need of a case: JST dates (`reply_by` may be an instant), and whether anyone must still act.

    `answered`: a person has answered; `waiting`: the person owes us something; `ended`: notified or closed.
    """

    due_on: date | None
    reply_by: date | datetime | None
    answered: bool
    waiting: bool
    ended: bool

    @classmethod
    def of(cls, clock: Clock, answered: bool) -> "ClockDates":
        """Take the dates from a computed clock."""
        return cls(clock.due_on, clock.reply_by, answered, clock.waiting is not None, clock.ended)


def reminder_rules(dates: ClockDates, today: date, calendar: Calendar) -> list[ReminderRule]:
    """List the rules that apply on a JST date, in the order of the enum; none on a closed day, while waiting, or ended.

    `due-5bd`, `due-3bd`, `due-1bd` fall on the single business day that is so many before `due_on`, `due-0` on it;
    `overdue` on every business day after it. `reply-0` falls on the day of `reply_by` and `reply-missed` on every
    business day after it, until a person has answered. Raises OutsideCalendar.
    """
    if dates.waiting or dates.ended or not calendar.is_business_day(today):
        return []
    rules = []
    if dates.due_on is not None and today <= dates.due_on:
        left = calendar.business_days_between(today, dates.due_on)
        rules += [BEFORE_DUE[left]] if left in BEFORE_DUE else []
    if dates.reply_by is not None and not dates.answered:
        reply_on = date_of(dates.reply_by) if isinstance(dates.reply_by, datetime) else dates.reply_by
        rules += [ReminderRule.REPLY_0] if reply_on == today else []
        rules += [ReminderRule.REPLY_MISSED] if reply_on < today else []
    if dates.due_on is not None and dates.due_on < today:
        rules.append(ReminderRule.OVERDUE)
    return rules


def late_rule(dates: ClockDates, today: date, missed: Iterable[date], calendar: Calendar) -> ReminderRule | None:
    """Return the last rule before the due date that fell on one of the days missed, JST dates before `today`.

    None when a rule of today speaks of the due date itself, or when nothing is to be said today. Raises OutsideCalendar.
    """
    of_due = {*BEFORE_DUE.values(), ReminderRule.OVERDUE}
    if not calendar.is_business_day(today) or of_due & set(reminder_rules(dates, today, calendar)):
        return None
    fell = [rule for day in sorted(missed) for rule in reminder_rules(dates, day, calendar) if rule in of_due]
    return fell[-1] if fell else None
