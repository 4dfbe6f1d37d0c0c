"""Alerts: what waits for a member of staff to see it, at most one open for one thing."""

from collections import Counter
from datetime import datetime

from sqlalchemy import func, insert, select

from desk.clock import date_of, start_of_day
from desk.db import db, new_id
from desk.events.models import Alert, Event

ODD_HISTORY = "odd_history"
"""The dates of a ticket cannot be reckoned from its events."""


def open_alert(kind: str, object_id: int, at: datetime, ticket_id: int | None = None) -> None:
    """Open an alert in the current transaction unless one is open for the same thing."""
    known = db.session.scalar(
        select(Alert.id).where(Alert.kind == kind, Alert.object_id == object_id, Alert.closed_at.is_(None))
    )
    if known is None:
        values = {"id": new_id(), "kind": kind, "object_id": object_id, "ticket_id": ticket_id, "opened_at": at}
        db.session.execute(insert(Alert), [values])


def open_odd_history(ticket_id: int, at: datetime) -> None:
    """Open the alert on a ticket whose history makes no sense; one that was seen to stays shut until a newer event."""
    newest = select(func.max(Event.at)).where(Event.ticket_id == ticket_id).scalar_subquery()
    seen = select(Alert.id).where(Alert.kind == ODD_HISTORY, Alert.object_id == ticket_id, Alert.closed_at >= newest)
    if db.session.scalar(seen.limit(1)) is None:
        open_alert(ODD_HISTORY, ticket_id, at, ticket_id)


def close_alert(kind: str, object_id: int, at: datetime, staff_id: int | None = None) -> None:
    """Close the alert on one thing, if there is an open one."""
    for alert in db.session.scalars(
        select(Alert).where(Alert.kind == kind, Alert.object_id == object_id, Alert.closed_at.is_(None))
    ):
        alert.closed_at, alert.closed_by = at, staff_id


def list_open_alerts(limit: int = 50) -> list[Alert]:
    """Return the open alerts, newest first."""
    return list(
        db.session.scalars(select(Alert).where(Alert.closed_at.is_(None)).order_by(Alert.id.desc()).limit(limit))
    )


def list_open_objects(kind: str) -> set[int]:
    """Return the numbers of the things that open alerts of a kind are about."""
    return set(db.session.scalars(select(Alert.object_id).where(Alert.kind == kind, Alert.closed_at.is_(None))))


def keep_alerts(kind: str, due: set[int], now: datetime) -> None:
    """Let exactly the things that are due have an open alert of a kind; what staff have seen to rests for that day."""
    told = list_open_objects(kind)
    for object_id in told - due:
        close_alert(kind, object_id, now)
    begun = start_of_day(date_of(now))
    seen = select(Alert.object_id).where(Alert.kind == kind, Alert.closed_by.is_not(None), Alert.closed_at >= begun)
    for object_id in due - told - set(db.session.scalars(seen)):
        open_alert(kind, object_id, now)


def count_open_alerts() -> Counter[str]:
    """Return how many alerts of each kind are open."""
    kinds = select(Alert.kind, func.count()).where(Alert.closed_at.is_(None)).group_by(Alert.kind)
    return Counter(dict(db.session.execute(kinds).all()))
