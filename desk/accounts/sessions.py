"""Signed-in browsers: rows in the database, so that ending one is deleting one."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, bindparam, delete, select

from desk.accounts.models import Staff, StaffSession
from desk.db import db, new_id
from desk.vault.seal import new_token, token_hash

LIFE = timedelta(hours=12)
IDLE = timedelta(hours=2)
SEEN_EVERY = timedelta(minutes=5)

SIGNED_IN = (
    select(Staff, StaffSession.seen_at)
    .join(StaffSession, Staff.id == StaffSession.staff_id)
    .where(StaffSession.token_hash == bindparam("hash"), StaffSession.expires_at > bindparam("now"), Staff.is_active)
)


def begin_session(staff_id: int, now: datetime) -> str:
    """Add a session to the current transaction and return its secret for the cookie."""
    token = new_token()
    db.session.add(
        StaffSession(
            id=new_id(),
            token_hash=token_hash(token),
            staff_id=staff_id,
            created_at=now,
            seen_at=now,
            expires_at=now + LIFE,
        )
    )
    return token


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who a session's secret stands for."""

    staff: Staff
    is_stale: bool
    """Whether the session's last sight is old enough to be written anew."""


def find_signed_in(token: str | None, now: datetime) -> SignedIn | None:
    """Return who a session's secret stands for: active, neither expired nor idle too long; else None."""
    if not token:
        return None
    row = db.session.execute(SIGNED_IN, {"hash": token_hash(token), "now": now}).first()
    if row is None or row[1] < now - IDLE:
        return None
    return SignedIn(row[0], row[1] < now - SEEN_EVERY)


def touch_session(token: str, now: datetime) -> None:
    """Note that a session was used, in the current transaction."""
    row = db.session.scalar(select(StaffSession).where(StaffSession.token_hash == token_hash(token)))
    if row is not None:
        row.seen_at = now


def list_sessions(staff_id: int, now: datetime) -> list[StaffSession]:
    """Return the sessions of one member of staff that would still let them in, the last seen first."""
    return list(
        db.session.scalars(
            select(StaffSession)
            .where(
                StaffSession.staff_id == staff_id,
                StaffSession.expires_at > now,
                StaffSession.seen_at >= now - IDLE,
            )
            .order_by(StaffSession.seen_at.desc(), StaffSession.id.desc())
        )
    )


def end_session(token: str) -> None:
    """End one session."""
    db.session.execute(delete(StaffSession).where(StaffSession.token_hash == token_hash(token)))


def end_session_by_id(session_id: int, staff_id: int) -> bool:
    """End one session of one member of staff by its number; False when there is no such session of theirs."""
    statement = delete(StaffSession).where(StaffSession.id == session_id, StaffSession.staff_id == staff_id)
    result = db.session.execute(statement)
    assert isinstance(result, CursorResult)  # noqa: S101 - tells the type checker what a DELETE returns
    return result.rowcount == 1


def end_all_sessions(staff_id: int) -> None:
    """End every session of one member of staff."""
    db.session.execute(delete(StaffSession).where(StaffSession.staff_id == staff_id))
