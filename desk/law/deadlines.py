"""From an arrival and what happened since to the dates of a case, each with its reason; pure arithmetic."""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from desk.law.calendar import ONE_DAY, Calendar
from desk.law.explain import Line, Value, say
from desk.law.regimes import REGIME, Kind, Regime, Span, Unit, get_regime
from desk.law.text import Text
from desk.law.waits import REASONS, BadEvent, ClockEvent, Course, EventType, Step, WaitReason, follow, to_jst

__all__ = ["BadEvent", "Clock", "ClockEvent", "EventType", "Line", "WaitReason", "compute"]


@dataclass(frozen=True, slots=True)
class Clock:
    """By when a case must move; dates are JST dates, instants are aware and in Asia/Tokyo.

    `kind`: the last kind. `ack_by`: the automatic acknowledgement. `reply_by`: the first human answer, an instant for
    kinds counted in hours. `target_on` <= `due_on` <= `limit_on`: the desk's aim, the ceiling rolled back to a business
    day (queue, reminders; overdue starts the day after), the ceiling (reports); None where the kind has none.
    `waiting`: what the person owes us now, and `waited_days` the calendar days waited, both only shown. `ended`: the
    result was notified or the case closed. `calendar`: the version of the calendar used.
    """

    kind: str
    received_at: datetime
    ack_by: datetime
    reply_by: date | datetime
    target_on: date | None
    due_on: date | None
    limit_on: date | None
    waiting: WaitReason | None
    waited_days: int
    ended: bool
    explanation: tuple[Line, ...]
    calendar: str


def compute(
    regime: Regime,
    kind: str,
    received: datetime | date,
    events: Iterable[ClockEvent],
    calendar: Calendar,
    as_of: date | None = None,
) -> Clock:
    """Reckon every date of a case of this kind, received at an aware instant or on a JST date (then from its 00:00).

    The day of arrival is never counted, not even at 00:00:00 JST, where Civil Code (民法) Article 140 would count it:
    a period from an arrival begins with the event, not with the day. The ceiling follows from arrival alone (Act,
    Article 39; the desk's own number where the Act gives none) and no event moves it; waits, clarifications and
    extensions are only told. Other laws have ceilings that move with waits and extensions, as `Kind` says; a wait that
    still runs moves them up to `as_of` only. A recast replaces the kind, the count starts from arrival all the same. Our own dates
    roll back to a business day, never past the day of arrival: if all days up to the ceiling are closed, the due date
    is the ceiling itself. `as_of` counts a wait that still runs up to that JST date.

    Raises BadEvent, UnknownKind, and OutsideCalendar for years the calendar does not know.
    """
    received_at = to_jst(received, "arrival")
    course = follow(kind, received_at, events, as_of)
    _name_of(regime, kind)
    dates = _Reckoning(regime, course, received_at, calendar)
    limit_on = dates.limit()
    due_on = dates.due(limit_on)
    limit_on = dates.moved_on(limit_on)
    reply_by = dates.reply(due_on)
    target_on = dates.target(reply_by, due_on)
    ack_by = received_at + timedelta(minutes=regime.ack.n)
    return Clock(
        kind=course.kind,
        received_at=received_at,
        ack_by=ack_by,
        reply_by=reply_by,
        target_on=target_on,
        due_on=due_on,
        limit_on=limit_on,
        waiting=course.waiting,
        waited_days=course.waited_days,
        ended=course.ended,
        explanation=(*dates.opening(), *_story(regime, dates.kind, course), *dates.lines),
        calendar=calendar.version,
    )


class _Reckoning:
    """One case's dates from arrival, collecting the line for each as it goes."""

    def __init__(self, regime: Regime, course: Course, received_at: datetime, calendar: Calendar) -> None:
        self.regime, self.course, self.calendar = regime, course, calendar
        self.kind = regime.kind(course.kind)
        self.received_at, self.arrival = received_at, received_at.date()
        self.lines: list[Line] = []
        calendar.is_business_day(self.arrival)  # refuses a year that the calendar does not know

    def opening(self) -> list[Line]:
        """Tell the arrival, the day that counts first, and the acknowledgement."""
        regime, day = self.regime, self.arrival
        lines = [say(regime, "arrival", day, arrival=day)]
        if not self.kind.is_valid_on(day):
            lines.append(say(regime, "not-in-force", day, kind=self.kind.name))
        ack_on = (self.received_at + timedelta(minutes=regime.ack.n)).date()
        lines.append(say(regime, "ack", ack_on, span=regime.ack))
        if self.kind.legal_ack is not None:
            lines.append(say(regime, "ack-law", self._after(self.kind.legal_ack), span=self.kind.legal_ack))
        return [*lines, say(regime, "first-day-not-counted", day + ONE_DAY)]

    def limit(self) -> date | None:
        """Return the ceiling as it falls: calendar days or months from where the count begins, or the n-th business day."""
        span = self.kind.ceiling
        if span is None:
            self._tell("limit-none", self.arrival)
            return None
        if self.kind.legal_ceiling:
            return self._limit_of_law(span)
        day = self._after(span)
        own = "limit-bus" if span.unit is Unit.BUSINESS_DAY else "limit-own"
        self._tell("limit-art39" if self.kind.art39 else own, day, span=span)
        return day

    def moved_on(self, limit_on: date | None) -> date | None:
        """Return the ceiling itself, or where the law moves it from a closed day to the next business day."""
        if limit_on is None or not self.kind.rolls_forward:
            return limit_on
        day = self.calendar.roll_forward(limit_on)
        if day != limit_on and (reason := self.calendar.closed_reason(limit_on)) is not None:
            self._tell("limit-rolled-forward", day, reason=reason)
        return day

    def _limit_of_law(self, span: Span) -> date:
        """Return the ceiling as the law's own time moves it, event by event: what comes after it has passed moves nothing."""
        kind, start, paused, is_extended, is_late = self.kind, self.arrival, 0, False, False
        whole = Span(span.n + kind.extension.n, span.unit) if kind.extension is not None else span
        told = [(step.at.date(), None) for step in self.course.steps if step.type is EventType.EXTENDED]
        stretches = [(wait.since, wait) for wait in self.course.waits if wait.reason in kind.stops]
        for on, wait in sorted([*stretches, *told], key=lambda part: part[0]):
            end = self._after(whole if is_extended else span, start) + timedelta(days=paused)
            if on > (self.calendar.roll_forward(end) if kind.rolls_forward else end):
                is_late = is_late or wait is None
            elif wait is None:
                is_extended = kind.extension is not None
            elif wait.reason in kind.pauses:
                paused += (wait.until - wait.since).days
            else:
                start, paused = wait.until, 0
        return self._tell_limit(
            span, start, paused, extended=whole if is_extended else None, is_late=is_late and not is_extended
        )

    def _tell_limit(self, span: Span, start: date, paused: int, *, extended: Span | None, is_late: bool) -> date:
        """Tell the ceiling of the law step by step, and return it."""
        if start != self.arrival:
            self._tell("count-from", start)
        day = self._after(span, start)
        self._tell("limit-law", day, span=span, start=start, basis=self.kind.basis)
        if paused:
            day += timedelta(days=paused)
            self._tell("limit-paused", day, days=paused)
        if extended is not None and self.kind.extension is not None:
            day = self._after(extended, start) + timedelta(days=paused)
            self._tell("limit-extended", day, span=self.kind.extension)
        elif is_late and self.kind.extension is not None:
            self._tell("limit-extended-late", day)
        return day

    def due(self, limit_on: date | None) -> date | None:
        """Return the last business day up to the ceiling, on or after arrival; the ceiling if there is none."""
        if limit_on is None:
            return None
        due_on = self._back(limit_on)
        reason = self.calendar.closed_reason(limit_on)
        if reason is None:
            self._tell("due-as-limit", due_on)
        elif due_on == limit_on:
            self._tell("due-closed-throughout", due_on)
        else:
            self._tell("due-rolled-back", due_on, limit=limit_on, reason=reason)
        return due_on

    def reply(self, due_on: date | None) -> date | datetime:
        """Return when a person answers first: an instant for hours, else a day no later than the due date."""
        span = self.kind.reply
        if span.unit is Unit.HOUR:
            instant = self.received_at + timedelta(hours=span.n)
            self._tell("reply-hour", instant.date(), span=span)
            return instant
        day = self._after(span)
        self._tell("reply-bus" if span.n else "reply-same-day", day, span=span, n=span.n)
        if due_on is not None and day > due_on:
            day = due_on
            self._tell("reply-capped", day)
        return day

    def target(self, reply_by: date | datetime, due_on: date | None) -> date | None:
        """Return the desk's own aim, between the first answer and the due date."""
        span = self.kind.target
        if span is None or due_on is None:
            return None
        day = self._back(self._after(span))
        self._tell(f"target-{span.unit}", day, span=span)
        kept = min(max(day, reply_by), due_on) if not isinstance(reply_by, datetime) else min(day, due_on)
        if kept != day:
            self._tell("target-moved", kept)
        return kept

    def _after(self, span: Span, start: date | None = None) -> date:
        start = start or self.arrival
        if span.unit is Unit.CALENDAR_DAY:
            return start + timedelta(days=span.n)
        if span.unit is Unit.MONTH:
            return add_months(start, span.n)
        if span.n == 0:
            return self.calendar.roll_forward(start)
        return self.calendar.add_business_days(start, span.n)

    def _back(self, day: date) -> date:
        open_day = self.calendar.roll_back(day)
        return open_day if open_day >= self.arrival else day

    def _tell(self, rule: str, on: date, **values: Value) -> None:
        self.lines.append(say(self.regime, rule, on, **values))


def add_months(day: date, n: int) -> date:
    """Return the same day n months later, or the last day of that month where it has no such day."""
    years, month = divmod(day.month - 1 + n, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def _story(regime: Regime, kind: Kind, course: Course) -> list[Line]:
    return [
        say(
            regime,
            _rule_of(step, kind),
            step.at.date(),
            days=step.waited_days,
            kind=_name_of(regime, step.kind) if step.kind else "",
        )
        for step in course.steps
    ]


def _rule_of(step: Step, kind: Kind) -> str:
    """Return the name of the sentence for a step; a wait in which the law's time does not run is told as such."""
    if step.type in REASONS and REASONS[step.type] in kind.stops:
        return f"stops-{REASONS[step.type]}"
    if step.type is EventType.RESUMED and step.waited_for in kind.stops:
        return "runs-again"
    return step.type.value


def _name_of(regime: Regime, code: str) -> Text:
    """Return a kind's name; a case may have been a kind that only the law knows under which it came. Raises UnknownKind."""
    known = regime.kinds.get(code)
    return (known or get_regime(REGIME).kind(code)).name
