"""Of several reckonings of one case the earlier dates: a calendar that changes moves no date back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from desk.law.deadlines import Clock
from desk.law.explain import Line, say
from desk.law.regimes import Regime
from desk.law.text import Text

REPLY = Text("最初の返答", "The first answer")
TARGET = Text("目標日", "The target")
DUE = Text("期限", "The due date")
LIMIT = Text("上限", "The ceiling")


def hold_earlier(regime: Regime, clock: Clock, others: Sequence[Clock]) -> Clock:
    """Return the clock with each date the earliest that it or one of the others has, a line for each that was held.

    The others are the same case and kind under the calendars before. In each of them the target stands before the due
    date and that before the ceiling, so it does among the earliest as well.
    """
    reply_by = _earliest(clock.reply_by, [other.reply_by for other in others]) or clock.reply_by
    target_on = _earliest(clock.target_on, [other.target_on for other in others])
    due_on = _earliest(clock.due_on, [other.due_on for other in others])
    limit_on = _earliest(clock.limit_on, [other.limit_on for other in others])
    lines = [
        *_held(regime, REPLY, reply_by, clock.reply_by),
        *_held(regime, TARGET, target_on, clock.target_on),
        *_held(regime, DUE, due_on, clock.due_on),
        *_held(regime, LIMIT, limit_on, clock.limit_on),
    ]
    return replace(
        clock,
        reply_by=reply_by,
        target_on=target_on,
        due_on=due_on,
        limit_on=limit_on,
        explanation=(*clock.explanation, *lines),
    )


def _earliest(own: date | None, others: Sequence[date | None]) -> date | None:
    """Return the earliest date, or instant; what is of another sort than `own` says nothing about it."""
    if own is None:
        return None
    return min([own, *(other for other in others if other is not None and type(other) is type(own))])


def _held(regime: Regime, what: Text, on: date | None, reckoned: date | None) -> list[Line]:
    if on is None or reckoned is None or on == reckoned:
        return []
    return [say(regime, "held", on, what=what, later=reckoned)]
