"""One-time links: good for a day, for one purpose, once; only their hash is stored."""

from datetime import datetime, timedelta

from sqlalchemy import CursorResult, delete, select, update

from desk.accounts.models import Staff, StaffToken, TokenPurpose
from desk.db import db, new_id
from desk.vault.seal import new_token, token_hash

LIFE = timedelta(hours=24)
LENGTH = 43
"""Characters of a token; anything shorter or longer is nobody's and is not even looked up."""


def issue_token(staff_id: int, purpose: TokenPurpose, now: datetime) -> str:
    """Add a one-time link to the current transaction, ending earlier ones of its purpose; return its secret."""
    void_tokens(staff_id, purpose)
    token = new_token()
    db.session.add(
        StaffToken(
            id=new_id(),
            token_hash=token_hash(token),
            staff_id=staff_id,
            purpose=purpose,
            created_at=now,
            expires_at=now + LIFE,
        )
    )
    return token


def find_token_staff(token: str, purpose: TokenPurpose, now: datetime) -> Staff | None:
    """Return whom a link would let in: unused, in time, of this purpose, and active; else None."""
    if len(token) != LENGTH:
        return None
    return db.session.scalar(
        select(Staff)
        .join(StaffToken, StaffToken.staff_id == Staff.id)
        .where(
            StaffToken.token_hash == token_hash(token),
            StaffToken.purpose == purpose,
            StaffToken.used_at.is_(None),
            StaffToken.expires_at > now,
            Staff.is_active,
        )
    )


def use_token(token: str, purpose: TokenPurpose, now: datetime) -> int | None:
    """Use a link up and return whose it was; None when it was used, late, another's, or when somebody else was first."""
    staff = find_token_staff(token, purpose, now)
    if staff is None:
        return None
    result = db.session.execute(
        update(StaffToken)
        .where(StaffToken.token_hash == token_hash(token), StaffToken.used_at.is_(None), StaffToken.expires_at > now)
        .values(used_at=now)
    )
    assert isinstance(result, CursorResult)  # noqa: S101 - tells the type checker what an UPDATE returns
    return staff.id if result.rowcount == 1 else None


def void_tokens(staff_id: int, purpose: TokenPurpose | None = None) -> None:
    """End the unused links of one member of staff, of one purpose or of all."""
    statement = delete(StaffToken).where(StaffToken.staff_id == staff_id, StaffToken.used_at.is_(None))
    db.session.execute(statement if purpose is None else statement.where(StaffToken.purpose == purpose))
