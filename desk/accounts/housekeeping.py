"""What accounts leave behind and nobody needs: ended sessions, spent links, old counts."""

from datetime import datetime, timedelta

from sqlalchemy import delete

from desk.accounts import sessions, throttle
from desk.accounts.models import StaffSession, StaffToken, Throttle
from desk.db import db

KEEP = timedelta(days=7)
"""How long a spent link is kept, so that a second click can be told apart in an inquiry."""


def forget_expired(now: datetime) -> None:
    """Remove ended sessions, links that nobody can use and counts that no longer hold anybody back."""
    idle = now - sessions.IDLE
    db.session.execute(delete(StaffSession).where((StaffSession.expires_at <= now) | (StaffSession.seen_at < idle)))
    db.session.execute(delete(StaffToken).where(StaffToken.expires_at < now - KEEP))
    db.session.execute(delete(Throttle).where(Throttle.window_at < now - throttle.QUIET))
