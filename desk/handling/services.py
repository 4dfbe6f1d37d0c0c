"""Services outside: known by name, with what they do and hold, looked into again in time."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import select

from desk.clock import date_of
from desk.db import db, new_id
from desk.events.alerts import close_alert, keep_alerts
from desk.events.kinds import EventKind
from desk.events.trail import Actor, record
from desk.handling.changing import change_row
from desk.policy.models import OutsideService, ServiceCheck, ServiceTask
from desk.policy.placing import Relation, Service
from desk.policy.register import list_due_reviews
from desk.tickets.errors import NotAllowed
from desk.tickets.models import Ticket

REVIEW_ALERT = "service_review"


class Stage(StrEnum):
    """How far a service has come with what it must do in a ticket's matter."""

    NEEDED = "needed"
    TOLD = "told"
    CONFIRMED = "confirmed"


class NameTaken(Exception):
    """Another service has this name."""


@dataclass(frozen=True, slots=True)
class ServiceWords:
    """What is known of a service, as checked by the door; the fields of `OutsideService`."""

    name: str
    relation: Relation
    does: str
    holds: str
    country: str
    contract: str
    vetting: str
    vetted_on: date | None
    review_on: date | None
    is_used: bool


def add_service(words: ServiceWords, *, actor: Actor, now: datetime) -> int:
    """Add a service and return its number. Raises `NameTaken`."""
    _must_be_free(words.name, None)
    row = OutsideService(id=new_id(), **asdict(words), updated_at=now, version=1)
    db.session.add(row)
    db.session.flush()
    record(EventKind.SERVICE_CHANGED, actor=actor, at=now, facts={"service": str(row.id)})
    _see_to_alert(row, now)
    return row.id


def change_service(row: OutsideService, words: ServiceWords, *, version: int, actor: Actor, now: datetime) -> None:
    """Change what is known of a service. Raises `NameTaken`, `ChangedMeanwhile`."""
    _must_be_free(words.name, row.id)
    change_row(row, version, **asdict(words), updated_at=now)
    record(EventKind.SERVICE_CHANGED, actor=actor, at=now, facts={"service": str(row.id)})
    _see_to_alert(row, now)


def record_check(
    row: OutsideService, seen: str, on: date, again_on: date | None, *, actor: Actor, now: datetime
) -> None:
    """Write down how a service was found to be set on a day; with `again_on` the next look is due then."""
    values = {"id": new_id(), "service_id": row.id, "checked_on": on, "seen": seen, "recorded_at": now}
    db.session.add(ServiceCheck(**values, recorded_by=actor.staff_id))
    if again_on is not None:
        row.review_on, row.version = again_on, row.version + 1
    record(EventKind.SERVICE_CHECKED, actor=actor, at=now, facts={"service": str(row.id)})
    _see_to_alert(row, now)


def add_named(services: Iterable[Service], *, actor: Actor, now: datetime) -> None:
    """Add the services that a policy names and nobody knew; what is known of one already stays as it is."""
    known = set(db.session.scalars(select(OutsideService.name)))
    for service in services:
        if service.name not in known and len(service.name) <= 100:
            known.add(service.name)
            words = ServiceWords(service.name, service.relation, "", "", "", "", "", None, None, is_used=True)
            add_service(words, actor=actor, now=now)


def involve_service(ticket: Ticket, service_id: int, stage: Stage, actor: Actor, now: datetime) -> None:
    """Write down that a service must act in a ticket's matter, was told to, or has confirmed that it did.

    Each stage is dated once; what is confirmed was told. Raises `NotAllowed` for a service that is not in use.
    """
    service = db.session.get(OutsideService, service_id)
    if service is None or not service.is_used:
        raise NotAllowed("not a service in use")
    task = db.session.scalar(
        select(ServiceTask).where(ServiceTask.ticket_id == ticket.id, ServiceTask.service_id == service_id)
    )
    if task is None:
        task = ServiceTask(id=new_id(), ticket_id=ticket.id, service_id=service_id, needed_at=now)
        db.session.add(task)
    if stage is not Stage.NEEDED:
        task.told_at = task.told_at or now
    if stage is Stage.CONFIRMED:
        task.confirmed_at = task.confirmed_at or now
    facts = {"service": service.name, "stage": str(stage)}
    record(EventKind.SERVICE_INVOLVED, actor=actor, at=now, ticket_id=ticket.id, facts=facts)


def watch_reviews(now: datetime) -> None:
    """Open an alert for each service whose review is due, and close those whose is not any more."""
    keep_alerts(REVIEW_ALERT, {row.id for row in list_due_reviews(date_of(now))}, now)


def _see_to_alert(row: OutsideService, now: datetime) -> None:
    """Close the alert on a review that was put off or is not needed any more."""
    if not row.is_used or row.review_on is None or row.review_on > date_of(now):
        close_alert(REVIEW_ALERT, row.id, now)


def _must_be_free(name: str, service_id: int | None) -> None:
    other = db.session.scalar(select(OutsideService.id).where(OutsideService.name == name))
    if other is not None and other != service_id:
        raise NameTaken(name)
