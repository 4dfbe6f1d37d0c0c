"""Uses of personal data beyond the published purposes: asked for, then allowed by a named exception or refused."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from desk.db import Row, db


class Ground(StrEnum):
    """What allows a use beyond the purposes (Act, Article 18)."""

    CONSENT = "18-1"
    """Consent of the person (本人の同意)."""
    LAW = "18-3-1"
    """Laws and regulations (法令)."""
    LIFE = "18-3-2"
    """Life, body or property of somebody, where consent is hard to get."""
    HEALTH = "18-3-3"
    """Public health or the sound growth of children, where consent is hard to get."""
    STATE = "18-3-4"
    """Help to a state organ whose task consent would hinder."""
    RESEARCH = "18-3-5"
    """Academic research by an academic institution."""
    TO_RESEARCH = "18-3-6"
    """Provision to an academic institution for its research."""


class OtherUse(Row):
    """One use that somebody wants to make of data beyond its purposes, and what was decided."""

    __tablename__ = "other_use"

    what: Mapped[str] = mapped_column(Text)
    """Which use, of which data, for what."""
    asked_at: Mapped[datetime]
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    ground: Mapped[Ground | None] = mapped_column(String(10))
    """What it is allowed by; None while undecided, and of a refusal."""
    reason: Mapped[str] = mapped_column(Text, default="")
    """Why it was decided so."""
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


def list_uses(before_id: int | None, limit: int) -> Sequence[OtherUse]:
    """Return one page of the uses, the last asked first."""
    found = select(OtherUse).order_by(OtherUse.id.desc()).limit(limit)
    return db.session.scalars(found if before_id is None else found.where(OtherUse.id < before_id)).all()
