"""Signed-in browsers: rows in the database, so that ending one is deleting one."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from desk.accounts.models import Staff, StaffSession
from desk.db import db, new_id
from desk.vault.seal import new_token, token_hash

LIFE = timedelta(hours=12)
IDLE = timedelta(hours=2)
SEEN_EVERY = timedelta(minutes=5)


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


def find_session_staff(token: str | None, now: datetime) -> Staff | None:
    """Return who a session's secret stands for: active, neither expired nor idle too long; else None."""
    if not token:
        return None
    row = db.session.execute(
        select(StaffSession, Staff)
        .join(Staff, Staff.id == StaffSession.staff_id)
        .where(StaffSession.token_hash == token_hash(token), StaffSession.expires_at > now, Staff.is_active)
    ).first()
    if row is None or row[0].seen_at < now - IDLE:
        return None
    return row[1]


def is_stale(token: str, now: datetime) -> bool:
    """Tell whether the session's last sight is old enough to be written anew."""
    seen = db.session.scalar(select(StaffSession.seen_at).where(StaffSession.token_hash == token_hash(token)))
    return seen is not None and seen < now - SEEN_EVERY


def touch_session(token: str, now: datetime) -> None:
    """Note that a session was used, in the current transaction."""
    row = db.session.scalar(select(StaffSession).where(StaffSession.token_hash == token_hash(token)))
    if row is not None:
        row.seen_at = now


def end_session(token: str) -> None:
    """End one session."""
    db.session.execute(delete(StaffSession).where(StaffSession.token_hash == token_hash(token)))


def end_all_sessions(staff_id: int) -> None:
    """End every session of one member of staff."""
    db.session.execute(delete(StaffSession).where(StaffSession.staff_id == staff_id))
