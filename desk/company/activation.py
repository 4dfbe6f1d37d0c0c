"""Which kinds of request an administrator has activated: who checked the source, on which day, and what the source is."""

from typing import Any

from sqlalchemy import Row, select

from desk.company.models import Activation
from desk.db import once, read_rows

DECISIONS = select(Activation.__table__).order_by(Activation.at, Activation.id)

Decisions = dict[str, dict[str, Row[Any]]]


def list_decisions(regime: str) -> dict[str, Row[Any]]:
    """Return the newest decision about each kind of a regime, as columns of `Activation`; all are read once in a transaction."""
    return once("activations", _read).get(regime, {})


def activated(regime: str) -> frozenset[str]:
    """Return the codes of the kinds that are active by decision."""
    return frozenset(code for code, row in list_decisions(regime).items() if row.is_active)


def _read() -> Decisions:
    found: Decisions = {}
    for row in read_rows(DECISIONS):
        found.setdefault(row.regime, {})[row.kind] = row
    return found
