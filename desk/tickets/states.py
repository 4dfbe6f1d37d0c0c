"""The states of a ticket and the moves between them. Pure."""

from enum import StrEnum

from desk.law.waits import WaitReason


class State(StrEnum):
    """Where a ticket stands; the order is that of the procedure."""

    RECEIVED = "received"
    ACKED = "acked"
    TRIAGED = "triaged"
    ID_WAIT = "id_wait"
    FIX_WAIT = "fix_wait"
    FEE_WAIT = "fee_wait"
    VERIFIED = "verified"
    INVESTIGATING = "investigating"
    DRAFTED = "drafted"
    APPROVED = "approved"
    EXECUTED = "executed"
    NOTIFIED = "notified"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    REFERRED = "referred"
    LAPSED = "lapsed"
    REOPENED = "reopened"


WAITING = {
    State.ID_WAIT: WaitReason.IDENTITY,
    State.FIX_WAIT: WaitReason.CORRECTION,
    State.FEE_WAIT: WaitReason.FEE,
}
"""The waiting states, each with what it waits for."""

WAIT_STATES = {reason: state for state, reason in WAITING.items()}

ENDED = frozenset({State.CLOSED, State.WITHDRAWN, State.REFERRED, State.LAPSED})
"""States in which nothing is owed any more; only reopening leads out."""

OPEN = frozenset(State) - ENDED

_WORK = frozenset({State.TRIAGED, State.VERIFIED, State.INVESTIGATING, State.DRAFTED, State.APPROVED, State.EXECUTED})
_ANY_OPEN_TARGET = _WORK | WAITING.keys() | {State.NOTIFIED} | ENDED

MOVES: dict[State, frozenset[State]] = {
    State.RECEIVED: _ANY_OPEN_TARGET | {State.ACKED},
    State.ACKED: _ANY_OPEN_TARGET,
    **{state: _ANY_OPEN_TARGET - {state} for state in _WORK},
    **{state: _ANY_OPEN_TARGET - {state} for state in WAITING},
    # The person may answer a notice; the desk may have to look again.
    State.NOTIFIED: _ANY_OPEN_TARGET - {State.NOTIFIED} | {State.REOPENED},
    State.REOPENED: _ANY_OPEN_TARGET,
    **{state: frozenset({State.REOPENED}) for state in ENDED},
}


def may_move(origin: State, target: State) -> bool:
    """Tell whether a ticket may go from one state to another."""
    return target in MOVES[origin]


def stage(state: State) -> int:
    """Return which of the person's four steps a state belongs to: 1 受付, 2 確認, 3 検討, 4 回答."""
    if state in {State.RECEIVED, State.ACKED}:
        return 1
    if state in {State.TRIAGED, State.REOPENED} or state in WAITING:
        return 2
    return 3 if state in _WORK else 4
