"""A desk at work: one person in each role, a colleague, and cases that belong to one or the other."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from desk import clock
from desk.accounts.permissions import Role
from desk.attachments.files import IncomingFile
from desk.attachments.models import Attachment
from desk.company.models import Procedure
from desk.db import db, new_id, read_again
from desk.events.alerts import open_alert
from desk.events.models import Alert
from desk.events.trail import DESK, staff_actor
from desk.handling import casework, contacts, correspondence, decisions, documents, identity, resolution, sources
from desk.handling.casework import WaitRequest
from desk.handling.consents import ConsentWords, Who, record_consent
from desk.handling.correspondence import Answer
from desk.handling.identity import Basis
from desk.handling.inspections import ActionWords, add_action
from desk.handling.intake import Opened
from desk.handling.kinds import Check, activate
from desk.handling.policies import adopt_policy, import_policy
from desk.handling.resolution import Closing
from desk.handling.services import ServiceWords, add_service, record_check
from desk.handling.uses import ask_use
from desk.law.waits import WaitReason
from desk.mail.journal import Receipt, journal, keep
from desk.mail.models import Door, InboxMail, InboxState, MailState, OutboxMail, Outcome
from desk.mail.reading.parsed import Address, ParsedMail
from desk.mail.received import seal_parsed
from desk.mail.routing import Reason
from desk.policy.inspections import Inspection
from desk.policy.models import OutsideService
from desk.policy.placing import Relation
from desk.tickets.address_requests import NewAddress, find_address_request
from desk.tickets.content import Contact, Said
from desk.tickets.decisions import Decided, Item, Result, find_standing
from desk.tickets.models import Channel, Message, Ticket
from desk.tickets.queries import hold
from desk.tickets.sources import Asked, list_source_tasks
from desk.transaction import transaction
from desk.vault.keys import Purpose, keys_of
from desk.vault.seal import new_token
from desk.web.staff.decision_forms import ROWS
from tests.cases import BASE_URL, open_one, see_to_duties
from tests.people import browser_of, hire
from tests.pictures import picture
from tests.web.public.people import csrf_of

NAME, EMAIL, WORDS = "銀鏡 冴子", "saeko@secret.example", "蜃気楼の領収書"
YEARS = count(3000)
SECRETS = (NAME, EMAIL, WORDS)
"""What a page shows of a case only to those who may read it."""


@dataclass(frozen=True, slots=True)
class Fill:
    """How the form of one act on a ticket is filled in rightly, and on which ticket it can be."""

    fields: dict[str, Any]
    state: str = "open"
    by_mail: bool = True
    """Whether the person has an e-mail address."""
    kind: str = "K40"


def acts(colleague: int) -> dict[str, Fill]:
    """Return every act on a ticket with all the fields of its form, by the last part of its address."""
    once = {"nonce": new_token()}
    return {
        "take": Fill({}),
        "assign": Fill({"to": str(colleague)}),
        "escalate": Fill({"to": "", "text": "判断をお願いします"}),
        "recast": Fill({"kind": "N-GEN", "text": "一般の問い合わせでした"}),
        "move": Fill({"target": "investigating"}),
        "choose_law": Fill({"law": "eu-gdpr", "text": "EUにお住まいだった"}, kind="D33"),
        "confirm_identity": Fill({"basis": "known", "text": "会員ページから届いた"}, kind="D33"),
        "check_duties": Fill({"done": "facts"}),
        "decide": Fill(
            {f"{name}_{row}": "" for row in range(ROWS) for name in ("what", "result", "ground", "facts")}
            | {
                "outcome": "D-PART",
                "what_0": "所見",
                "result_0": "refused",
                "ground_0": "G5",
                "facts_0": "人が特定される",
            }
            | {"measure": "", "hidden": ""},
            kind="D33",
        ),
        "approve": Fill({"text": ""}, "drafted", kind="D33"),
        "send_back": Fill({"text": "事実が足りない"}, "drafted", kind="D33"),
        "tell_delay": Fill({"expected_on": f"{clock.today() + timedelta(days=9)}", "text": "資料を探している", **once}),
        "resume": Fill({}, "waiting"),
        "note": Fill({"text": "電話で確かめる", **once}),
        "record_contact": Fill(
            {
                "channel": "phone",
                "arrived_on": f"{clock.today()}",
                "arrived_at": "",
                "text": "電話で続きを話した",
                **once,
            }
        ),
        "receive_fee": Fill({"yen": "300", "way": "bank", "paid_on": f"{clock.today()}", **once}, "fee", kind="D33"),
        "ask_source": Fill(
            {
                "source": "mail",
                "of": "情報システム部",
                "what": "氏名で探す",
                "due_on": f"{clock.today() + timedelta(days=3)}",
            }
        ),
        "answer_source": Fill({"found": "yes", "text": "2件あった"}, "asked"),
        "reopen": Fill({"text": "連絡があった"}, "closed"),
        "answer": Fill({"text": "配信を止めました", "by_mail": "", **once}),
        "wait": Fill({"reason": "correction", "text": "会員番号をお知らせください", **once}),
        "close": Fill({"outcome": "K-OK", "text": "配信を止めました", **once}),
        "letter": Fill({}, by_mail=False),
        "involve": Fill({"stage": "told"}),
        "withdraw_consent": Fill({}),
        "approve_address": Fill({}, "address", kind="D33"),
        "refuse_address": Fill({}, "address", kind="D33"),
        "change_address": Fill({"email": "saeko.new@secret.example", "text": "電話で確かめた"}),
    }


class House:
    """One person in each role, one more agent, and what is needed to make cases for them."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.staff = {role: hire(app, role) for role in Role}
        self.colleague = hire(app, Role.AGENT, "colleague@desk.example")
        self.outside = self.service()
        with app.app_context(), transaction():
            check = Check("顧問 花子", clock.today(), "GDPR Art. 12(3)")
            activate("eu-gdpr", "D33", check, actor=DESK, now=clock.now())

    def case(self, owner: int, fill: Fill | None = None, **asked: Any) -> Opened:
        """Open a case whose every word is rare (or as `asked`), in somebody's hands, in the state that an act needs."""
        fill = fill or Fill({})
        mail, address = (EMAIL, "") if fill.by_mail else ("", "東京都千代田区1-1")
        rare = {"kind": fill.kind, "person": Contact(name=NAME, email=mail, address=address), "said": Said(WORDS)}
        with self.app.app_context():
            opened = open_one(**(rare | asked))
            who, now = staff_actor(owner), clock.now()
            with transaction():
                casework.assign(hold(opened.ticket_id), owner, who, now)
                if fill.state == "waiting":
                    asked = WaitRequest(WaitReason.CORRECTION, "会員番号をお知らせください")
                    casework.start_wait(hold(opened.ticket_id), asked, who, now, BASE_URL)
                elif fill.state == "fee":
                    db.session.execute(update(Procedure).values(fee_yen=300))
                    read_again()
                    asked = WaitRequest(WaitReason.FEE, "手数料をお支払いください")
                    casework.start_wait(hold(opened.ticket_id), asked, who, now, BASE_URL)
                elif fill.state == "asked":
                    asked_of = Asked("情報システム部", "氏名で探す")
                    sources.ask_source(hold(opened.ticket_id), "mail", asked_of, clock.today(), who, now)
                elif fill.state == "address":
                    self._ask_address(opened.ticket_id)
                elif fill.state == "drafted":
                    self._draft(opened.ticket_id)
                elif fill.state == "closed":
                    resolution.close(hold(opened.ticket_id), Closing("K-OK"), who, now, BASE_URL)
        return opened

    def _draft(self, ticket_id: int) -> None:
        """See to all duties and have the colleague draft a decision that hands data over."""
        ticket, who, now = hold(ticket_id), staff_actor(self.colleague), clock.now()
        see_to_duties(ticket, self.colleague)
        decisions.draft_decision(ticket, Decided("D-FULL", (Item("全部", Result.GRANTED),)), who, now)

    def _ask_address(self, ticket_id: int) -> None:
        """Confirm identity and have the auditor, who never works, ask for another address."""
        ticket, who, now = hold(ticket_id), staff_actor(self.colleague), clock.now()
        identity.confirm_identity(ticket, Basis.KNOWN, "会員ページから届いた", who, now)
        asked = NewAddress("saeko.new@secret.example", "電話で確かめた")
        contacts.ask_address(ticket, asked, staff_actor(self.staff[Role.AUDITOR]), now)

    def form(self, act: str, fill: Fill, ticket_id: int) -> dict[str, Any]:
        """Return the fields of an act's form as the ticket's page would send them now."""
        with self.app.app_context():
            version = db.session.get_one(Ticket, ticket_id).version
        fields = {"version": version, "seen": "0", **fill.fields}
        if act == "involve":
            fields["service"] = str(self.outside)
        elif act == "withdraw_consent":
            fields["consent"] = str(self.consent())
        elif act in {"approve", "send_back"}:
            with self.app.app_context():
                standing = find_standing(ticket_id)
                fields["decision"] = str(standing.id if standing else 0)
        elif act in {"approve_address", "refuse_address"}:
            with self.app.app_context():
                waiting = find_address_request(ticket_id)
                fields["asked"] = str(waiting.id if waiting else 0)
        elif act == "answer_source":
            with self.app.app_context():
                fields["task"] = str(list_source_tasks(ticket_id)[-1].id)
        return {f"{act}-{name}": value for name, value in fields.items()} | {"step": "send"}

    def received(self, words: str = WORDS) -> int:
        """Have a mail of rare words wait for a person and return its number."""
        read = ParsedMail(subject=words, sender=Address(NAME, EMAIL), text=words, html=f"<p>{words}</p>")
        now = clock.now()
        with self.app.app_context(), transaction():
            kept = keep([WORDS.encode()])
            mail_id = journal(kept, Receipt(door=Door.PIPE, received_at=now), now)
            mail = db.session.get_one(InboxMail, mail_id)
            mail.parsed, mail.state, mail.outcome = seal_parsed(kept.key, read), InboxState.HELD, Outcome.QUARANTINED
            mail.reason, mail.decide_by = Reason.SPAM, clock.today()
        return mail_id

    def policy(self, words: str = WORDS, on: date | None = None) -> int:
        """Hand in a policy with words in it, a draft unless it has a day, and return its number."""
        text = f"# プライバシーポリシー {new_token()}\n\n## 利用目的\n\n- {words}\n\n## 窓口\n\n{words}\n"
        with self.app.app_context(), transaction():
            row, _is_new = import_policy(text.encode(), actor=DESK, now=clock.now())
            db.session.flush()
            if on is not None:
                adopt_policy(row, on, version=1, actor=DESK, now=clock.now())
            return row.id

    def consent(self, words: str = WORDS, email: str = EMAIL) -> int:
        """Write a consent down, by default that of the cases' person, and return its number."""
        said = ConsentWords(Who(words[:200], email), f"{words} {new_token()}", None, date(2026, 4, 1), Channel.FORM)
        with self.app.app_context(), transaction():
            return record_consent(said, actor=DESK, now=clock.now())[0].id

    def use(self, words: str = WORDS) -> int:
        """Ask for a use beyond the purposes and return its number."""
        with self.app.app_context(), transaction():
            return ask_use(words, actor=staff_actor(self.staff[Role.AGENT]), now=clock.now()).id

    def service(self, words: str = WORDS) -> int:
        """Register a service outside and return its number."""
        known = ServiceWords(
            new_token(), Relation.ENTRUSTMENT, words, words, words, words, words, None, None, is_used=True
        )
        with self.app.app_context(), transaction():
            number = add_service(known, actor=DESK, now=clock.now())
            row = db.session.get_one(OutsideService, number)
            record_check(row, words, clock.today(), None, actor=DESK, now=clock.now())
            return number

    def inspection(self, words: str = WORDS, year: int | None = None, *, is_signed: bool = False) -> tuple[int, int]:
        """Open the record of a business year, one that no other has, and return it with its corrective action."""
        year = year or next(YEARS)
        now, actor = clock.now(), staff_actor(self.staff[Role.MANAGER])
        period = {"first_on": date(2001, 4, 1), "last_on": date(2002, 3, 31)}
        said = {"findings": words, "received_by": words[:200], "decisions": words}
        with self.app.app_context(), transaction():
            row = Inspection(id=new_id(), year=year, opened_at=now, version=1, **period, **said)
            db.session.add(row)
            db.session.flush()
            if is_signed:
                row.signed_at, row.signed_by = now, actor.staff_id
            what = ActionWords(words, None, date(2002, 6, 30), "", is_done=False)
            return year, add_action(row, what, actor=actor, now=now).id

    def alert(self, object_id: int, ticket_id: int | None = None) -> int:
        """Open an alert and return its number."""
        with self.app.app_context(), transaction():
            open_alert("mail_dead", object_id, clock.now(), ticket_id)
            return db.session.scalars(select(Alert.id).where(Alert.object_id == object_id)).one()

    def handed_over(self, ticket_id: int) -> int:
        """Answer a case with a file and return the message's number."""
        draft, who, now = new_token(), staff_actor(self.colleague), clock.now()
        with self.app.app_context(), transaction():
            file = IncomingFile()
            file.write(WORDS.encode())
            file.park("memo.txt", draft, now)
            db.session.flush()
            return correspondence.answer(hold(ticket_id), Answer(WORDS, nonce=draft), who, now, BASE_URL)

    def file(self, ticket_id: int, name: str = f"{WORDS}.jpg") -> int:
        """Have a case's person send a picture and return the file's number."""
        draft, case_key, now = new_token(), self._case_key(ticket_id), clock.now()
        with self.app.app_context(), transaction():
            file = IncomingFile()
            file.write(picture())
            file.park(name, draft, now)
            db.session.flush()
            sent = correspondence.Addition(WORDS, draft)
            message = correspondence.receive_addition(hold(ticket_id), sent, case_key, now)
            return db.session.scalars(select(Attachment.id).where(Attachment.message_id == message)).one()

    def document(self, ticket_id: int, name: str = f"{WORDS}.jpg") -> int:
        """Have a case's person send an identity document and return its number."""
        file_id, who, now = self.file(ticket_id, name), staff_actor(self.colleague), clock.now()
        with self.app.app_context(), transaction():
            return documents.mark_document(hold(ticket_id), file_id, "licence", who, now, of_agent=False)

    def _case_key(self, ticket_id: int) -> bytes:
        with self.app.app_context():
            return keys_of(ticket_id)[Purpose.CASE]

    def message(self, ticket_id: int) -> int:
        """Return the number of a case's first message."""
        with self.app.app_context():
            first = select(Message.id).where(Message.ticket_id == ticket_id).order_by(Message.id)
            return db.session.scalars(first.limit(1)).one()

    def mail(self, ticket_id: int, state: MailState) -> int:
        """Put a case's first mail into a state and return its number."""
        with self.app.app_context(), transaction():
            mail = db.session.scalars(
                select(OutboxMail).where(OutboxMail.ticket_id == ticket_id).order_by(OutboxMail.id).limit(1)
            ).one()
            mail.state = state
            return mail.id

    def browser(self, role: Role | None) -> FlaskClient:
        """Return a browser in which somebody of this role, or nobody, is signed in."""
        return browser_of(self.app, self.staff[role] if role else None)


def press(client: FlaskClient, path: str, data: dict[str, Any], query: dict[str, str] | None = None) -> Any:
    """Send a form with the proof of origin that this browser's pages give."""
    form = {**data, "csrf_token": csrf_of(client.get("/status"))}
    return client.post(path, data=form, query_string=query, content_type="multipart/form-data")
