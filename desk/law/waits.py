"""What happened to a case on its way: waits for the person, recasts of its kind, its end; in order and without gaps."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import groupby

from desk.clock import TOKYO
from desk.law.errors import LawError


class BadEvent(LawError):
    """An event cannot be read or contradicts the others; the message names it."""


class EventType(StrEnum):
    """What can happen to a clock, by the names of the command line."""

    RECAST = "recast"
    CLARIFIED = "clarified"
    EXTENDED = "extended"
    WAIT_IDENTITY = "wait-identity"
    WAIT_CORRECTION = "wait-correction"
    WAIT_FEE = "wait-fee"
    RESUMED = "resumed"
    NOTIFIED = "notified"
    CLOSED = "closed"
    REOPENED = "reopened"


class WaitReason(StrEnum):
    """What the desk waits for from the person."""

    IDENTITY = "identity"
    CORRECTION = "correction"
    FEE = "fee"


@dataclass(frozen=True, slots=True)
class ClockEvent:
    """Something that happened: `type` as in EventType, `at` an aware instant or a JST date (its 00:00).

    `kind` is the code of the new kind and belongs to `recast` alone; it may also stand in the type, `recast:D33`.
    """

    type: str
    at: datetime | date
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One event in its place: the JST instant, and for one that ended a wait how long it was in calendar days, for what."""

    type: EventType
    at: datetime
    kind: str | None
    waited_days: int = 0
    waited_for: WaitReason | None = None


@dataclass(frozen=True, slots=True)
class Waited:
    """One wait, on JST dates: what for, since when, and until when; one that still runs ends with the day looked at."""

    reason: WaitReason
    since: date
    until: date


@dataclass(frozen=True, slots=True)
class Course:
    """The whole story: its steps in time, its waits, the last kind, what is waited for now, and the days waited so far."""

    steps: tuple[Step, ...]
    waits: tuple[Waited, ...]
    kind: str
    waiting: WaitReason | None
    waited_days: int
    ended: bool


class _State(StrEnum):
    OPEN = "open"
    WAITING = "waiting"
    NOTIFIED = "notified"
    CLOSED = "closed"


REASONS = {
    EventType.WAIT_IDENTITY: WaitReason.IDENTITY,
    EventType.WAIT_CORRECTION: WaitReason.CORRECTION,
    EventType.WAIT_FEE: WaitReason.FEE,
}
ALWAYS = (EventType.RECAST, EventType.CLARIFIED, EventType.EXTENDED)
NEXT: dict[tuple[_State, EventType], _State] = {
    **{(state, wait): _State.WAITING for state in (_State.OPEN, _State.NOTIFIED) for wait in REASONS},
    (_State.WAITING, EventType.RESUMED): _State.OPEN,
    **{(state, EventType.NOTIFIED): _State.NOTIFIED for state in (_State.OPEN, _State.WAITING, _State.NOTIFIED)},
    **{(state, EventType.CLOSED): _State.CLOSED for state in _State},  # a withdrawal closes, and closing follows it
    (_State.CLOSED, EventType.NOTIFIED): _State.CLOSED,
    **{(state, EventType.REOPENED): _State.OPEN for state in (_State.NOTIFIED, _State.CLOSED)},
    **{(state, event): state for state in _State for event in ALWAYS},
}
ORDER = {event: place for place, event in enumerate(EventType)}


def to_jst(value: datetime | date, what: str) -> datetime:
    """Return an aware instant in Japan's time; a date means its first moment, 00:00:00 JST.

    Raises BadEvent, naming `what`, for an instant without an offset or beyond the calendar.
    """
    if not isinstance(value, datetime):
        return datetime.combine(value, time(), TOKYO)
    if value.utcoffset() is None:
        raise BadEvent(f"{what}: the time {value.isoformat()} has no offset from UTC")
    try:
        return value.astimezone(TOKYO)
    except OverflowError:
        raise BadEvent(f"{what}: the time {value.isoformat()} is out of range") from None


def follow(kind: str, received: datetime | date, events: Iterable[ClockEvent], as_of: date | None = None) -> Course:
    """Put events in the order of time and follow them from arrival.

    `received` and event times are aware instants or JST dates; a date on the day of arrival counts as the arrival. At
    one and the same instant the order that makes sense is taken (a wait before its end). Waits are counted in calendar
    days between JST dates; a wait still running counts up to `as_of`, or not at all without it. Raises BadEvent for
    what contradicts itself: resuming without a wait, a second wait, a wait after closing without `reopened`, an event
    before arrival, two different recasts at one instant, an unknown type.
    """
    arrival = to_jst(received, "arrival")
    story = sorted((_read(event, arrival) for event in events), key=lambda step: (step.at, ORDER[step.type]))
    steps: list[Step] = []
    waits: list[Waited] = []
    waiting: WaitReason | None = None
    state, since = _State.OPEN, arrival
    for _, group in groupby(story, key=lambda step: step.at):
        tied = list(group)
        _refuse_two_kinds(tied)
        while tied:
            step = _next(tied, state)
            days, reason = 0, None
            if waiting is not None and _ends_wait(state, step):
                days, reason = (step.at.date() - since.date()).days, waiting
                waits.append(Waited(waiting, since.date(), step.at.date()))
            state = NEXT[state, step.type]
            since = step.at if step.type in REASONS else since
            waiting = REASONS.get(step.type, waiting) if state is _State.WAITING else None
            steps.append(Step(step.type, step.at, step.kind, days, reason))
    running = max((as_of - since.date()).days, 0) if waiting and as_of else 0
    if waiting is not None:
        waits.append(Waited(waiting, since.date(), since.date() + timedelta(days=running)))
    return Course(
        steps=tuple(steps),
        waits=tuple(waits),
        kind=next((step.kind for step in reversed(steps) if step.kind), kind),
        waiting=waiting,
        waited_days=sum(step.waited_days for step in steps) + running,
        ended=state in (_State.NOTIFIED, _State.CLOSED),
    )


def _read(event: ClockEvent, arrival: datetime) -> Step:
    name, _, kind = event.type.partition(":")
    kind = event.kind or kind
    try:
        kind_of_event = EventType(name)
    except ValueError:
        raise BadEvent(f"unknown event {event.type!r}; known: {', '.join(EventType)}") from None
    if (kind_of_event is EventType.RECAST) != bool(kind):
        raise BadEvent(f"{event.type}: a recast, and only a recast, names a kind (recast:KIND)")
    at = to_jst(event.at, event.type)
    if not isinstance(event.at, datetime) and event.at == arrival.date():
        at = arrival
    if at < arrival:
        raise BadEvent(f"{event.type} at {at.isoformat()} is before the arrival at {arrival.isoformat()}")
    return Step(kind_of_event, at, kind or None)


def _refuse_two_kinds(tied: Sequence[Step]) -> None:
    kinds = sorted({step.kind for step in tied if step.kind})
    if len(kinds) > 1:
        raise BadEvent(f"recast to {' and '.join(kinds)} at the same instant {tied[0].at.isoformat()}")


def _next(tied: list[Step], state: _State) -> Step:
    for place, step in enumerate(tied):
        if (state, step.type) in NEXT:
            return tied.pop(place)
    raise BadEvent(f"{tied[0].type} at {tied[0].at.isoformat()} makes no sense here: the case is {state}")


def _ends_wait(state: _State, step: Step) -> bool:
    return state is _State.WAITING and NEXT[state, step.type] is not _State.WAITING
