"""How an invented ticket goes on its way: what its course says, written as the desk's own verbs would have."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from desk.clock import date_of
from desk.develop.seed.course import Chronicle, Course
from desk.develop.seed.people import make_person
from desk.develop.seed.rows import Rows, Setting, TicketRows, id_at
from desk.develop.seed.texts import NOTES, answer_text, request_text
from desk.events.kinds import EventKind
from desk.events.trail import DESK, PERSON, staff_actor
from desk.handling.clockwork import dates_of, usual_rank
from desk.handling.decisions import CORRECTING, PROCEDURAL
from desk.law.regimes import REGIME, Before, Regime
from desk.mail.models import MailKind
from desk.search.identifiers import IdentifierKind, fingerprint, read_name
from desk.search.tokens import tokens_of
from desk.tickets.content import Contact, Origin, Summary, subject_of
from desk.tickets.decisions import Decided, DecisionState, Item, Result
from desk.tickets.models import RANK_USUAL, Channel, Direction, Population
from desk.tickets.references import new_reference
from desk.vault.keys import Purpose, Vault

FACTS = "資料を確かめた結果による"


class Scribe:
    """Writes the rows of tickets that a chronicle invents."""

    def __init__(self, chronicle: Chronicle, regime: Regime, vault: Vault, setting: Setting) -> None:
        self.chronicle, self.regime, self.vault, self.setting = chronicle, regime, vault, setting

    def write(self, rows: Rows, seed: int, index: int, total: int) -> None:
        """Add the rows of ticket number `index` of `total`; the same numbers give the same story."""
        rng = Random(f"{seed}/{index}")  # noqa: S311 - invented people, no secrets
        course = self.chronicle.invent(rng, index, total)
        _Ticket(self, rows, rng, course).write(index, total)


class _Ticket(TicketRows):
    """One ticket on its way into rows."""

    def __init__(self, scribe: Scribe, rows: Rows, rng: Random, course: Course) -> None:
        super().__init__(rows, course, scribe.vault, scribe.setting)
        self.scribe, self.rng = scribe, rng

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
        if course.decided_at is not None and course.decision is not None:
            self.add_decision(course.decision, course.decided_at)
        if course.notified_at is not None:
            if course.notified_at != course.answered_at:
                self.add_answer(course.notified_at)
            self.add_event(EventKind.NOTIFIED, course.notified_at, self.actor)
        if course.closed_at is not None:
            kind = EventKind.WITHDRAWN if course.outcome == "WD" else EventKind.CLOSED
            facts = None if kind is EventKind.WITHDRAWN else {"outcome": course.outcome}
            self.add_event(kind, course.closed_at, PERSON if kind is EventKind.WITHDRAWN else self.actor, facts)

    def add_decision(self, code: str, at: datetime) -> None:
        """Decide as the verbs do: the duties seen to, the draft, and a colleague's approval where one is needed."""
        law, kind, ticket = self.scribe.regime, self.scribe.regime.kind(self.course.kind), self.ticket_id
        outcome, colleague = law.outcome(code), self.setting.manager_id
        duties = [one.code for one in kind.checklist if one.before is not Before.APPROVAL and not one.agent_only]
        self.add_event(EventKind.DUTIES_CHECKED, at, self.actor, {"done": duties, "open": []})
        for duty in duties:
            values = {"ticket_id": ticket, "code": duty, "is_done": True, "staff_id": self.staff_id, "at": at}
            self.add("duty_check", id=id_at(at), **values)
        item = (
            Item("", Result.REFUSED, next(iter(kind.grounds), ""), FACTS)
            if outcome.refusal
            else Item("", Result.GRANTED)
        )
        measure = FACTS if outcome.letter == CORRECTING else ""
        decided = Decided(code, () if outcome.letter == PROCEDURAL else (item,), measure)
        self.add_event(EventKind.DECISION_DRAFTED, at, self.actor, {"outcome": code})
        self.add(
            "decision",
            id=id_at(at),
            ticket_id=ticket,
            outcome=code,
            grounds=json.dumps(decided.grounds),
            state=DecisionState.APPROVED,
            sealed=decided.seal(self.desk_key),
            rests_on=self.word_id,
            author_id=self.staff_id,
            drafted_at=at,
            approver_id=colleague if outcome.needs_approval else None,
            approved_at=at,
            is_alone=False,
            open_duties="[]",
        )
        if outcome.needs_approval:
            facts = {"outcome": code, "alone": False, "open": []}
            self.add_event(EventKind.DECISION_APPROVED, at, staff_actor(colleague), facts, {"reason": ""})

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
