"""What happens to an invented ticket: when it arrives, is acknowledged, answered, waited for, notified and closed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import sqrt
from random import Random
from typing import TypeVar

from desk.clock import TOKYO, date_of
from desk.law.calendar import Calendar
from desk.law.deadlines import Clock, compute
from desk.law.regimes import Regime
from desk.law.waits import WaitReason
from desk.tickets.models import Channel, Population
from desk.tickets.states import WAIT_STATES, State

T = TypeVar("T")

START = datetime(2024, 1, 4, tzinfo=UTC)
"""No ticket is older: the desk's ids count from the beginning of that year."""
SPAN = timedelta(days=1095)
RECENT = timedelta(days=21)
RECENT_SHARE = 0.03
WAIT_DAYS = 14
GROWTH = 2.0
"""How many times as many tickets arrive a day at the end as at the beginning."""

KINDS = {
    "N-GEN": 30, "K40": 16, "D33": 12, "S355": 11, "C34": 9, "N-UNSUB": 8, "N-ACCT": 6, "X353": 3, "P32": 2, "T33": 1,
    "I32": 1, "S351": 1, "N-CONS": 1, "N-BREACH": 0.2,
}  # fmt: skip
CHANNELS = {Channel.FORM: 78, Channel.API: 4, Channel.MAIL: 9, Channel.PHONE: 6, Channel.LETTER: 3}
POPULATIONS = {Population.USER: 78, Population.PARTNER: 11, Population.APPLICANT: 6, Population.OTHER: 5}
HOURS = [1, 1, 1, 0, 0, 1, 2, 4, 7, 11, 12, 11, 10, 10, 11, 10, 9, 8, 8, 9, 10, 9, 6, 3]
GOOD_OUTCOMES = {"K40": "K-OK", "D33": "D-FULL", "T33": "D-FULL", "C34": "C-DONE", "P32": "P-DONE", "X353": "X-STOP"}
ASKED_FOR_PROOF = ("D33", "T33", "C34", "S355", "S351", "X353")


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One ticket from arrival to where it stands now; instants are aware UTC, None where it has not come yet."""

    kind: str
    population: Population
    language: str
    channel: Channel
    clock: Clock
    received_at: datetime
    state: State
    outcome: str | None
    agent: int | None
    """Which of the seeded staff, by number."""
    acknowledged_at: datetime | None
    assigned_at: datetime | None
    waited: tuple[WaitReason, datetime, datetime | None] | None
    is_lapsing: bool
    """The person never sends what is waited for: staff end the wait."""
    answered_at: datetime | None
    answered_days: int | None
    notified_at: datetime | None
    closed_at: datetime | None
    decision: str | None
    """The outcome, where it is one that is decided."""

    @property
    def decided_at(self) -> datetime | None:
        """Return when it was decided: just before the notice."""
        return self.notified_at if self.decision is not None else None

    @property
    def received_on(self) -> date:
        """Return the JST date of arrival."""
        return date_of(self.received_at)


class Chronicle:
    """Invents courses under one regime and calendar; remembers the dates that it has reckoned."""

    def __init__(self, regime: Regime, calendar: Calendar, now: datetime, agents: int) -> None:
        self.regime, self.calendar, self.now, self.agents = regime, calendar, now, agents
        kinds = {kind.code for kind in regime.active_kinds(date_of(now))}
        self.kinds = {code: weight for code, weight in KINDS.items() if code in kinds}
        self._clocks: dict[tuple[str, date], Clock] = {}
        self._business: dict[tuple[date, int], date] = {}

    def invent(self, rng: Random, index: int, total: int) -> Course:
        """Return the course of ticket number `index` of `total`; later numbers arrive later."""
        received_at = self._arrival(rng, index, total)
        kind = _pick(rng, self.kinds)
        channel = _pick(rng, CHANNELS)
        clock = self._clock(kind, received_at)
        outcome = self._outcome(rng, kind)
        first = self._first_answer(rng, received_at)
        acked = received_at + timedelta(seconds=rng.choice((2, 2, 3, 3, 4, 5, 8, 12, 20, 45, 190)))
        has_ack = channel not in {Channel.PHONE, Channel.LETTER}
        waited = self._wait(rng, kind, first[0], outcome)
        notified = self._notice(rng, clock, first[0], waited, outcome)
        ended = notified or first[0] + timedelta(hours=rng.randrange(1, 30))
        if waited is not None and waited[2] is not None:
            ended = max(ended, waited[2])  # nothing resumes after its end
        closed = ended + timedelta(minutes=rng.choice((1, 1, 1, 400, 2900)))
        closed_at = self._past(closed)
        agent = rng.randrange(self.agents) if first[0] <= self.now or rng.random() < 0.4 else None
        told = self._past(notified)
        answered = self._past(first[0]) if outcome not in {"SPAM", "DUP"} else None
        waited = _until_now(waited, self.now)
        open_wait = waited if waited is not None and waited[2] is None else None
        return Course(
            kind=kind,
            population=_pick(rng, POPULATIONS),
            language="en" if rng.random() < 0.08 else "ja",
            channel=channel,
            clock=clock,
            received_at=received_at,
            state=_state(
                outcome=outcome if closed_at else None,
                told=told is not None,
                waits_for=open_wait[0] if open_wait else None,
                answered=answered is not None,
                assigned=agent is not None,
                acked=has_ack and acked <= self.now,
            ),
            outcome=outcome if closed_at else None,
            agent=agent,
            acknowledged_at=self._past(acked) if has_ack else None,
            assigned_at=self._past(min(first[0], received_at + timedelta(minutes=rng.randrange(5, 600)))),
            waited=waited,
            is_lapsing=outcome == "LAPSED",
            answered_at=answered,
            answered_days=first[1] if answered else None,
            notified_at=told,
            closed_at=closed_at,
            decision=outcome if self._is_decided(kind, outcome) else None,
        )

    def _is_decided(self, kind: str, outcome: str) -> bool:
        ends = self.regime.outcome(outcome)
        return ends.refusal or (self.regime.kind(kind).is_decided and ends.is_decision)

    def wait_due(self, started_at: datetime) -> date:
        """Return by when somebody who is asked for something at an instant shall act, a JST date."""
        return self.calendar.roll_forward(date_of(started_at) + timedelta(days=WAIT_DAYS))

    def _past(self, at: datetime | None) -> datetime | None:
        return at if at is not None and at <= self.now else None

    def _arrival(self, rng: Random, index: int, total: int) -> datetime:
        start = max(self.now - SPAN, START)
        long_ago = self.now - RECENT - start
        share = (index + 0.5) / total
        if share < 1 - RECENT_SHARE:
            grown = (sqrt(1 + share / (1 - RECENT_SHARE) * (GROWTH**2 - 1)) - 1) / (GROWTH - 1)
            day = date_of(start + long_ago * grown)
        else:
            day = date_of(self.now - RECENT + RECENT * ((share - 1 + RECENT_SHARE) / RECENT_SHARE))
        if day.weekday() > 4 and rng.random() < 0.6:
            day -= timedelta(days=day.weekday() - 4)
        (hour,) = rng.choices(range(24), HOURS)
        at = datetime.combine(day, time(hour, rng.randrange(60), rng.randrange(60)), TOKYO).astimezone(UTC)
        at += timedelta(microseconds=rng.randrange(1_000_000))
        return at if at <= self.now else self.now - timedelta(minutes=rng.uniform(1, 600))

    def _clock(self, kind: str, received_at: datetime) -> Clock:
        key = (kind, date_of(received_at))
        if key not in self._clocks:
            self._clocks[key] = compute(self.regime, kind, received_at, (), self.calendar)
        return self._clocks[key]

    def _outcome(self, rng: Random, kind: str) -> str:
        known, roll = self.regime.kind(kind).outcomes, rng.random()
        for code, share in (("SPAM", 0.03), ("DUP", 0.045), ("WD", 0.065), ("LAPSED", 0.08)):
            if roll < share and code in known:
                return code
        usual = [code for code in known if code not in {"SPAM", "DUP", "WD", "LAPSED"}]
        best = GOOD_OUTCOMES.get(kind, usual[0])
        return best if rng.random() < 0.8 else rng.choice(usual)

    def _first_answer(self, rng: Random, received_at: datetime) -> tuple[datetime, int]:
        """Return when somebody answers first and how many business days that is from arrival."""
        (days,) = rng.choices((0, 1, 2, 3, 5, 9), (24, 46, 19, 7, 3, 1))
        arrival = date_of(received_at)
        if days == 0 and (received_at.astimezone(TOKYO).hour >= 16 or not self.calendar.is_business_day(arrival)):
            days = 1
        key = (arrival, days)
        if key not in self._business:
            self._business[key] = self.calendar.add_business_days(arrival, days)
        if days == 0:
            return received_at + timedelta(minutes=rng.randrange(9, 110)), 0
        at = time(rng.randrange(9, 18), rng.randrange(60), rng.randrange(60))
        return datetime.combine(self._business[key], at, TOKYO).astimezone(UTC), days

    def _wait(
        self, rng: Random, kind: str, answered_at: datetime, outcome: str
    ) -> tuple[WaitReason, datetime, datetime | None] | None:
        if outcome == "LAPSED":
            given_up_on = self.calendar.add_business_days(self.wait_due(answered_at), 1)
            given_up_at = datetime.combine(given_up_on, time(10), TOKYO).astimezone(UTC)
            return WaitReason.IDENTITY, answered_at, given_up_at
        if outcome in {"SPAM", "DUP"} or kind not in ASKED_FOR_PROOF or rng.random() < 0.55:
            return None
        reason = WaitReason.IDENTITY if rng.random() < 0.8 else WaitReason.CORRECTION
        return reason, answered_at, answered_at + timedelta(hours=rng.randrange(3, 150))

    def _notice(
        self,
        rng: Random,
        clock: Clock,
        answered_at: datetime,
        waited: tuple[WaitReason, datetime, datetime | None] | None,
        outcome: str,
    ) -> datetime | None:
        if outcome in {"SPAM", "DUP", "WD"}:
            return None
        earliest = waited[2] if waited and waited[2] else answered_at
        if outcome == "ANS" or clock.limit_on is None:
            return earliest
        days = (clock.limit_on - date_of(clock.received_at)).days
        late = rng.random() < 0.05
        day = (
            clock.limit_on + timedelta(days=rng.randrange(1, 12))
            if late
            else clock.limit_on - timedelta(days=rng.randrange(0, max(days * 2 // 3, 1)))
        )
        day = self.calendar.roll_back(day)
        return max(
            datetime.combine(day, time(rng.randrange(9, 18), rng.randrange(60)), TOKYO).astimezone(UTC), earliest
        )


def _pick(rng: Random, weights: Mapping[T, float]) -> T:
    return rng.choices(list(weights), list(weights.values()))[0]


def _until_now(
    waited: tuple[WaitReason, datetime, datetime | None] | None, now: datetime
) -> tuple[WaitReason, datetime, datetime | None] | None:
    if waited is None or waited[1] > now:
        return None
    return waited if waited[2] is None or waited[2] <= now else (waited[0], waited[1], None)


def _state(
    *, outcome: str | None, told: bool, waits_for: WaitReason | None, answered: bool, assigned: bool, acked: bool
) -> State:
    if outcome is not None:
        ends = {"WD": State.WITHDRAWN, "LAPSED": State.LAPSED, "REF": State.REFERRED}
        return ends.get(outcome, State.CLOSED)
    if told:
        return State.NOTIFIED
    if waits_for is not None:
        return WAIT_STATES[waits_for]
    if answered:
        return State.INVESTIGATING
    if assigned:
        return State.TRIAGED
    return State.ACKED if acked else State.RECEIVED
