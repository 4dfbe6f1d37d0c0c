"""The figures of one business year for the yearly inspection (点検), computed from tickets, trail and register."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from desk.clock import date_of, start_of_day
from desk.db import db
from desk.events.kinds import EventKind
from desk.events.models import FEES, Event
from desk.law.regimes import REGIME, get_regime
from desk.policy.consents import Consent
from desk.policy.inspections import CorrectiveAction
from desk.policy.models import OutsideService, PolicyVersion
from desk.policy.placing import Relation
from desk.policy.register import list_settled_gaps, read_version, version_on
from desk.policy.uses import OtherUse
from desk.reporting.contributions import EXCLUDED
from desk.reporting.promises import contradictions_on, open_gaps
from desk.reporting.response_times import response_times
from desk.reporting.tables import stats_as_json
from desk.tickets.decisions import Decision, DecisionState
from desk.tickets.models import Ticket, Trace

COMPLAINT, BREACH = "K40", "N-BREACH"
NOT_HELD, UNPROVEN = ("D-NOTEXIST",), ("ID-NG", "AG-NG")
LAPSED, WITHDRAWN, REFERRED = ("LAPSED",), ("WD",), ("REF",)
STATE_CHANGES = (EventKind.CLOSED, EventKind.WITHDRAWN, EventKind.REOPENED)

Figures = dict[str, Any]


def inspect_year(first: date, last: date, now: datetime) -> Figures:
    """Return the figures of the business year from `first` to `last` (JST dates) as JSON values.

    `received` counts arrivals without spam and duplicates, which are `excluded`; `ended`, `outcomes` and what follows
    from them count what ended in the year, whenever it came. What has no history (the register, what is past its
    erasure) is as it is `now`.
    """
    begins, ends = start_of_day(first), start_of_day(last + timedelta(days=1))
    arrived = _arrived(first, last)
    ended = _ended(begins, ends)
    outcomes = _sums(ended, 1)
    refusals = {code for code, outcome in get_regime(REGIME).outcomes.items() if outcome.refusal}
    return {
        "first": first.isoformat(),
        "last": last.isoformat(),
        "as_of": now.isoformat(timespec="seconds"),
        "received": sum(n for (_k, _p, _c, is_counted), n in arrived.items() if is_counted),
        "excluded": sum(n for (_k, _p, _c, is_counted), n in arrived.items() if not is_counted),
        "open_at_start": count_open(begins),
        "open_at_end": count_open(min(ends, now + timedelta(microseconds=1))),  # what ended this instant has ended
        "ended": sum(outcomes.values()),
        "by_kind": _by_kind(arrived, ended),
        "by_population": _sums(arrived, 1, counted=3),
        "by_channel": _sums(arrived, 2, counted=3),
        "outcomes": outcomes,
        "refused": _of(outcomes, refusals - {*NOT_HELD, *UNPROVEN}),
        "not_held": _of(outcomes, NOT_HELD),
        "unproven": _of(outcomes, UNPROVEN),
        "lapsed": _of(outcomes, LAPSED),
        "withdrawn": _of(outcomes, WITHDRAWN),
        "referred": _of(outcomes, REFERRED),
        "complaints": _sums({key: n for key, n in ended.items() if key[0] == COMPLAINT}, 1),
        "breach_suspects": sum(n for key, n in arrived.items() if key[0] == BREACH and key[3]),
        "reopened": _count(Ticket, Ticket.reopened_at >= begins, Ticket.reopened_at < ends),
        "response": stats_as_json(response_times(first, last, date_of(now)).overall),
        "traces_late": _count(Trace, Trace.erase_on < date_of(now)),
        **_register(first, last, now),
        "consents": {
            "given": _count(Consent, Consent.given_on.between(first, last)),
            "withdrawn": _count(Consent, Consent.withdrawn_at >= begins, Consent.withdrawn_at < ends),
        },
        "decisions": _decisions(begins, ends),
        "fees": _fees(begins, ends),
        "uses": {
            "allowed": _count(OtherUse, OtherUse.ground.is_not(None), *_decided(begins, ends)),
            "refused": _count(OtherUse, OtherUse.ground.is_(None), *_decided(begins, ends)),
            "undecided": _count(OtherUse, OtherUse.decided_at.is_(None)),
        },
        "actions": {
            "opened": _count(CorrectiveAction, CorrectiveAction.opened_at >= begins, CorrectiveAction.opened_at < ends),
            "closed": _count(CorrectiveAction, CorrectiveAction.closed_at >= begins, CorrectiveAction.closed_at < ends),
            "open": _count(CorrectiveAction, CorrectiveAction.closed_at.is_(None)),
        },
    }


def _decisions(begins: datetime, ends: datetime) -> Figures:
    """Count the decisions approved in the year, those of one person alone or with duties open, and the grounds of refusal."""
    approved = select(Decision.grounds, Decision.is_alone, Decision.open_duties).where(
        Decision.state == DecisionState.APPROVED, Decision.approved_at >= begins, Decision.approved_at < ends
    )
    rows = db.session.execute(approved).all()
    return {
        "approved": len(rows),
        "alone": sum(row.is_alone for row in rows),
        "despite": sum(bool(row.open_duties) for row in rows),
        "grounds": dict(sorted(Counter(ground for row in rows for ground in row.grounds).items())),
    }


def _fees(begins: datetime, ends: datetime) -> Figures:
    """Count the fees received in the year, and their sum in yen."""
    paid = select(Event.facts).where(FEES, Event.at >= begins, Event.at < ends)
    sums = [facts["yen"] for facts in db.session.scalars(paid)]
    return {"paid": len(sums), "yen": sum(sums)}


def count_open(at: datetime) -> int:
    """Return how many tickets were open at an instant, those that had ended before and were taken up again included.

    A ticket that was reopened later is looked up in the trail, the others tell by when they ended.
    """
    came, again = Ticket.received_at < at, Ticket.reopened_at >= at
    plain = _count(
        Ticket,
        came,
        or_(Ticket.reopened_at.is_(None), Ticket.reopened_at < at),
        or_(Ticket.closed_at.is_(None), Ticket.closed_at >= at),
    )
    told = (
        select(Ticket.id, Event.kind)
        .outerjoin(Event, and_(Event.ticket_id == Ticket.id, Event.kind.in_(STATE_CHANGES), Event.at < at))
        .where(came, again)
        .order_by(Ticket.id, Event.at, Event.id)
    )
    latest = dict(db.session.execute(told).all())
    return plain + sum(kind in {None, EventKind.REOPENED} for kind in latest.values())


def _arrived(first: date, last: date) -> Counter[tuple[Any, ...]]:
    """Count arrivals by kind, population, channel, and whether figures count them."""
    by = (Ticket.kind, Ticket.population, Ticket.channel, Ticket.outcome)
    rows = select(*by, func.count()).where(Ticket.received_on.between(first, last)).group_by(*by)
    found: Counter[tuple[Any, ...]] = Counter()
    for kind, population, channel, outcome, n in db.session.execute(rows):
        found[kind, str(population), str(channel), outcome not in EXCLUDED] += n
    return found


def _ended(begins: datetime, ends: datetime) -> Counter[tuple[Any, ...]]:
    """Count what ended, by kind and outcome, without spam and duplicates."""
    by = (Ticket.kind, Ticket.outcome)
    rows = select(*by, func.count()).where(Ticket.closed_at >= begins, Ticket.closed_at < ends).group_by(*by)
    return Counter({(kind, code): n for kind, code, n in db.session.execute(rows) if code not in EXCLUDED})


def _by_kind(arrived: Counter[tuple[Any, ...]], ended: Counter[tuple[Any, ...]]) -> list[dict[str, Any]]:
    came = _sums(arrived, 0, counted=3)
    kinds = [code for code in get_regime(REGIME).kinds if code in came or any(key[0] == code for key in ended)]
    return [
        {
            "kind": code,
            "received": came.get(code, 0),
            "outcomes": _sums({key: n for key, n in ended.items() if key[0] == code}, 1),
        }
        for code in kinds
    ]


def _register(first: date, last: date, now: datetime) -> dict[str, Any]:
    """Say how policy and outside services stand."""
    used = OutsideService.is_used
    in_year = OutsideService.vetted_on.between(first, last)
    version = version_on(min(last, date_of(now)))
    gaps = open_gaps(read_version(version)) if version is not None else []
    settled = list_settled_gaps()
    adopted = select(PolicyVersion.number).where(PolicyVersion.effective_on.between(first, last))
    return {
        "policy": {
            "in_force": version.number if version is not None else None,
            "new": list(db.session.scalars(adopted.order_by(PolicyVersion.number))),
            "gaps": len(gaps),
            "answered": sum(bool((row := settled.get(gap.rule.code)) and row.approved_at) for gap in gaps),
            "contradictions": len(contradictions_on(date_of(now))),
        },
        "services": {
            "used": _count(OutsideService, used),
            "undecided": _count(OutsideService, used, OutsideService.relation == Relation.UNDECIDED),
            "reviewed": _count(OutsideService, used, in_year),
            "overdue": _count(OutsideService, used, OutsideService.review_on < date_of(now)),
        },
    }


def _sums(
    counts: Counter[tuple[Any, ...]] | dict[tuple[Any, ...], int], part: int, counted: int | None = None
) -> dict[str, int]:
    """Add up by one part of the keys, in the order of their codes; of arrivals only those that figures count."""
    sums: Counter[str] = Counter()
    for key, n in counts.items():
        if counted is None or key[counted]:
            sums[str(key[part])] += n
    return dict(sorted(sums.items()))


def _decided(begins: datetime, ends: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return OtherUse.decided_at >= begins, OtherUse.decided_at < ends


def _of(outcomes: dict[str, int], codes: Iterable[str]) -> int:
    return sum(outcomes.get(code, 0) for code in codes)


def _count(model: Any, *conditions: ColumnElement[bool] | InstrumentedAttribute[bool]) -> int:
    return db.session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0
