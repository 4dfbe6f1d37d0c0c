"""Z1: every address that names something, asked by everybody, for one's own, another's and what is gone."""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from desk import clock
from desk.accounts.models import Staff, StaffSession, TokenPurpose
from desk.accounts.permissions import GRANTS, Permission, Role
from desk.accounts.sessions import end_session_by_id
from desk.accounts.tokens import issue_token, use_token
from desk.attachments.files import IncomingFile
from desk.attachments.models import Attachment, FileState
from desk.db import db, new_id
from desk.events.kinds import EventKind
from desk.events.models import Alert, Event
from desk.mail.models import MailState
from desk.policy.register import list_settled_gaps, next_number
from desk.tickets.links import Link
from desk.tickets.references import new_reference
from desk.tickets.wordings import find_wording
from desk.transaction import transaction
from desk.vault.seal import new_token, token_hash
from tests.house.test_permissions import paths
from tests.people import browser_of, hire
from tests.security.house import SECRETS, House, acts, press
from tests.security.rows import read_rows
from tests.security.test_S3 import TEXT, release_file
from tests.web.public.people import enter, give_code, open_case

pytestmark = pytest.mark.dateless

ASKERS = ("anonymous", "person", *Role)
WHOSE = ("own", "another's", "gone")

READS = "DDD DDD SSN SSN FFF SSN"
WORKS = "DDD DDD SSN SSN FFF FFF"
RUNS = "DDD DDD FFF FFF SSN FFF"
ALERTS = "DDD DDD FFF SSN SSN FFF"
OWN_ONLY = "DDD DDD SNN SNN SNN SNN"
STAFF = "DDD DDD SSN SSN SSN SSN"
FIGURES = "DDD DDD FFF SSN FFF SSN"
MANAGES = "DDD DDD FFF SSN FFF FFF"
OPEN = " ".join(["SSN"] * 6)
SECRET = "SNN SNN SNN SNN SNN SNN"
DOCUMENT_PAGES = ("document", "picture", "judge_document", "cover_document", "destroy_document")
MATRIX = {
    "staff.ticket": READS,
    "staff.own_data": READS,
    "staff.decision": READS,
    "staff.file": READS,
    **{f"staff.{page}": READS for page in ("mail", "mail_html", "original")},
    "staff.judge": WORKS,
    "staff.reveal": READS,
    "staff.hand_over": WORKS,
    "staff.identity": READS,
    "staff.mark_document": WORKS,
    **{f"staff.{page}": WORKS for page in DOCUMENT_PAGES},
    **{f"staff.{act}": WORKS for act in acts(0)},
    **{f"admin.{page}": RUNS for page in ("member", "change_role", "deactivate", "reactivate", "send_link")},
    **{
        f"admin.{page}": RUNS
        for page in (
            "policy",
            "policy_original",
            "place_policy",
            "adopt_policy",
            "discard_policy",
            "mail_policy",
            "note_notice",
        )
    },
    "public.policy_version": OPEN,
    **{f"admin.{page}": RUNS for page in ("wording", "save_wording")},
    **{f"manager.{page}": FIGURES for page in ("inspection", "inspection_pdf", "inspection_json")},
    **{
        f"manager.{act}": MANAGES
        for act in (
            "open_inspection",
            "save_inspection",
            "sign_inspection",
            "receive_inspection",
            "add_action",
            "change_action",
        )
    },
    "staff.decide_use": MANAGES,
    "staff.care": ALERTS,
    "staff.service": STAFF,
    **{f"staff.{act}": ALERTS for act in ("change_service", "add_check")},
    "admin.close_alert": ALERTS,
    "admin.retry_mail": ALERTS,
    "admin.release_mail": ALERTS,
    "admin.give_up_mail": ALERTS,
    "auth.end_session": OWN_ONLY,
    # who holds the secret may use it, once and for its own purpose: another's is one that was made for something else
    "auth.invitation": SECRET,
    "auth.new_password": SECRET,
    "public.open_link": SECRET,
    "public.enter": SECRET,
    "public.get_file": "NNN SNN NNN NNN NNN NNN",
}
"""For each address six askers (as in `ASKERS`) with three letters each (as in `WHOSE`): Served, Not found, Forbidden,
to the Door. Agents and managers share all cases: a small desk stands in for whoever is away."""


NOTED = {"staff.file", "staff.reveal", *(f"staff.{page}" for page in DOCUMENT_PAGES)}
"""Where asking for something of another case, or for what is gone, is noted as refused."""

DAYS = count(1)


class Asker:
    """Somebody in front of a browser, and the things that are theirs, another's and gone."""

    def __init__(self, app: Flask, house: House, name: str) -> None:
        self.app, self.house = app, house
        self.role = Role(name) if name in set(Role) else None
        self.staff_id = house.staff[self.role or Role.AGENT]
        self.client = house.browser(self.role)
        self.mine = open_case(app)
        if name == "person":
            enter(self.client, self.mine.token)
            give_code(app, self.client)

    def owner(self, whose: str) -> int:
        """Return in whose hands a case is."""
        return self.staff_id if whose == "own" else self.house.colleague

    def ask(self, endpoint: str, method: str, prefix: str, whose: str) -> Callable[[], TestResponse]:
        """Prepare one question and return it, so that everything is there before the first is asked."""
        door, _, name = endpoint.partition(".")
        act = door == "staff" and name in acts(0)
        path, data = self._act(name, whose) if act else getattr(self, f"_{name}")(whose)
        address = f"{prefix}{path}"
        client = self.house.browser(self.role) if MATRIX[endpoint] is SECRET else self.client
        return lambda: client.get(address) if method == "GET" else press(client, address, data)

    def _act(self, name: str, whose: str) -> tuple[str, dict[str, Any]]:
        fill = acts(self.house.colleague)[name]
        case = self.house.case(self.owner(whose), fill)
        ref = new_reference() if whose == "gone" else case.ref
        return f"/staff/tickets/{ref}/{name}", self.house.form(name, fill, case.ticket_id)

    def _ticket(self, whose: str) -> tuple[str, None]:
        ref = new_reference() if whose == "gone" else self.house.case(self.owner(whose)).ref
        return f"/staff/tickets/{ref}", None

    def _own_data(self, whose: str) -> tuple[str, None]:
        return f"{self._ticket(whose)[0]}/own-data", None

    def _decision(self, whose: str) -> tuple[str, None]:
        return f"{self._ticket(whose)[0]}/decision", None

    def _file(self, whose: str) -> tuple[str, None]:
        case = self.house.case(self.owner(whose))
        return f"/staff/tickets/{case.ref}/files/{self._stored(case.ticket_id, whose)}", None

    def _mail(self, whose: str, page: str = "") -> tuple[str, dict[str, Any]]:
        return f"/staff/mail/{new_id() if whose == 'gone' else self.house.received()}{page}", {"wish": "dismiss"}

    def _mail_html(self, whose: str) -> tuple[str, dict[str, Any]]:
        return self._mail(whose, "/html")

    def _original(self, whose: str) -> tuple[str, dict[str, Any]]:
        return self._mail(whose, "/original")

    def _judge(self, whose: str) -> tuple[str, dict[str, Any]]:
        return self._mail(whose, "/judge")

    def _hand_over(self, whose: str) -> tuple[str, dict[str, Any]]:
        case = self.house.case(self.owner(whose))
        number = new_id() if whose == "gone" else self.house.handed_over(case.ticket_id)
        return f"/staff/tickets/{case.ref}/messages/{number}/hand_over", {"wish": "give"}

    def _identity(self, whose: str) -> tuple[str, None]:
        return f"{self._ticket(whose)[0]}/identity", None

    def _mark_document(self, whose: str) -> tuple[str, dict[str, Any]]:
        case = self.house.case(self.owner(whose))
        file_id, ref = self.house.file(case.ticket_id), new_reference() if whose == "gone" else case.ref
        data = {"file": str(file_id), "document": "licence", "whose": "person"}
        return f"/staff/tickets/{ref}/identity", data

    def _document(self, whose: str, end: str = "", **data: Any) -> tuple[str, dict[str, Any]]:
        case = self.house.case(self.owner(whose))
        number = new_id() if whose == "gone" else self.house.document(case.ticket_id)
        return f"/staff/tickets/{case.ref}/identity/{number}{end}", data

    def _picture(self, whose: str) -> tuple[str, dict[str, Any]]:
        return self._document(whose, "/1.jpg")

    def _judge_document(self, whose: str) -> tuple[str, dict[str, Any]]:
        return self._document(whose, "/judge", wish="refuse", text="不鮮明なため")

    def _cover_document(self, whose: str) -> tuple[str, dict[str, Any]]:
        box = {"left_0": "0", "top_0": "0", "width_0": "10", "height_0": "10"}
        return self._document(whose, "/cover", page="1", **box)

    def _destroy_document(self, whose: str) -> tuple[str, dict[str, Any]]:
        return self._document(whose, "/destroy", sure="yes")

    def _reveal(self, whose: str) -> tuple[str, dict[str, Any]]:
        case = self.house.case(self.owner(whose))
        number = new_id() if whose == "gone" else self.house.message(case.ticket_id)
        return f"/staff/tickets/{case.ref}/messages/{number}/reveal", {}

    def _get_file(self, whose: str) -> tuple[str, None]:
        case = open_case(self.app) if whose == "another's" else self.mine
        return f"/s/files/{self._stored(case.ticket_id, whose)}", None

    def _stored(self, ticket_id: int, whose: str) -> int:
        file_id = release_file(self.app, ticket_id)
        if whose == "gone":
            self._write(update(Attachment).where(Attachment.id == file_id).values(state=FileState.ERASED))
        return file_id

    def _member(self, whose: str) -> tuple[str, dict[str, Any]]:
        return self._person(whose, "")

    def _change_role(self, whose: str) -> tuple[str, dict[str, Any]]:
        return self._person(whose, "/role")

    def _deactivate(self, whose: str) -> tuple[str, dict[str, Any]]:
        return self._person(whose, "/deactivate")

    def _reactivate(self, whose: str) -> tuple[str, dict[str, Any]]:
        return self._person(whose, "/reactivate")

    def _send_link(self, whose: str) -> tuple[str, dict[str, Any]]:
        return self._person(whose, "/link")

    def _person(self, whose: str, page: str) -> tuple[str, dict[str, Any]]:
        number = {"own": self.staff_id, "gone": new_id()}.get(whose) or self._hired()
        with self.app.app_context():
            person = db.session.get(Staff, number)
            version = person.version if person else 1
        return f"/admin/staff/{number}{page}", {"version": version, "role": "manager"}

    def _policy(self, whose: str, page: str = "", **data: Any) -> tuple[str, dict[str, Any]]:
        number = new_id() if whose == "gone" else self.house.policy()
        return f"/admin/policy/{number}{page}", {"version": "1", **data}

    def _policy_original(self, whose: str) -> tuple[str, dict[str, Any]]:
        return self._policy(whose, "/original")

    def _place_policy(self, whose: str) -> tuple[str, dict[str, Any]]:
        return self._policy(whose, "/place", user="発送のため")

    def _adopt_policy(self, whose: str) -> tuple[str, dict[str, Any]]:
        return self._policy(whose, "/adopt", effective_on=self._day().isoformat())

    def _discard_policy(self, whose: str) -> tuple[str, dict[str, Any]]:
        return self._policy(whose, "/discard")

    def _mail_policy(self, whose: str) -> tuple[str, dict[str, Any]]:
        return self._adopted(whose, "/mail", words_ja="発送のため", words_en="")

    def _note_notice(self, whose: str) -> tuple[str, dict[str, Any]]:
        return self._adopted(whose, "/notice", words="店頭に掲示した")

    def _adopted(self, whose: str, page: str, **data: Any) -> tuple[str, dict[str, Any]]:
        number = new_id() if whose == "gone" else self.house.policy(on=self._day())
        return f"/admin/policy/{number}{page}", data

    def _policy_version(self, whose: str) -> tuple[str, None]:
        self.house.policy(on=self._day())
        with self.app.app_context():
            newest = next_number() - 1
        return f"/policy/{10**6 if whose == 'gone' else newest}", None

    @staticmethod
    def _day() -> date:
        """Return a day that no policy has yet."""
        return date(2000, 1, 1) + timedelta(days=next(DAYS))

    def _service(self, whose: str) -> tuple[str, dict[str, Any]]:
        number = new_id() if whose == "gone" else self.house.service()
        return f"/staff/register/services/{number}", {"version": "1", "name": new_token(), "relation": "委託"}

    _change_service = _service

    def _add_check(self, whose: str) -> tuple[str, dict[str, Any]]:
        return f"{self._service(whose)[0]}/checks", {"checked_on": "2026-04-01", "seen": "広告の機能は無効"}

    def _inspection(self, whose: str, end: str = "") -> tuple[str, dict[str, Any]]:
        return f"/manager/inspections/{1999 if whose == 'gone' else 2024}{end}", {}

    def _inspection_pdf(self, whose: str) -> tuple[str, dict[str, Any]]:
        return self._inspection(whose, "/record.pdf")

    def _inspection_json(self, whose: str) -> tuple[str, dict[str, Any]]:
        return self._inspection(whose, "/record.json")

    def _open_inspection(self, whose: str) -> tuple[str, dict[str, Any]]:
        return self._inspection(whose, "/open")

    def _record(self, whose: str, end: str, *, is_signed: bool = False, **data: str) -> tuple[str, dict[str, Any]]:
        year, action = self.house.inspection(is_signed=is_signed)
        if whose == "gone":
            year, action = (2999, action) if "{}" not in end else (year, new_id())
        return f"/manager/inspections/{year}{end.format(action)}", {
            name.format(action): value for name, value in data.items()
        }

    def _save_inspection(self, whose: str) -> tuple[str, dict[str, Any]]:
        return self._record(whose, "", version="1")

    def _sign_inspection(self, whose: str) -> tuple[str, dict[str, Any]]:
        return self._record(whose, "/sign", version="1")

    def _receive_inspection(self, whose: str) -> tuple[str, dict[str, Any]]:
        data = {"receipt-version": "1", "receipt-received_by": "見本", "receipt-received_on": "2026-04-01"}
        return self._record(whose, "/receipt", is_signed=True, **data)

    def _add_action(self, whose: str) -> tuple[str, dict[str, Any]]:
        return self._record(whose, "/actions", **{"new-what": "直す", "new-due_on": "2026-07-01"})

    def _change_action(self, whose: str) -> tuple[str, dict[str, Any]]:
        data = {"action-{}-version": "1", "action-{}-what": "直す", "action-{}-due_on": "2026-07-01"}
        return self._record(whose, "/actions/{}", **data)

    def _decide_use(self, whose: str) -> tuple[str, dict[str, Any]]:
        number = new_id() if whose == "gone" else self.house.use()
        return f"/staff/register/uses/{number}", {f"use-{number}-ground": "refused", f"use-{number}-reason": "要らない"}

    def _wording(self, whose: str) -> tuple[str, None]:
        return f"/admin/letters/{'L99' if whose == 'gone' else 'L12'}", None

    def _save_wording(self, whose: str) -> tuple[str, dict[str, Any]]:
        with self.app.app_context():
            found = find_wording("L12", "ja")
        data = {"language": "ja", "number": str(found.number if found else 0), "text": new_token()}
        return self._wording(whose)[0], data

    def _care(self, whose: str) -> tuple[str, dict[str, Any]]:
        code = "no-such-gap" if whose == "gone" else "address"
        with self.app.app_context():
            row = list_settled_gaps().get(code)
            version = row.version if row is not None else 0
        return f"/staff/register/{code}", {f"{code}-version": str(version)}

    def _close_alert(self, whose: str) -> tuple[str, dict[str, Any]]:
        ticket_id = self.house.case(self.owner(whose)).ticket_id
        alert_id = self.house.alert(ticket_id, ticket_id)
        if whose == "gone":
            self._write(update(Alert).where(Alert.id == alert_id).values(closed_at=clock.now()))
        return f"/admin/alerts/{alert_id}/acknowledge", {}

    def _retry_mail(self, whose: str) -> tuple[str, dict[str, Any]]:
        return self._stuck_mail(whose, MailState.DEAD, "retry")

    def _release_mail(self, whose: str) -> tuple[str, dict[str, Any]]:
        return self._stuck_mail(whose, MailState.HELD, "release")

    def _give_up_mail(self, whose: str) -> tuple[str, dict[str, Any]]:
        return self._stuck_mail(whose, MailState.HELD, "release")

    def _stuck_mail(self, whose: str, state: MailState, act: str) -> tuple[str, dict[str, Any]]:
        mail_id = self.house.mail(self.house.case(self.owner(whose)).ticket_id, state)
        return f"/admin/mail/{new_id() if whose == 'gone' else mail_id}/{act}", {}

    def _end_session(self, whose: str) -> tuple[str, dict[str, Any]]:
        staff_id = self.house.colleague if whose == "another's" else self.staff_id
        browser_of(self.app, staff_id)
        with self.app.app_context(), transaction():
            newest = select(StaffSession.id).where(StaffSession.staff_id == staff_id).order_by(StaffSession.id.desc())
            session_id = db.session.scalars(newest.limit(1)).one()
            if whose == "gone":
                assert end_session_by_id(session_id, staff_id)
        return f"/account/sessions/{session_id}/end", {}

    def _invitation(self, whose: str) -> tuple[str, dict[str, Any]]:
        return self._one_time(whose, TokenPurpose.INVITATION, TokenPurpose.RESET, "/invitation")

    def _new_password(self, whose: str) -> tuple[str, dict[str, Any]]:
        return self._one_time(whose, TokenPurpose.RESET, TokenPurpose.INVITATION, "/reset")

    def _one_time(self, whose: str, right: TokenPurpose, wrong: TokenPurpose, at: str) -> tuple[str, dict[str, Any]]:
        purpose, now = wrong if whose == "another's" else right, clock.now()
        with self.app.app_context(), transaction():
            token = issue_token(self._hired(), purpose, now)
            if whose == "gone":
                assert use_token(token, purpose, now)
        return f"{at}/{token}", {"new": "a new and very long one", "again": "a new and very long one"}

    def _open_link(self, whose: str) -> tuple[str, dict[str, Any]]:
        if whose == "another's":
            with self.app.app_context(), transaction():
                return f"/s/{issue_token(self._hired(), TokenPurpose.RESET, clock.now())}", {}
        case = open_case(self.app)
        if whose == "gone":
            link = Link.token_hash == token_hash(case.token)
            self._write(update(Link).where(link).values(revoked_at=clock.now()))
        return f"/s/{case.token}", {}

    _enter = _open_link

    def _hired(self) -> int:
        return hire(self.app, Role.AGENT, f"agent-{new_id()}@desk.example")

    def _write(self, statement: Any) -> None:
        with self.app.app_context(), transaction():
            db.session.execute(statement)


def addresses(app: Flask) -> list[tuple[str, str, str]]:
    """Return endpoint, method and language prefix of every route that names something, from the app's own table."""
    return [
        (rule.endpoint.replace("public_en.", "public."), method, "/en" if rule.endpoint.startswith("public_en") else "")
        for rule in app.url_map.iter_rules()
        if rule.arguments and rule.endpoint != "static"
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def letter(answer: TestResponse) -> str:
    """Return which of the four answers this is; any other is its status."""
    if answer.status_code == 303 and answer.headers["Location"].startswith("/sign-in?"):
        return "D"
    if answer.status_code == 303 and answer.headers["Location"] == "/sign-in" and answer.request.method == "POST":
        return "S" if answer.request.path.startswith(("/invitation/", "/reset/")) else "D"
    if answer.status_code == 403 and "ログインして元のページを開く" in answer.text:
        return "D"  # with what was typed, to be copied
    return {200: "S", 303: "S", 403: "F", 404: "N"}.get(answer.status_code, str(answer.status_code))


def test_every_address_that_names_something_has_a_row(app: Flask) -> None:
    assert {endpoint for endpoint, _method, _prefix in addresses(app)} == set(MATRIX)


@pytest.mark.parametrize("name", ASKERS)
def test_it_answers_each_asker_as_the_matrix_says(app: Flask, name: str) -> None:
    house = House(app)
    asker = Asker(app, house, name)
    column = ASKERS.index(name)
    wrong: dict[tuple[str, ...], object] = {}
    closed = []
    for endpoint, method, prefix in addresses(app):
        for whose, expected in zip(WHOSE, MATRIX[endpoint].split()[column], strict=True):
            question = asker.ask(endpoint, method, prefix, whose)
            if expected != "S":
                closed.append(((prefix, endpoint, method, whose, expected), question))
            elif (got := letter(question())) != expected:
                wrong[prefix, endpoint, method, whose] = (got, expected)
    before, refused = read_rows(app), refusals(app)
    for (*where, expected), question in closed:
        answer = question()
        if letter(answer) != expected or leaks(answer):
            wrong[tuple(where)] = (letter(answer), expected, leaks(answer))
    assert wrong == {}
    assert refusals(app) - refused == sum(
        expected == "F"
        or (name == "person" and endpoint == "public.get_file")
        or (expected == "N" and endpoint in NOTED)
        for (_prefix, endpoint, _method, whose, expected), _question in closed
    )
    assert unlike(before, read_rows(app)) == set()


def unlike(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    """Return the tables that are not as they were, but for the trail's notes of who was refused or looked."""
    return {name for name in after if name not in {"event", "staff_session"} and before[name] != after[name]}


def leaks(answer: TestResponse) -> list[str]:
    """Return what an answer that shows nothing shows."""
    path = answer.request.path
    words = (*SECRETS, TEXT.decode(), "回答書")
    return [word for word in words if word in answer.text.replace(path, "")]


def refusals(app: Flask) -> int:
    """Count the refusals in the trail."""
    with app.app_context():
        return db.session.scalar(select(func.count()).where(Event.kind == EventKind.REFUSED)) or 0


def test_a_number_in_a_form_reaches_nothing_of_anothers(app: Flask, client: FlaskClient) -> None:
    other, mine = new_token(), open_case(app)
    with app.app_context(), transaction():
        file = IncomingFile()
        file.write(TEXT)
        parked = file.park("回答書.txt", other, clock.now()).id
    enter(client, mine.token)
    before = read_rows(app)
    form = {"nonce": new_token(), "token": new_token(), "kind": "K40", "step": "content", "remove": str(parked)}
    for path in ("/requests/new", "/s/messages"):
        answer = press(client, path, form)
        assert (answer.status_code, leaks(answer)) == (200, []), path
    assert unlike(before, read_rows(app)) == set()


def test_a_case_goes_to_nobody_who_may_not_work_on_it(app: Flask) -> None:
    house = House(app)
    case, client = house.case(house.staff[Role.AGENT]), house.browser(Role.AGENT)
    fills, before = acts(house.colleague), read_rows(app)
    for act in ("assign", "escalate"):
        for who in (house.staff[Role.AUDITOR], house.staff[Role.ADMIN], new_id()):
            form = house.form(act, fills[act], case.ticket_id) | {f"{act}-to": str(who)}
            assert press(client, f"/staff/tickets/{case.ref}/{act}", form).status_code == 400, act
    assert unlike(before, read_rows(app)) == set()


READS_BY_POST = ("/staff/search", "/staff/register/consents/search", "/staff/tickets/x/messages/1/reveal")
"""A search is sent by POST so that its words stay out of the address, a look at a number because the trail notes it."""
OWN = ("/sign-", "/account", "/invitation", "/reset", "/signed-in", *READS_BY_POST)


def test_it_lets_an_auditor_change_nothing(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    staff_id = hire(app, Role.AUDITOR)
    for method, path, permission in paths(app):
        if method == "POST" and permission is not Permission.ANYONE and not path.startswith(OWN):
            assert browser_of(app, staff_id).post(path).status_code == 403, path


def test_it_shows_an_administrator_no_case(app: Flask) -> None:
    assert Permission.READ_TICKETS not in GRANTS[Role.ADMIN]
    client = browser_of(app, hire(app, Role.ADMIN))
    opened = {
        path
        for method, path, _permission in paths(app)
        if path.startswith(("/staff/", "/manager/")) and method == "GET" and client.get(path).status_code != 403
    }
    assert {path.rpartition("/")[0] for path in opened} == {"/staff", "/staff/register/services"}
    assert "/staff/register" in opened  # what the policy promises, and the services outside
