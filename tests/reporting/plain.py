"""The response times once more: slow, ticket by ticket, in plain Python, sharing nothing with the rollup."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, localcontext

from desk import clock
from desk.reporting.distribution import Measure
from desk.reporting.response_times import Group, response_times
from desk.tickets.models import Ticket


def steps(value: int, fine: int, below: int, coarse: int) -> int:
    """Cut a value off to the documented resolution."""
    return value // fine * fine if value < below else value // coarse * coarse


def decimal(numerator: int, denominator: int, step: str) -> float:
    """Divide, and round to the nearest `step`, halves up; sixty digits keep it exact."""
    with localcontext(prec=60):
        return float((Decimal(numerator) / denominator).quantize(Decimal(step), ROUND_HALF_UP))


def seconds(ticket: Ticket, end: datetime) -> int:
    return int(end.timestamp()) - int(ticket.received_at.timestamp())


PARTS = {Measure.ACK: 60, Measure.ANSWER: 60, Measure.DAYS: 1, Measure.NOTICE: 1}
"""How many of what `plain` counts make one of the measure's unit; divided last, so that no sum is rounded twice."""


def plain(ticket: Ticket, measure: Measure) -> tuple[int, bool | None] | None:
    """Return a ticket's value, in whole seconds, minutes or days, and whether it was in time, straight from its columns."""
    if measure is Measure.ACK:
        if ticket.acknowledged_at is None:
            return None
        return steps(seconds(ticket, ticket.acknowledged_at), 1, 120, 60), ticket.acknowledged_at <= ticket.ack_by
    if measure is Measure.NOTICE:
        if ticket.notified_at is None:
            return None
        on = clock.date_of(ticket.notified_at)
        return (on - ticket.received_on).days, None if ticket.limit_on is None else on <= ticket.limit_on
    if ticket.answered_at is None or ticket.answered_days is None:
        return None
    if ticket.reply_by_at is not None:
        in_time = ticket.answered_at <= ticket.reply_by_at
    else:
        in_time = clock.date_of(ticket.answered_at) <= (ticket.reply_by or date.max)
    if measure is Measure.DAYS:
        return ticket.answered_days, in_time
    return steps(seconds(ticket, ticket.answered_at) // 60, 6, 600, 60), in_time


def check(group: Group, tickets: list[Ticket], today: date) -> None:
    """Compare a group with its tickets, counted one by one."""
    counted = [t for t in tickets if t.outcome not in {"SPAM", "DUP"}]
    usual = [t for t in counted if t.outcome not in {"WD", "LAPSED"} and t.state not in {"withdrawn", "lapsed"}]
    assert group.excluded == len(tickets) - len(counted)
    assert group.received == len(counted)
    assert group.withdrawn + group.lapsed == len(counted) - len(usual)
    for measure in Measure:
        values = [found for t in usual if (found := plain(t, measure)) is not None]
        stat = group.stats[measure]
        late = [t for t in usual if t.closed_at is None and t.notified_at is None and t.limit_on and t.limit_on < today]
        termed = [in_time for _, in_time in values if in_time is not None]
        base = len(termed) + (len(late) if measure is Measure.NOTICE else 0)
        assert (stat.n, stat.in_time, stat.termed) == (len(values), sum(termed), base)
        ordered = sorted(value for value, _ in values)
        middle = ordered[(len(ordered) - 1) // 2 : len(ordered) // 2 + 1]
        assert stat.median == (decimal(sum(middle), len(middle) * PARTS[measure], "0.01") if ordered else None)
        assert stat.p90 == (
            decimal(ordered[-(-9 * len(ordered) // 10) - 1], PARTS[measure], "0.01") if ordered else None
        )
        assert stat.share == (decimal(100 * sum(termed), base, "0.1") if base >= 20 else None)


def check_all(tickets: Iterable[Ticket], first: date, last: date, today: date) -> None:
    """Compare every group of a period with its tickets."""
    found = response_times(first, last, today)
    inside = [ticket for ticket in tickets if first <= ticket.received_on <= last]
    check(found.overall, inside, today)
    groupings: list[tuple[tuple[Group, ...], Callable[[Ticket], str]]] = [
        (found.by_kind, lambda t: t.kind),
        (found.by_month, lambda t: f"{t.received_on:%Y-%m}"),
        (found.by_agent, lambda t: str(t.assignee_id or 0)),
    ]
    for groups, key in groupings:
        assert {group.key for group in groups} == {key(ticket) for ticket in inside}
        for group in groups:
            check(group, [ticket for ticket in inside if key(ticket) == group.key], today)
