"""Staff, their sessions, and the one-time links that let them in."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from desk.accounts.permissions import Role
from desk.db import Row


class Staff(Row):
    """One member of staff. The address is the name to sign in with, kept in lower case."""

    __tablename__ = "staff"

    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    role: Mapped[Role] = mapped_column(String(10))
    language: Mapped[str] = mapped_column(String(2), default="ja")
    password_hash: Mapped[str | None] = mapped_column(String(200))
    must_change_password: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    @property
    def typed_role(self) -> Role:
        """Return the role as its enum."""
        return Role(self.role)


class StaffSession(Row):
    """One signed-in browser. The cookie holds a secret; only its hash is here."""

    __tablename__ = "staff_session"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    staff: Mapped[Staff] = relationship(lazy="raise")


class TokenPurpose(StrEnum):
    """What a one-time link does."""

    INVITATION = "invitation"
    RESET = "reset"


class StaffToken(Row):
    """A one-time link for a member of staff, good for a day; only its hash is here."""

    __tablename__ = "staff_token"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    purpose: Mapped[TokenPurpose] = mapped_column(String(10))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Throttle(Row):
    """How often something was tried in one window, by a fingerprint that names nobody."""

    __tablename__ = "throttle"

    fingerprint: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    window_at: Mapped[datetime]
    count: Mapped[int]
