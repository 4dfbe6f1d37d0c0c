"""The trail: `record()` what happened, in the transaction of the act; read it back as a timeline or as clock events."""

import hmac
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select

from desk.db import db, new_id, read_rows
from desk.events.kinds import KINDS, LOOKS, EventKind
from desk.events.models import Event, EventPayload
from desk.law.errors import LawError
from desk.vault.seal import seal, unseal_json

PAYLOAD_LABEL = "event"

_IN_ORDER = (Event.at, Event.id)
TIMELINE = (
    select(Event.id, Event.at, Event.kind, Event.actor, Event.staff_id, Event.facts, EventPayload.sealed)
    .outerjoin(EventPayload, EventPayload.event_id == Event.id)
    .where(Event.ticket_id == bindparam("ticket_id"))
    .order_by(*_IN_ORDER)
)
CLOCK = (
    select(Event.kind, Event.at, Event.facts)
    .where(Event.ticket_id == bindparam("ticket_id"))
    .where(Event.kind.in_([kind for kind, spec in KINDS.items() if spec.clock or kind is EventKind.RECEIVED]))
    .order_by(*_IN_ORDER)
)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: the person, a member of staff, or the desk by itself."""

    kind: str
    staff_id: int | None = None


PERSON = Actor("person")
DESK = Actor("desk")


def staff_actor(staff_id: int) -> Actor:
    """Return the actor that a member of staff is."""
    return Actor("staff", staff_id)


class BadEvent(Exception):
    """An event lacks a fact that its kind requires, or carries one that it does not know."""


def record(
    kind: EventKind,
    *,
    actor: Actor,
    at: datetime,
    ticket_id: int | None = None,
    facts: Mapping[str, Any] | None = None,
    payload: Mapping[str, Any] | None = None,
    desk_key: bytes | None = None,
) -> int:
    """Add one event to the current transaction and return its id.

    `facts` go into the clear header and hold no personal data; `payload` is sealed under `desk_key`.
    Raises `BadEvent` when the kind's vocabulary is not met.
    """
    head, body = header(kind, actor=actor, at=at, ticket_id=ticket_id, facts=facts, payload=payload, desk_key=desk_key)
    db.session.execute(insert(Event), [head])
    if body is not None:
        db.session.execute(insert(EventPayload), [body])
    return int(head["id"])


def header(
    kind: EventKind,
    *,
    actor: Actor,
    at: datetime,
    ticket_id: int | None = None,
    facts: Mapping[str, Any] | None = None,
    payload: Mapping[str, Any] | None = None,
    desk_key: bytes | None = None,
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Return the values of an event's two rows, checked against the vocabulary. Raises `BadEvent`."""
    spec, facts = KINDS[kind], dict(facts or {})
    if kind is EventKind.UNKNOWN:
        raise BadEvent("an event needs a kind")
    if facts.keys() != spec.facts:
        raise BadEvent(f"{kind}: facts must be {sorted(spec.facts)}, got {sorted(facts)}")
    if (payload or {}).keys() != spec.payload:
        raise BadEvent(f"{kind}: payload must be {sorted(spec.payload)}")
    event_id = new_id()
    head: dict[str, Any] = {
        "id": event_id,
        "ticket_id": ticket_id,
        "at": at,
        "kind": kind,
        "actor": actor.kind,
        "staff_id": actor.staff_id,
        "facts": facts,
        "commitment": None,
    }
    if not payload:
        return head, None
    if desk_key is None:
        raise BadEvent(f"{kind}: a payload needs the ticket's desk key")
    text = json.dumps(payload, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    salt = secrets.token_bytes(32)
    head["commitment"] = hmac.digest(salt, text, "sha256")
    return head, {"event_id": event_id, "salt": salt, "sealed": seal(desk_key, text, PAYLOAD_LABEL)}


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One line of a ticket's timeline."""

    event_id: int
    at: datetime
    kind: EventKind
    actor: Actor
    facts: dict[str, Any]
    payload: dict[str, Any]

    @property
    def is_look(self) -> bool:
        """Tell whether somebody only looked."""
        return self.kind in LOOKS


def timeline(ticket_id: int, desk_key: bytes | None) -> list[TimelineEntry]:
    """Return a ticket's events, oldest first; payloads are opened when `desk_key` is given."""
    return [
        TimelineEntry(
            event_id=row.id,
            at=row.at,
            kind=_kind(row.kind),
            actor=Actor(row.actor, row.staff_id),
            facts=row.facts,
            payload=unseal_json(desk_key, row.sealed, PAYLOAD_LABEL) if row.sealed and desk_key else {},
        )
        for row in read_rows(TIMELINE, ticket_id=ticket_id)
    ]


def _kind(text: str) -> EventKind:
    try:
        return EventKind(text)
    except ValueError:
        return EventKind.UNKNOWN


@dataclass(frozen=True, slots=True)
class ClockPart:
    """What of a trail moves the ticket's clock."""

    first_kind: str | None
    """The kind under which the ticket arrived."""
    events: list[tuple[str, datetime]]
    """Type and instant, in the words of `desk.law.deadlines`."""


def clock_part(ticket_id: int) -> ClockPart:
    """Read what of a ticket's trail moves its clock. Raises `LawError` for an event that lacks what the clock needs."""
    return _clock_part((EventKind(row.kind), row.at, row.facts) for row in read_rows(CLOCK, ticket_id=ticket_id))


def clock_part_of(entries: Iterable[TimelineEntry]) -> ClockPart:
    """Return what of a timeline already read moves the clock. Raises `LawError` as `clock_part`."""
    return _clock_part((entry.kind, entry.at, entry.facts) for entry in entries)


def _clock_part(told: Iterable[tuple[EventKind, datetime, dict[str, Any]]]) -> ClockPart:
    first, events = None, []
    for kind, at, facts in told:
        try:
            if kind is EventKind.RECEIVED and first is None:
                first = str(facts["kind"])
            if words := KINDS[kind].clock:
                events.append((words.format(**facts), at))
        except KeyError as error:
            raise LawError(f"{kind} does not say its {error}") from error
    return ClockPart(first, events)
