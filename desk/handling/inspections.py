"""The yearly inspection: opened by the desk itself, filled in, signed, received; and its corrective actions."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from desk.clock import date_of
from desk.company.settings import get_setting
from desk.db import db, new_id
from desk.events.alerts import close_alert, keep_alerts
from desk.events.kinds import EventKind
from desk.events.trail import DESK, Actor, record
from desk.handling.changing import change_row
from desk.policy.inspections import (
    CorrectiveAction,
    Inspection,
    find_inspection,
    list_due_actions,
    list_unfinished,
    period_of,
    unopened,
    was_at_work,
    year_of,
)
from desk.tickets.errors import NotAllowed

INSPECTION_ALERT = "inspection_due"
ACTION_ALERT = "action_due"


@dataclass(frozen=True, slots=True)
class InspectionWords:
    """What a manager writes into the record, as checked by the door; the fields of `Inspection`."""

    trained: int | None
    trained_on: date | None
    rights_reviewed_on: date | None
    sampled: int | None
    sample_errors: int | None
    findings: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """That the representative has received the record, and what they decided."""

    received_on: date
    received_by: str
    decisions: str


@dataclass(frozen=True, slots=True)
class ActionWords:
    """One corrective action, as checked by the door; `is_done` closes it or opens it again."""

    what: str
    owner_id: int | None
    due_on: date
    result: str
    is_done: bool


def open_inspection(year: int, *, actor: Actor, now: datetime) -> Inspection:
    """Return the record of a business year, opened if there is none. Raises `NotAllowed` for one that lies ahead."""
    standing = find_inspection(year)
    if standing is not None:
        return standing
    first, last = period_of(year, get_setting("business_year_month"))
    if first > date_of(now):
        raise NotAllowed(f"the business year {year} has not begun")
    row = unopened(year, first, last)
    row.id, row.opened_at, row.version = new_id(), now, 1
    db.session.add(row)
    db.session.flush()
    record(EventKind.INSPECTION_OPENED, actor=actor, at=now, facts={"year": year})
    return row


def watch_inspections(now: datetime) -> None:
    """Open the record of the business year that has ended, and keep the alerts on what is due.

    No record is opened for a year in which the desk had neither a case nor a policy.
    """
    today = date_of(now)
    ended = year_of(today, get_setting("business_year_month")) - 1
    if find_inspection(ended) is None and was_at_work(period_of(ended, get_setting("business_year_month"))[1]):
        open_inspection(ended, actor=DESK, now=now)
    keep_alerts(INSPECTION_ALERT, {row.id for row in list_unfinished(today)}, now)
    keep_alerts(ACTION_ALERT, {row.id for row in list_due_actions(today)}, now)


def change_inspection(row: Inspection, words: InspectionWords, *, version: int, actor: Actor, now: datetime) -> None:
    """Change what the record says. Raises `ChangedMeanwhile`, also when it was signed meanwhile."""
    change_row(row, version, Inspection.signed_at.is_(None), **asdict(words))
    record(EventKind.INSPECTION_CHANGED, actor=actor, at=now, facts={"year": row.year})


def sign_inspection(row: Inspection, figures: dict[str, Any], *, version: int, actor: Actor, now: datetime) -> None:
    """Sign the record: figures and findings stay as they are from here on.

    Raises `NotAllowed` before the year has ended, `ChangedMeanwhile` when it is not what the signer saw.
    """
    if row.last_on >= date_of(now):
        raise NotAllowed(f"the business year {row.year} has not ended")
    change_row(row, version, Inspection.signed_at.is_(None), figures=figures, signed_at=now, signed_by=actor.staff_id)
    record(EventKind.INSPECTION_SIGNED, actor=actor, at=now, facts={"year": row.year})


def receive_inspection(row: Inspection, receipt: Receipt, *, version: int, actor: Actor, now: datetime) -> None:
    """Write down the representative's receipt of a signed record. Raises `ChangedMeanwhile`."""
    change_row(row, version, Inspection.signed_at.is_not(None), **asdict(receipt))
    record(EventKind.INSPECTION_RECEIVED, actor=actor, at=now, facts={"year": row.year})
    close_alert(INSPECTION_ALERT, row.id, now)


def add_action(row: Inspection, words: ActionWords, *, actor: Actor, now: datetime) -> CorrectiveAction:
    """Write down a corrective action."""
    action = CorrectiveAction(id=new_id(), inspection_id=row.id, opened_at=now, version=1, **_of(words, actor, now))
    db.session.add(action)
    db.session.flush()
    record(EventKind.ACTION_CHANGED, actor=actor, at=now, facts={"year": row.year, "action": str(action.id)})
    return action


def change_action(
    row: Inspection, action: CorrectiveAction, words: ActionWords, *, version: int, actor: Actor, now: datetime
) -> None:
    """Change a corrective action, close it with its result, or take it up again. Raises `ChangedMeanwhile`."""
    values = _of(words, actor, now)
    if words.is_done and action.closed_at is not None:  # who closed it, and when, stays
        values |= {"closed_at": action.closed_at, "closed_by": action.closed_by}
    change_row(action, version, **values)
    record(EventKind.ACTION_CHANGED, actor=actor, at=now, facts={"year": row.year, "action": str(action.id)})
    if words.is_done or words.due_on > date_of(now):
        close_alert(ACTION_ALERT, action.id, now)


def _of(words: ActionWords, actor: Actor, now: datetime) -> dict[str, Any]:
    return {
        "what": words.what,
        "owner_id": words.owner_id,
        "due_on": words.due_on,
        "result": words.result,
        "closed_at": now if words.is_done else None,
        "closed_by": actor.staff_id if words.is_done else None,
    }
