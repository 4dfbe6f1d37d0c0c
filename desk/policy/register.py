"""The policy's versions: which is in force on a day, which comes, which were."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Row, bindparam, func, select

from desk.db import db
from desk.policy.data import from_data
from desk.policy.models import OutsideService, PolicyGap, PolicyVersion, ServiceCheck, ServiceTask
from desk.policy.placing import Policy, Relation

NUMBER_ON = (
    select(PolicyVersion.number)
    .where(PolicyVersion.effective_on <= bindparam("policy_on"))
    .order_by(PolicyVersion.effective_on.desc())
    .limit(1)
    .scalar_subquery()
)
"""The number of the version in force on a JST date, `policy_on`; NULL before the first. Part of another statement."""


def list_versions() -> Sequence[PolicyVersion]:
    """Return the versions with a date, the latest first."""
    return db.session.scalars(
        select(PolicyVersion).where(PolicyVersion.number.is_not(None)).order_by(PolicyVersion.effective_on.desc())
    ).all()


def list_drafts() -> Sequence[PolicyVersion]:
    """Return what was imported and has no date yet, the newest first."""
    return db.session.scalars(
        select(PolicyVersion).where(PolicyVersion.number.is_(None)).order_by(PolicyVersion.id.desc())
    ).all()


def version_on(on: date) -> PolicyVersion | None:
    """Return the version in force on a JST date, None before the first."""
    return db.session.scalar(
        select(PolicyVersion)
        .where(PolicyVersion.effective_on <= on)
        .order_by(PolicyVersion.effective_on.desc())
        .limit(1)
    )


def versions_between(first: date, last: date) -> Sequence[PolicyVersion]:
    """Return the versions that came into force after one JST date and up to another, the earliest first."""
    inside = select(PolicyVersion).where(PolicyVersion.effective_on > first, PolicyVersion.effective_on <= last)
    return db.session.scalars(inside.order_by(PolicyVersion.effective_on)).all()


def version_after(on: date) -> PolicyVersion | None:
    """Return the version that comes next after a JST date, if one is announced."""
    return db.session.scalar(
        select(PolicyVersion).where(PolicyVersion.effective_on > on).order_by(PolicyVersion.effective_on).limit(1)
    )


def find_version(number: int) -> PolicyVersion | None:
    """Return a version by its number."""
    return db.session.scalar(select(PolicyVersion).where(PolicyVersion.number == number))


def version_before(version: PolicyVersion) -> PolicyVersion | None:
    """Return the version that a version or a draft follows: what was in force the day before, or is last."""
    earlier = select(PolicyVersion).where(PolicyVersion.number.is_not(None), PolicyVersion.id != version.id)
    if version.effective_on is not None:
        earlier = earlier.where(PolicyVersion.effective_on < version.effective_on)
    return db.session.scalar(earlier.order_by(PolicyVersion.effective_on.desc()).limit(1))


def next_number() -> int:
    """Return the number of the next version that gets a date."""
    return (db.session.scalar(select(func.max(PolicyVersion.number))) or 0) + 1


def read_version(version: PolicyVersion) -> Policy:
    """Return what a version says."""
    return from_data(version.content)


def list_settled_gaps() -> dict[str, PolicyGap]:
    """Return what is done about gaps, by their codes."""
    return {row.code: row for row in db.session.scalars(select(PolicyGap))}


def list_services() -> Sequence[OutsideService]:
    """Return the services outside, those in use first, by name."""
    order = (OutsideService.is_used.desc(), OutsideService.name)
    return db.session.scalars(select(OutsideService).order_by(*order)).all()


def list_told_services() -> list[OutsideService]:
    """Return the services in use that people are told of with their cookies: others than processors, known to do something."""
    return [one for one in list_services() if one.is_used and one.relation != Relation.ENTRUSTMENT and one.does]


def list_due_reviews(on: date) -> Sequence[OutsideService]:
    """Return the services in use whose next review is due on a JST date, or was before."""
    due = select(OutsideService).where(OutsideService.is_used, OutsideService.review_on <= on)
    return db.session.scalars(due.order_by(OutsideService.review_on)).all()


def list_checks(service_id: int) -> Sequence[ServiceCheck]:
    """Return the looks at how a service is set, the latest day first."""
    checks = select(ServiceCheck).where(ServiceCheck.service_id == service_id)
    return db.session.scalars(checks.order_by(ServiceCheck.checked_on.desc(), ServiceCheck.id.desc())).all()


def latest_checks() -> dict[int, ServiceCheck]:
    """Return the latest look at each service, by the service's number."""
    checks = select(ServiceCheck).order_by(ServiceCheck.checked_on, ServiceCheck.id)
    return {check.service_id: check for check in db.session.scalars(checks)}


def list_tasks(ticket_id: int) -> Sequence[Row[str, datetime, datetime | None, datetime | None]]:
    """Return which services must act in a ticket's matter: `name`, `needed_at`, `told_at`, `confirmed_at`."""
    task = ServiceTask
    tasks = select(OutsideService.name, task.needed_at, task.told_at, task.confirmed_at).join(
        OutsideService, OutsideService.id == task.service_id
    )
    return db.session.execute(tasks.where(task.ticket_id == ticket_id).order_by(task.id)).all()
