"""The trail: `record()` what happened, in the transaction of the act; read it back as a timeline or as clock events."""

import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from desk.db import db, new_id
from desk.events.kinds import KINDS, EventKind
from desk.events.models import Event, EventPayload
from desk.vault.seal import seal, unseal_json

PAYLOAD_LABEL = "event"


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


def timeline(ticket_id: int, desk_key: bytes | None) -> list[TimelineEntry]:
    """Return a ticket's events, oldest first; payloads are opened when `desk_key` is given."""
    rows = db.session.execute(
        select(Event, EventPayload.sealed)
        .outerjoin(EventPayload, EventPayload.event_id == Event.id)
        .where(Event.ticket_id == ticket_id)
        .order_by(Event.at, Event.id)
    )
    return [
        TimelineEntry(
            event_id=event.id,
            at=event.at,
            kind=EventKind(event.kind),
            actor=Actor(event.actor, event.staff_id),
            facts=event.facts,
            payload=unseal_json(desk_key, sealed, PAYLOAD_LABEL) if sealed is not None and desk_key is not None else {},
        )
        for event, sealed in rows
    ]


def clock_events(ticket_id: int) -> list[tuple[str, datetime]]:
    """Return the clock's part of the trail as (type, instant), in the words of `desk.law.deadlines`."""
    kinds = [kind for kind, spec in KINDS.items() if spec.clock]
    rows = db.session.execute(
        select(Event.kind, Event.at, Event.facts)
        .where(Event.ticket_id == ticket_id, Event.kind.in_(kinds))
        .order_by(Event.at, Event.id)
    )
    return [((KINDS[EventKind(kind)].clock or "").format(**facts), at) for kind, at, facts in rows]
