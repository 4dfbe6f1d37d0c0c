"""The laws that the desk has counted by: each edition of their data is kept, and a case is reckoned by the one it pins."""

from datetime import datetime

from sqlalchemy import select

from desk.company.models import LawEdition
from desk.db import db, new_id, once
from desk.law.loading import find_source, read_regime, shared_source
from desk.law.regimes import REGIMES, Regime, get_regime
from desk.tickets.models import Ticket

_editions: dict[str, Regime] = {}
"""Kept editions that this process has read; none ever changes."""


def keep_laws(now: datetime) -> None:
    """Keep today's edition of each law's data, unless it is kept already."""
    kept = set(db.session.scalars(select(LawEdition.version)))
    for code in REGIMES:
        version, source = get_regime(code).version, find_source(code)
        if version not in kept and source is not None:
            edition = {"version": version, "regime": code, "source": source, "shared": shared_source()}
            db.session.add(LawEdition(id=new_id(), kept_at=now, **edition))
    db.session.flush()


def law_of(ticket: Ticket) -> Regime:
    """Return the law by which a ticket is handled, as it stood when the ticket came under it.

    Where that edition was never kept, or does not know the ticket's kind, today's stands in for it.
    """
    today = get_regime(ticket.regime)
    if ticket.law_version == today.version:
        return today
    pinned = once(f"law:{ticket.law_version}", lambda: _edition(ticket.law_version))
    return pinned if pinned is not None and ticket.kind in pinned.kinds else today


def _edition(version: str) -> Regime | None:
    if version not in _editions:
        found = db.session.execute(
            select(LawEdition.source, LawEdition.shared).where(LawEdition.version == version)
        ).one_or_none()
        if found is None:
            return None
        _editions[version] = read_regime(found.source, found.shared)
    return _editions[version]
