"""How the company's policy stands today, which every public page says in its foot."""

from dataclasses import dataclass
from datetime import date
from time import monotonic

from flask import current_app

from desk import clock
from desk.policy.register import version_after, version_on

RECENT_S = 1.0


@dataclass(frozen=True, slots=True)
class Standing:
    """Which version is in force today, and which is announced."""

    number: int | None
    coming: int | None
    coming_on: date | None


def policy_standing() -> Standing:
    """Return how the policy stands, as it was at most a second ago."""
    kept: tuple[float, date, Standing] | None = current_app.extensions.get("policy_standing")
    now, today = monotonic(), clock.today()
    if kept is None or kept[0] < now or kept[1] != today:
        version, coming = version_on(today), version_after(today)
        found = Standing(
            number=version.number if version else None,
            coming=coming.number if coming else None,
            coming_on=coming.effective_on if coming else None,
        )
        kept = current_app.extensions["policy_standing"] = (now + RECENT_S, today, found)
    return kept[2]
