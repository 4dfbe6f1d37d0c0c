"""The policy's life: import a text, place what has no place, give it its day, or drop the draft. One verb, one event."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import CursorResult, delete, select

from desk.clock import date_of
from desk.db import db, new_id
from desk.events.alerts import close_alert, keep_alerts
from desk.events.kinds import EventKind
from desk.events.trail import Actor, record, staff_actor
from desk.handling.changing import ChangedMeanwhile, change_row
from desk.handling.notices import record_page
from desk.handling.services import add_named
from desk.policy.data import place, text_hash, to_data
from desk.policy.models import PolicyGap, PolicyVersion
from desk.policy.placing import Category, Group, Policy, Service, read_policy
from desk.policy.register import list_versions, next_number, read_version

GAP_ALERT = "gap_due"
CONTRADICTION_ALERT = "contradiction"


class NotAdopted(Exception):
    """The text cannot become a version: `code` is `same-date` or `same-text`, `number` the version that is in the way."""

    def __init__(self, code: str, number: int) -> None:
        super().__init__(f"{code} as version {number}")
        self.code, self.number = code, number


@dataclass(frozen=True, slots=True)
class Placed:
    """What a person has placed in a draft."""

    purposes: dict[Group, tuple[str, ...]]
    categories: tuple[Category, ...]
    services: tuple[Service, ...]
    contact: str | None


def import_policy(content: bytes, *, actor: Actor, now: datetime) -> tuple[PolicyVersion, bool]:
    """Read a policy into a draft; return it, and whether it is new: the same text again is the draft or version it was.

    An older version's text may return, as a version of its own. Raises `desk.policy.source.BadPolicy`.
    """
    policy = read_policy(content)
    mark = text_hash(policy)
    known = db.session.scalar(
        select(PolicyVersion).where(PolicyVersion.text_hash == mark).order_by(PolicyVersion.id.desc()).limit(1)
    )
    newest = next(iter(list_versions()), None)
    if known is not None and (known.number is None or known is newest):
        return known, False
    row = PolicyVersion(
        id=new_id(),
        number=None,
        effective_on=None,
        title=policy.document.title[:300],
        original=content,
        original_hash=hashlib.sha256(content).digest(),
        text_hash=mark,
        content=to_data(policy),
        imported_at=now,
        imported_by=actor.staff_id,
        version=1,
    )
    db.session.add(row)
    record(EventKind.POLICY_IMPORTED, actor=actor, at=now, facts={"policy": str(row.id)})
    return row, True


def place_in_policy(row: PolicyVersion, placed: Placed, *, version: int, actor: Actor, now: datetime) -> Policy:
    """Write down what a person has placed in a draft; return what the draft then says. Raises `ChangedMeanwhile`."""
    policy = place(
        read_version(row),
        purposes=placed.purposes,
        categories=placed.categories,
        services=placed.services,
        contact=placed.contact,
    )
    change_row(row, version, PolicyVersion.number.is_(None), content=to_data(policy))
    record(EventKind.POLICY_PLACED, actor=actor, at=now, facts={"policy": str(row.id)})
    return policy


def adopt_policy(
    row: PolicyVersion,
    effective_on: date,
    *,
    version: int,
    actor: Actor,
    now: datetime,
    needs_consent: bool = False,
) -> int:
    """Make a draft a version that is in force from a JST date on; return its number.

    With `needs_consent` its purposes apply to earlier data only as the consent register says.
    Raises `NotAdopted` when another version has that date or the newest has this very text, and `ChangedMeanwhile`.
    """
    for other in list_versions():
        if other.effective_on == effective_on:
            raise NotAdopted("same-date", int(other.number or 0))
    newest = next(iter(list_versions()), None)
    if newest is not None and newest.text_hash == row.text_hash:
        raise NotAdopted("same-text", int(newest.number or 0))
    number = next_number()
    values = {"number": number, "effective_on": effective_on, "needs_consent": needs_consent}
    change_row(row, version, PolicyVersion.number.is_(None), **values, adopted_at=now, adopted_by=actor.staff_id)
    facts = {"number": number, "effective_on": effective_on.isoformat()}
    record(EventKind.POLICY_ADOPTED, actor=actor, at=now, facts=facts)
    record_page(row, actor=actor, now=now)
    add_named(read_version(row).services, actor=actor, now=now)
    return number


def discard_policy(row: PolicyVersion, *, version: int, actor: Actor, now: datetime) -> None:
    """Drop a draft. Raises `ChangedMeanwhile`; a version with a date is never dropped."""
    gone = db.session.execute(
        delete(PolicyVersion).where(
            PolicyVersion.id == row.id, PolicyVersion.version == version, PolicyVersion.number.is_(None)
        )
    )
    _checked(gone)
    record(EventKind.POLICY_DISCARDED, actor=actor, at=now, facts={"policy": str(row.id)})


@dataclass(frozen=True, slots=True)
class GapCare:
    """Who sees to a gap, until when, and what to answer meanwhile."""

    owner_id: int | None
    due_on: date | None
    answer_ja: str
    answer_en: str
    is_approved: bool


def care_for_gap(code: str, care: GapCare, *, version: int, staff_id: int, now: datetime) -> None:
    """Write down what is done about a sort of gap; `version` is 0 where nothing was. Raises `ChangedMeanwhile`.

    An approval is of the words as they stand: it is kept while neither answer changes, and given anew otherwise.
    """
    row = db.session.scalar(select(PolicyGap).where(PolicyGap.code == code).with_for_update())
    if (row.version if row is not None else 0) != version:
        raise ChangedMeanwhile
    if row is None:
        row = PolicyGap(id=new_id(), code=code, answer_ja="", answer_en="", version=0)
        db.session.add(row)
    is_same = (row.answer_ja, row.answer_en) == (care.answer_ja, care.answer_en) and row.approved_at is not None
    if not care.is_approved:
        row.approved_at = row.approved_by = None
    elif not is_same:
        row.approved_at, row.approved_by = now, staff_id
    row.owner_id, row.due_on = care.owner_id, care.due_on
    row.answer_ja, row.answer_en, row.version = care.answer_ja, care.answer_en, version + 1
    record(EventKind.GAP_CHANGED, actor=staff_actor(staff_id), at=now, facts={"gap": code})
    if row.due_on is None or row.due_on > date_of(now):
        close_alert(GAP_ALERT, row.id, now)


def watch_gaps(codes: Collection[str], now: datetime) -> None:
    """Keep an alert on each gap whose day to be mended has come, of the sorts in `codes` that are still there."""
    due = select(PolicyGap.id).where(PolicyGap.due_on <= date_of(now), PolicyGap.code.in_(codes))
    keep_alerts(GAP_ALERT, set(db.session.scalars(due)), now)


def watch_contradictions(are_there: bool, now: datetime) -> None:
    """Keep one alert while policy and settings say different things."""
    keep_alerts(CONTRADICTION_ALERT, {0} if are_there else set(), now)


def _checked(result: Any) -> None:
    assert isinstance(result, CursorResult)  # noqa: S101 - an UPDATE or DELETE gives one
    if result.rowcount != 1:
        raise ChangedMeanwhile
