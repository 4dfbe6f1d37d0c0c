"""What the seed invents could have happened: every history is one that the desk's own verbs can make, on any day."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from nacl.public import PrivateKey

from desk.clock import TOKYO, date_of
from desk.develop.seed.rows import Setting
from desk.develop.seed.run import Order, make_chunk
from desk.events.kinds import KINDS, EventKind
from desk.handling.clockwork import dates_of
from desk.law.calendar import japan_calendar
from desk.law.deadlines import ClockEvent, compute
from desk.law.regimes import REGIME, get_regime
from desk.tickets.states import ENDED, WAITING, State
from desk.vault.keys import Vault

FIRST = datetime(2026, 1, 1, 8, 30, tzinfo=TOKYO)
DAYS = [FIRST + timedelta(days=13 * step, hours=5 * step) for step in range(30)]
"""Thirty beginnings over a year: every day of the week, most hours, the year's end and Golden Week among them."""
TICKETS = 170
ENDS = (EventKind.CLOSED, EventKind.WITHDRAWN)
AFTER_THE_END = {EventKind.MAIL_SENT}
"""A mail may leave seconds after the act that owes it."""

Row = dict[str, Any]


def histories(now: datetime) -> list[tuple[Row, list[Row], list[Row]]]:
    """Return each invented ticket with its events and waits, in the order of time."""
    public = bytes(PrivateKey.generate().public_key)
    setting = Setting(now.astimezone(UTC), tuple(range(1, 9)), 365, 90, 9)
    rows = make_chunk(Order(now.toordinal(), TICKETS, setting, japan_calendar(), Vault(public, None, bytes(32))), 0)
    events, waits = defaultdict(list), defaultdict(list)
    for event in sorted(rows["event"], key=lambda event: (event["at"], event["id"])):
        events[event["ticket_id"]].append(event)
    for wait in rows["wait"]:
        waits[wait["ticket_id"]].append(wait)
    return [(ticket, events[ticket["id"]], waits[ticket["id"]]) for ticket in rows["ticket"]]


@pytest.mark.parametrize("now", DAYS, ids=lambda day: f"{day:%Y-%m-%d %a %H.%M}")
def test_it_invents_what_the_verbs_can_make(now: datetime) -> None:
    for ticket, events, waits in histories(now):
        told = [(event["kind"], f"{event['at']:%m-%d %H:%M:%S}") for event in events]
        assert events[0]["kind"] == EventKind.RECEIVED, told
        assert events[-1]["at"] <= now, told
        _follow(ticket, events, told)
        _compare_waits(ticket, events, waits)
        assert _reckoned(ticket, events) == {name: ticket[name] for name in ("target_on", "due_on", "limit_on")}, told


def _follow(ticket: Row, events: list[Row], told: object) -> None:
    """Walk through a ticket's events as its verbs would: nothing resumes that did not wait, nothing follows the end."""
    waiting = ended = answered = notified = False
    for event in events:
        kind = event["kind"]
        assert not ended or kind in AFTER_THE_END, told
        if kind == EventKind.WAIT_STARTED:
            assert not waiting, told
            assert answered, told
            waiting = True
        elif kind == EventKind.RESUMED:
            assert waiting, told
            waiting = False
        elif kind == EventKind.ANSWERED:
            answered = True
        elif kind == EventKind.NOTIFIED:
            assert not waiting, told
            notified = True
        elif kind in ENDS:
            assert not waiting, told
            ended = True
    state = State(ticket["state"])
    assert (state in WAITING) == waiting, told
    assert (state in ENDED) == ended == (ticket["closed_at"] is not None) == (ticket["outcome"] is not None), told
    assert (ticket["answered_at"] is not None) == answered, told
    assert (ticket["notified_at"] is not None) == notified, told


def _compare_waits(ticket: Row, events: list[Row], waits: list[Row]) -> None:
    assert len(waits) == sum(event["kind"] == EventKind.WAIT_STARTED for event in events)
    resumed = [event["at"] for event in events if event["kind"] == EventKind.RESUMED]
    assert [wait["ended_at"] for wait in waits if wait["ended_at"] is not None] == resumed
    running = [wait["reason"] for wait in waits if wait["ended_at"] is None]
    assert running == ([ticket["waiting_for"]] if ticket["waiting_for"] else [])
    for wait in waits:
        assert date_of(wait["started_at"]) < wait["due_on"]


def _reckoned(ticket: Row, events: list[Row]) -> Row:
    """Return the dates that the law gives for a ticket's events; raises `BadEvent` for a history that is none."""
    parts = [((KINDS[EventKind(event["kind"])].clock or "").format(**event["facts"]), event["at"]) for event in events]
    story = [ClockEvent(words, at) for words, at in parts if words]
    clock = compute(get_regime(REGIME), ticket["kind"], ticket["received_at"], story, japan_calendar())
    return {name: value for name, value in dates_of(clock).items() if name in {"target_on", "due_on", "limit_on"}}
