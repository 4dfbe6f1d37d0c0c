"""The rows of one invented ticket: sealed under real keys, with trail, mails and index, ready to be written in bulk."""

import secrets
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from desk.clock import date_of
from desk.develop.seed.course import Chronicle, Course
from desk.develop.seed.people import make_person
from desk.develop.seed.texts import NOTES, answer_text, request_text
from desk.events.kinds import EventKind
from desk.events.trail import DESK, PERSON, Actor, header, staff_actor
from desk.handling.clockwork import dates_of, usual_rank
from desk.law.regimes import REGIME, Regime
from desk.mail.models import MailKind, MailState
from desk.search.identifiers import IdentifierKind, fingerprint, read_name
from desk.search.plaintext import Words
from desk.search.tokens import tokens_of
from desk.tickets.access import link_values
from desk.tickets.content import Contact, Origin, Said, Summary, subject_of
from desk.tickets.models import RANK_USUAL, Channel, Direction, PartyRole, Population
from desk.tickets.references import new_reference
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
    policies: tuple[tuple[date, int], ...] = ()
    """The first day and the number of each version of the policy, the latest first."""

    def policy_on(self, on: date) -> int | None:
        """Return the number of the version in force on a JST date."""
        return next((number for first, number in self.policies if first <= on), None)


def id_at(at: datetime) -> int:
    """Return an id that sorts at an instant, as `desk.db.new_id` would have made it then."""
    return (int(at.timestamp() * 1000) - EPOCH_MS << 22) | next(_numbers) % 2**22


class Scribe:
    """Writes the rows of tickets that a chronicle invents."""

    def __init__(self, chronicle: Chronicle, regime: Regime, vault: Vault, setting: Setting) -> None:
        self.chronicle, self.regime, self.vault, self.setting = chronicle, regime, vault, setting

    def write(self, rows: Rows, seed: int, index: int, total: int) -> None:
        """Add the rows of ticket number `index` of `total`; the same numbers give the same story."""
        rng = Random(f"{seed}/{index}")  # noqa: S311 - invented people, no secrets
        course = self.chronicle.invent(rng, index, total)
        _Ticket(self, rows, rng, course).write(index, total)


class _Ticket:
    """One ticket on its way into rows."""

    def __init__(self, scribe: Scribe, rows: Rows, rng: Random, course: Course) -> None:
        self.scribe, self.rows, self.rng, self.course = scribe, rows, rng, course
        self.vault, self.setting = scribe.vault, scribe.setting
        self.at = course.received_at
        self.ticket_id = id_at(self.at)
        self.case_key, self.desk_key = self.make_key(Purpose.CASE)[1], self.make_key(Purpose.DESK)[1]
        self.words = Words()

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

    def write(self, index: int, total: int) -> None:
        course, rng = self.course, self.rng
        with_email = course.channel not in {Channel.PHONE, Channel.LETTER}
        person = make_person(
            rng, course.language, at_work=course.population is Population.PARTNER, with_email=with_email
        )
        asked = request_text(rng, course.kind, course.language, index, total, is_spam=course.outcome == "SPAM")
        self.add_ticket(person, asked)
        self.add_party(person)
        self.add_message(Direction.IN, course.channel, asked, self.at)
        self.add_event(
            EventKind.RECEIVED,
            self.at,
            PERSON,
            {"kind": course.kind, "channel": course.channel, "ack": "mail" if with_email else "none"},
        )
        self.add_link()
        self.add_acknowledgement()
        self.add_work()
        self.add_trace()
        self.add_index(person)

    def add_ticket(self, person: Contact, asked: str) -> None:
        course, clock = self.course, self.course.clock
        dates = dates_of(clock)
        dates["ack_by"] = self.at + (clock.ack_by - clock.received_at)
        if dates["reply_by_at"] is not None:
            dates["reply_by_at"] = self.at + (dates["reply_by_at"] - clock.received_at)
        self.add(
            "ticket",
            id=self.ticket_id,
            ref=new_reference(),
            kind=course.kind,
            regime=REGIME,
            law_version=self.scribe.regime.version,
            policy_number=self.setting.policy_on(course.received_on),
            population=course.population,
            language=course.language,
            channel=course.channel,
            state=course.state,
            outcome=course.outcome,
            assignee_id=self.staff_id,
            is_escalated=False,
            received_at=self.at,
            received_on=course.received_on,
            waiting_for=course.waited[0] if course.waited and course.waited[2] is None else None,
            acknowledged_at=course.acknowledged_at,
            answered_at=course.answered_at,
            answered_days=course.answered_days,
            notified_at=course.notified_at,
            closed_at=course.closed_at,
            reopened_at=None,
            queue_rank=usual_rank(clock.due_on) if clock.due_on is None else RANK_USUAL,
            summary=Summary(person.name, subject_of(asked)).seal(self.case_key),
            needs_index=False,
            version=1,
            **dates,
        )

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

    def add_event(self, kind: EventKind, at: datetime, actor: Actor, facts: dict[str, Any] | None = None) -> None:
        head, _ = header(kind, actor=actor, at=at, ticket_id=self.ticket_id, facts=facts)
        head["id"] = id_at(at)
        self.add("event", **head)

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

    def add_acknowledgement(self) -> None:
        at = self.course.acknowledged_at
        if at is not None:
            self.add_mail(MailKind.ACKNOWLEDGEMENT, self.at, at)
            self.add_event(EventKind.ACKNOWLEDGED, at, DESK)

    def add_work(self) -> None:
        course, rng = self.course, self.rng
        if course.assigned_at is not None and self.staff_id is not None:
            self.add_event(EventKind.ASSIGNED, course.assigned_at, self.actor, {"to": self.staff_id})
            if rng.random() < 0.25:
                noted = self.add_message(Direction.NOTE, Channel.STAFF, rng.choice(NOTES), course.assigned_at)
                self.add_event(EventKind.NOTED, course.assigned_at, self.actor, {"message": noted})
        if course.answered_at is not None:
            self.add_answer(course.answered_at)
        if course.waited is not None:
            self.add_wait()
        if course.notified_at is not None:
            if course.notified_at != course.answered_at:
                self.add_answer(course.notified_at)
            self.add_event(EventKind.NOTIFIED, course.notified_at, self.actor)
        if course.closed_at is not None:
            kind = EventKind.WITHDRAWN if course.outcome == "WD" else EventKind.CLOSED
            facts = None if kind is EventKind.WITHDRAWN else {"outcome": course.outcome}
            self.add_event(kind, course.closed_at, PERSON if kind is EventKind.WITHDRAWN else self.actor, facts)

    def add_answer(self, at: datetime) -> None:
        message_id = self.add_message(Direction.OUT, Channel.STAFF, answer_text(self.rng, self.course.language), at)
        self.add_event(EventKind.ANSWERED, at, self.actor, {"message": message_id})
        if self.words.contacts[0].email:
            self.add_mail(MailKind.ANSWER, at, min(at + timedelta(seconds=4), self.setting.now))

    def add_wait(self) -> None:
        assert self.course.waited is not None  # noqa: S101 - the caller looked
        reason, started_at, ended_at = self.course.waited
        due_on = self.scribe.chronicle.wait_due(started_at)
        self.add(
            "wait",
            id=id_at(started_at),
            ticket_id=self.ticket_id,
            reason=reason,
            started_at=started_at,
            due_on=due_on,
            ended_at=ended_at,
        )
        self.add_event(EventKind.WAIT_STARTED, started_at, self.actor, {"reason": reason, "due": due_on.isoformat()})
        if ended_at is None:
            return
        if self.course.is_lapsing:
            self.add_event(EventKind.RESUMED, ended_at, self.actor)
            return
        text = request_text(self.rng, self.course.kind, self.course.language, 1, 10**9)
        message_id = self.add_message(Direction.IN, Channel.LINK, text, ended_at)
        self.add_event(EventKind.PERSON_WROTE, ended_at, PERSON, {"message": message_id})
        self.add_event(EventKind.RESUMED, ended_at, PERSON)

    def add_trace(self) -> None:
        erase_on = self.course.received_on + timedelta(days=self.setting.trace_days)
        if self.course.channel is not Channel.FORM or erase_on <= date_of(self.setting.now):
            return
        key_id, key = self.make_key(Purpose.TRACE)
        origin = Origin(f"192.0.2.{self.rng.randrange(1, 255)}", "Mozilla/5.0 (Linux; Android 15)", "")
        self.add(
            "trace",
            id=id_at(self.at),
            ticket_id=self.ticket_id,
            key_id=key_id,
            sealed=origin.seal(key),
            erase_on=erase_on,
        )

    def add_index(self, person: Contact) -> None:
        for kind, value in _identifiers(person):
            self.add(
                "identifier",
                id=id_at(self.at),
                ticket_id=self.ticket_id,
                kind=kind,
                token=fingerprint(self.vault, kind, value),
            )
        self.add("search", ticket_id=self.ticket_id, tokens=tokens_of(self.words.texts(), self.vault))


def _identifiers(person: Contact) -> Iterator[tuple[IdentifierKind, str]]:
    """Yield what `desk.search.identifiers` would, without parsing each number: these were made in one form."""
    if person.email:
        yield IdentifierKind.EMAIL, person.email
    if person.phone:
        yield IdentifierKind.PHONE, "+81" + person.phone.replace("-", "")[1:]
    for name in {read_name(person.name), read_name(person.reading)} - {None}:
        yield IdentifierKind.NAME, str(name)


def new_rows() -> Rows:
    """Return an empty set of rows."""
    return defaultdict(list)
