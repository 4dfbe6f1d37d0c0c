"""Asking for a use of data beyond its purposes, and deciding on it once: allowed by a named ground, or refused."""

from datetime import datetime

from sqlalchemy import update

from desk.db import db, new_id
from desk.events.kinds import EventKind
from desk.events.trail import Actor, record
from desk.handling.changing import ChangedMeanwhile
from desk.policy.uses import Ground, OtherUse


def ask_use(what: str, *, actor: Actor, now: datetime) -> OtherUse:
    """Write down which use somebody wants to make."""
    row = OtherUse(id=new_id(), what=what, asked_at=now, asked_by=actor.staff_id, ground=None, reason="")
    db.session.add(row)
    db.session.flush()
    record(EventKind.USE_ASKED, actor=actor, at=now, facts={"use": str(row.id)})
    return row


def decide_use(use_id: int, ground: Ground | None, reason: str, *, actor: Actor, now: datetime) -> None:
    """Allow a use by a ground, or refuse it (None). Raises `ChangedMeanwhile` when it was decided already."""
    decided = db.session.execute(
        update(OtherUse)
        .where(OtherUse.id == use_id, OtherUse.decided_at.is_(None))
        .values(ground=ground, reason=reason, decided_at=now, decided_by=actor.staff_id)
        .returning(OtherUse.id)
    ).scalar()
    if decided is None:
        raise ChangedMeanwhile
    facts = {"use": str(use_id), "ground": str(ground) if ground is not None else "-"}
    record(EventKind.USE_DECIDED, actor=actor, at=now, facts=facts)
