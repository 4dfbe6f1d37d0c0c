"""The rows of one invented ticket: sealed under real keys, with trail, mails and index, ready to be written in bulk."""

import secrets
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from desk.develop.seed.course import Course
from desk.events.kinds import EventKind
from desk.events.trail import DESK, Actor, header, staff_actor
from desk.mail.models import MailKind, MailState
from desk.search.plaintext import Words
from desk.tickets.access import link_values
from desk.tickets.content import Contact, Said
from desk.tickets.models import Channel, Direction, PartyRole
from desk.vault.keys import Purpose, Vault
from desk.vault.seal import new_token

EPOCH_MS = 1_704_067_200_000
"""Where the desk's ids begin to count: 2024."""
WIPED_AFTER = timedelta(days=7)

_numbers = count(Random().getrandbits(22))  # noqa: S311 - ids are no secrets
"""Counts on, so that no two ids of one process are alike."""

Rows = dict[str, list[dict[str, Any]]]
"""Values by table, in columns."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What the writers of rows must know of the desk; plain values, so that it travels between processes."""

    now: datetime
    staff_ids: tuple[int, ...]
    link_days: int
    trace_days: int
    manager_id: int
    """Who approves what another has decided."""
    policies: tuple[tuple[date, int], ...] = ()
    """The first day and the number of each version of the policy, the latest first."""

    def policy_on(self, on: date) -> int | None:
        """Return the number of the version in force on a JST date."""
        return next((number for first, number in self.policies if first <= on), None)


def id_at(at: datetime) -> int:
    """Return an id that sorts at an instant, as `desk.db.new_id` would have made it then."""
    return (int(at.timestamp() * 1000) - EPOCH_MS << 22) | next(_numbers) % 2**22


class TicketRows:
    """The rows of one ticket, one by one."""

    def __init__(self, rows: Rows, course: Course, vault: Vault, setting: Setting) -> None:
        self.rows, self.course, self.vault, self.setting = rows, course, vault, setting
        self.at = course.received_at
        self.ticket_id = id_at(self.at)
        self.case_key, self.desk_key = self.make_key(Purpose.CASE)[1], self.make_key(Purpose.DESK)[1]
        self.words = Words()
        self.word_id: int | None = None
        """The newest event by which the person wrote."""

    @property
    def staff_id(self) -> int | None:
        return None if self.course.agent is None else self.setting.staff_ids[self.course.agent]

    @property
    def actor(self) -> Actor:
        return DESK if self.staff_id is None else staff_actor(self.staff_id)

    def add(self, table: str, **values: Any) -> None:
        self.rows[table].append(values)

    def make_key(self, purpose: Purpose) -> tuple[int, bytes]:
        row, key = self.vault.make(purpose, self.ticket_id)
        key_id = id_at(self.at)
        self.add("data_key", id=key_id, ticket_id=self.ticket_id, purpose=purpose, sealed=row.sealed, kek=row.kek)
        return key_id, key

    def add_party(self, person: Contact) -> None:
        self.words.contacts.append(person)
        self.add(
            "party",
            id=id_at(self.at),
            ticket_id=self.ticket_id,
            role=PartyRole.PERSON,
            sealed=person.seal(self.case_key),
            has_email=bool(person.email),
        )

    def add_message(self, direction: Direction, channel: Channel, text: str, at: datetime) -> int:
        message_id = id_at(at)
        self.words.said.append(text)
        key = self.desk_key if direction is Direction.NOTE else self.case_key
        self.add(
            "message",
            id=message_id,
            ticket_id=self.ticket_id,
            direction=direction,
            channel=channel,
            staff_id=None if direction is Direction.IN else self.staff_id,
            sealed=Said(text).seal(key),
            key_id=None,
            case_wrapped=None,
            nonce=None,
            created_at=at,
        )
        return message_id

    def add_event(
        self,
        kind: EventKind,
        at: datetime,
        actor: Actor,
        facts: dict[str, Any] | None = None,
        payload: dict[str, Any] | None = None,
    ) -> None:
        key = self.desk_key if payload else None
        head, body = header(
            kind, actor=actor, at=at, ticket_id=self.ticket_id, facts=facts, payload=payload, desk_key=key
        )
        head["id"] = id_at(at)
        self.add("event", **head)
        if kind is EventKind.PERSON_WROTE:
            self.word_id = head["id"]
        if body is not None:
            self.add("event_payload", **body | {"event_id": head["id"]})

    def add_link(self) -> None:
        values = link_values(new_token(), self.case_key, self.ticket_id, self.at, self.setting.link_days)
        self.add("link", **values | {"id": id_at(self.at), "used_at": None, "revoked_at": None})

    def add_mail(self, kind: MailKind, made_at: datetime, sent_at: datetime) -> None:
        mail_id = id_at(made_at)
        self.add(
            "outbox",
            id=mail_id,
            ticket_id=self.ticket_id,
            kind=kind,
            dedupe_key=f"{kind}:{self.ticket_id if kind is MailKind.ACKNOWLEDGEMENT else mail_id}",
            message_id=f"<{secrets.token_hex(16)}@seed.invalid>",
            key_id=None,
            sealed=None,
            state=MailState.SENT,
            attempts=1,
            ambiguous=0,
            next_at=made_at,
            sender=None,
            phase_at=sent_at,
            last_code="250",
            recipient_print=None,
            created_at=made_at,
            sent_at=sent_at,
            wiped_at=min(sent_at + WIPED_AFTER, self.setting.now),
        )
        self.add_event(EventKind.MAIL_SENT, sent_at, DESK, {"mail": kind, "outbox": mail_id})


def new_rows() -> Rows:
    """Return an empty set of rows."""
    return defaultdict(list)
