"""Every button of every door with its form rightly filled in, ready to be pressed; by the name of its route."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import delete, select, update

from desk import clock
from desk.accounts.models import Staff, StaffSession, TokenPurpose
from desk.accounts.permissions import Role
from desk.accounts.tokens import issue_token
from desk.company.models import Company, Procedure, Setting
from desk.company.settings import SETTINGS, get_setting
from desk.db import db
from desk.mail.models import MailState
from desk.policy.inspections import CorrectiveAction, Inspection
from desk.policy.models import PolicyGap, PolicyVersion
from desk.policy.notices import PolicyNotice
from desk.tickets.references import grouped
from desk.tickets.wordings import LetterWording
from desk.transaction import transaction
from desk.vault.seal import new_token
from desk.web.admin.procedure_form import LINES
from desk.web.staff.identity_forms import BOXES
from desk.web.staff.services import DAYS, TEXTS
from tests.people import PASSWORD, browser_of, hire, person
from tests.pictures import picture
from tests.security.house import House, acts, press
from tests.web.api.calls import GOOD
from tests.web.pages import form_in
from tests.web.public.people import enter, give_code, mailed_code, open_case
from tests.web.public.test_request_form import walk

NEW_PASSWORD = {"new": "a new and very long one", "again": "a new and very long one"}


@dataclass
class Button:
    """One press that would do something: by whom, where, with which fields (all that the form has), about what."""

    client: FlaskClient
    path: str
    data: dict[str, Any] = field(default_factory=dict)
    ticket_id: int | None = None
    names: dict[Any, str] = field(default_factory=dict)
    """What to call the numbers it is about."""


Make = Callable[[House, str], Button]
BUTTONS: dict[str, Make] = {}


def button(endpoint: str) -> Callable[[Make], Make]:
    """Keep how a route's button is made ready; `tag` makes one press different from its twin."""

    def keep(make: Make) -> Make:
        BUTTONS[endpoint] = make
        return make

    return keep


def _colleague(house: House, tag: str, **values: Any) -> int:
    staff_id = hire(house.app, Role.AGENT, f"{tag}-{new_token()[:8].lower()}@desk.example")
    with house.app.app_context(), transaction():
        if values:
            db.session.execute(update(Staff).where(Staff.id == staff_id).values(**values))
    return staff_id


def _about(house: House, page: str, **data: Any) -> Make:
    """Return the making of a button on the page of one member of staff."""

    def make(house: House, tag: str) -> Button:
        number = _colleague(house, tag, is_active=page != "reactivate")
        fields: dict[str, Any] = {"version": person(house.app, number).version, **data}
        return Button(
            house.browser(Role.ADMIN), f"/admin/staff/{number}/{page}", fields, names={number: "the colleague"}
        )

    return make


def _act(name: str) -> Make:
    """Return the making of a button of the ticket page."""

    def make(house: House, tag: str) -> Button:
        fill = acts(house.colleague)[name]
        case = house.case(house.colleague, fill)
        data = house.form(name, fill, case.ticket_id)
        path = f"/staff/tickets/{case.ref}/{name}"
        return Button(house.browser(Role.AGENT), path, data, case.ticket_id, {case.ref: "a reference"})

    return make


BUTTONS.update({f"staff.{name}": _act(name) for name in acts(0)})
for _name, _page, _data in (
    ("change_role", "role", {"role": "auditor"}),
    ("deactivate", "deactivate", {}),
    ("reactivate", "reactivate", {}),
    ("send_link", "link", {}),
):
    BUTTONS[f"admin.{_name}"] = _about(House, _page, **_data)  # type: ignore[arg-type]


@button("staff.search")
def _search(house: House, tag: str) -> Button:
    return Button(house.browser(Role.AGENT), "/staff/search", {"q": "領収書", "cursor": ""})


@button("staff.judge")
def _judge(house: House, tag: str) -> Button:
    number = house.received()
    return Button(
        house.browser(Role.AGENT), f"/staff/mail/{number}/judge", {"wish": "new", "ref": ""}, names={number: "the mail"}
    )


@button("staff.hand_over")
def _hand_over(house: House, tag: str) -> Button:
    case = house.case(house.colleague)
    number = house.handed_over(case.ticket_id)
    path = f"/staff/tickets/{case.ref}/messages/{number}/hand_over"
    names = {case.ref: "a reference", number: "a message"}
    return Button(house.browser(Role.AGENT), path, {"wish": "stop"}, case.ticket_id, names)


def _document(house: House, page: str, data: dict[str, str]) -> Button:
    case = house.case(house.colleague)
    number = house.document(case.ticket_id)
    path = f"/staff/tickets/{case.ref}/identity/{number}/{page}"
    names = {case.ref: "a reference", number: "a document"}
    return Button(house.browser(Role.AGENT), path, data, case.ticket_id, names)


@button("staff.mark_document")
def _mark_document(house: House, tag: str) -> Button:
    case = house.case(house.colleague)
    data = {"file": str(house.file(case.ticket_id)), "document": "licence", "whose": "person"}
    path = f"/staff/tickets/{case.ref}/identity"
    return Button(house.browser(Role.AGENT), path, data, case.ticket_id, {case.ref: "a reference"})


@button("staff.judge_document")
def _judge_document(house: House, tag: str) -> Button:
    return _document(house, "judge", {"wish": "refuse", "seen": "name", "text": "不鮮明なため"})


@button("staff.cover_document")
def _cover_document(house: House, tag: str) -> Button:
    sides = {"left": "0", "top": "0", "width": "10", "height": "10"}
    boxes = {f"{side}_{row}": value for row in range(BOXES) for side, value in sides.items()}
    return _document(house, "cover", {"page": "1", **boxes})


@button("staff.destroy_document")
def _destroy_document(house: House, tag: str) -> Button:
    return _document(house, "destroy", {"sure": "yes"})


@button("staff.reveal")
def _reveal(house: House, tag: str) -> Button:
    case = house.case(house.colleague)
    number = house.message(case.ticket_id)
    path = f"/staff/tickets/{case.ref}/messages/{number}/reveal"
    return Button(house.browser(Role.AUDITOR), path, {}, case.ticket_id, {case.ref: "a reference", number: "a message"})


def _stuck(house: House, state: MailState, path: str) -> Button:
    case = house.case(house.colleague)
    number = house.mail(case.ticket_id, state)
    names = {case.ref: "a reference", number: "the mail"}
    data = {"back": "held"}
    return Button(house.browser(Role.ADMIN), path.format(number), data, case.ticket_id, names)


@button("admin.retry_mail")
def _retry_mail(house: House, tag: str) -> Button:
    return _stuck(house, MailState.DEAD, "/admin/mail/{}/retry")


@button("admin.release_mail")
def _release_mail(house: House, tag: str) -> Button:
    return _stuck(house, MailState.HELD, "/admin/mail/{}/release")


@button("admin.give_up_mail")
def _give_up_mail(house: House, tag: str) -> Button:
    return _stuck(house, MailState.HELD, "/admin/mail/{}/give-up")


@button("admin.release_all")
def _release_all(house: House, tag: str) -> Button:
    return _stuck(house, MailState.HELD, "/admin/mail/release")


@button("admin.save_kind")
def _save_kind(house: House, tag: str) -> Button:
    data = {"activate": "N-COOKIE", "N-COOKIE-checked_by": tag, "N-COOKIE-checked_on": "2026-04-01"}
    return Button(house.browser(Role.ADMIN), "/admin/settings/kinds", {**data, "N-COOKIE-source": "電気通信事業法"})


@button("admin.save_wording")
def _save_wording(house: House, tag: str) -> Button:
    with house.app.app_context(), transaction():
        db.session.execute(delete(LetterWording))
    data = {"language": "ja", "number": "0", "text": tag}
    return Button(house.browser(Role.ADMIN), "/admin/letters/L12", data)


SERVICE = dict.fromkeys((*TEXTS, *DAYS, "country"), "")


@button("staff.add_service")
def _add_service(house: House, tag: str) -> Button:
    data = SERVICE | {"name": tag, "relation": "委託", "is_used": "y"}
    return Button(house.browser(Role.MANAGER), "/staff/register/services/new", data)


@button("staff.change_service")
def _change_service(house: House, tag: str) -> Button:
    number = house.service()
    data = SERVICE | {"version": "1", "name": tag, "relation": "第三者提供", "is_used": "y"}
    return Button(
        house.browser(Role.MANAGER), f"/staff/register/services/{number}", data, names={number: "the service"}
    )


@button("staff.add_check")
def _add_check(house: House, tag: str) -> Button:
    number = house.service()
    data = {"checked_on": "2026-04-01", "seen": tag, "again_on": "2031-05-01"}
    path = f"/staff/register/services/{number}/checks"
    return Button(house.browser(Role.MANAGER), path, data, names={number: "the service"})


def _inspect(act: str, *, is_signed: bool = False, **data: str) -> Make:
    """Return the making of a button on the record of a yearly inspection."""

    def make(house: House, tag: str) -> Button:
        year, action = house.inspection(is_signed=is_signed)
        prefix = {"receipt": "receipt-", "actions": "new-", "actions/{}": f"action-{action}-"}.get(act, "")
        fields = {f"{prefix}{name}": value.format(tag) for name, value in {"version": "1", **data}.items()}
        path = f"/manager/inspections/{year}/{act.format(action)}".rstrip("/")
        return Button(house.browser(Role.MANAGER), path, fields, names={year: "the year", action: "the action"})

    return make


ACTION = {"what": "{}", "owner": "", "due_on": "2026-07-01", "result": "{}", "is_done": "y"}
BUTTONS |= {
    "manager.save_inspection": _inspect(
        "", findings="{}", trained="3", trained_on="2026-04-01", rights_reviewed_on="", sampled="", sample_errors=""
    ),
    "manager.sign_inspection": _inspect("sign"),
    "manager.receive_inspection": _inspect(
        "receipt", is_signed=True, received_by="{}", received_on="2026-04-01", decisions="{}"
    ),
    "manager.add_action": _inspect("actions", **ACTION),
    "manager.change_action": _inspect("actions/{}", **ACTION),
}


@button("manager.open_inspection")
def _open_inspection(house: House, tag: str) -> Button:
    with house.app.app_context(), transaction():
        db.session.execute(delete(CorrectiveAction))
        db.session.execute(delete(Inspection))
    return Button(house.browser(Role.MANAGER), "/manager/inspections/2024/open")


@button("staff.ask_use")
def _ask_use(house: House, tag: str) -> Button:
    return Button(house.browser(Role.AGENT), "/staff/register/uses", {"what": tag})


@button("staff.decide_use")
def _decide_use(house: House, tag: str) -> Button:
    number = house.use()
    data = {f"use-{number}-ground": "18-3-1", f"use-{number}-reason": tag}
    return Button(house.browser(Role.MANAGER), f"/staff/register/uses/{number}", data, names={number: "the use"})


@button("staff.record_ticket")
def _record_ticket(house: House, tag: str) -> Button:
    texts = ("posted_on", "tracking", "about", "reading", "company", "department", "phone", "postal_code", "address")
    agent = ("agent_name", "agent_relation", "agent_email", "agent_phone", "agent_postal_code", "agent_address")
    data = dict.fromkeys((*texts, *agent), "") | {
        "nonce": new_token(),
        "channel": "phone",
        "arrived_on": f"{clock.today()}",
        "arrived_at": "",
        "language": "ja",
        "kind": "K40",
        "population": "user",
        "body": tag,
        "method": "electronic",
        "acts": "self",
        "name": tag,
        "email": f"{tag}@secret.example",
    }
    return Button(house.browser(Role.AGENT), "/staff/tickets/new", data)


@button("staff.add_consent")
def _add_consent(house: House, tag: str) -> Button:
    said = {"name": tag, "email": f"{tag}@secret.example", "version": "", "wording": tag, "given_on": "2026-04-01"}
    data = {f"new-{name}": value for name, value in (said | {"channel": "form"}).items()}
    return Button(house.browser(Role.AGENT), "/staff/register/consents", data)


@button("staff.search_consents")
def _search_consents(house: House, tag: str) -> Button:
    return Button(house.browser(Role.AUDITOR), "/staff/register/consents/search", {"email": "saeko@secret.example"})


@button("staff.care")
def _care(house: House, tag: str) -> Button:
    with house.app.app_context(), transaction():
        db.session.execute(delete(PolicyGap))
    data = {"fee-version": "0", "fee-answer_ja": tag, "fee-approved": "y"}
    return Button(house.browser(Role.MANAGER), "/staff/register/fee", data)


@button("admin.save_procedure")
def _save_procedure(house: House, tag: str) -> Button:
    with house.app.app_context(), transaction():
        db.session.execute(update(Procedure).values(version=1, officer_ja="", fee_yen=0, has_body=None))
    data = {"version": "1", "officer_ja": tag, "fee_yen": "300", "has_body": "no"}
    data |= dict.fromkeys(set(LINES) - {"officer_ja"}, "") | {"commission_checked_on": ""}
    return Button(house.browser(Role.ADMIN), "/admin/procedure", data)


@button("admin.hand_in_policy")
def _hand_in_policy(house: House, tag: str) -> Button:
    text = f"# プライバシーポリシー {tag}\n\n## 利用目的\n\n- 発送のため\n\n## 窓口\n\n電話\n"
    return Button(house.browser(Role.ADMIN), "/admin/policy", {"file": (BytesIO(text.encode()), "policy.md")})


@button("admin.place_policy")
def _place_policy(house: House, tag: str) -> Button:
    number = house.policy(tag)
    data = {"version": "1", "user": tag}
    return Button(house.browser(Role.ADMIN), f"/admin/policy/{number}/place", data, names={number: "the draft"})


@button("admin.adopt_policy")
def _adopt_policy(house: House, tag: str) -> Button:
    with house.app.app_context(), transaction():
        db.session.execute(delete(PolicyNotice))
        db.session.execute(delete(PolicyVersion))
    number = house.policy(tag)
    data = {"version": "1", "effective_on": "2024-04-01", "needs_consent": "y"}
    return Button(house.browser(Role.ADMIN), f"/admin/policy/{number}/adopt", data, names={number: "the draft"})


@button("admin.discard_policy")
def _discard_policy(house: House, tag: str) -> Button:
    number = house.policy(tag)
    data = {"version": "1"}
    return Button(house.browser(Role.ADMIN), f"/admin/policy/{number}/discard", data, names={number: "the draft"})


@button("admin.mail_policy")
def _mail_policy(house: House, tag: str) -> Button:
    number = _adopted(house, tag)
    data = {"words_ja": tag, "words_en": tag}
    return Button(house.browser(Role.ADMIN), f"/admin/policy/{number}/mail", data, names={number: "the version"})


@button("admin.note_notice")
def _note_notice(house: House, tag: str) -> Button:
    number = _adopted(house, tag)
    return Button(
        house.browser(Role.ADMIN), f"/admin/policy/{number}/notice", {"words": tag}, names={number: "the version"}
    )


def _adopted(house: House, tag: str) -> int:
    """Return the one version of a register that has no other."""
    with house.app.app_context(), transaction():
        db.session.execute(delete(PolicyNotice))
        db.session.execute(delete(PolicyVersion))
    return house.policy(tag, date(2024, 4, 1))


@button("admin.close_alert")
def _close_alert(house: House, tag: str) -> Button:
    case = house.case(house.colleague)
    number = house.alert(case.ticket_id, case.ticket_id)
    return Button(house.browser(Role.ADMIN), f"/admin/alerts/{number}/acknowledge", {}, names={number: "the alert"})


@button("admin.invite")
def _invite(house: House, tag: str) -> Button:
    data = {"email": f"{tag}@desk.example", "name": tag, "role": "agent", "language": "ja"}
    return Button(house.browser(Role.ADMIN), "/admin/staff/invite", data)


@button("admin.save_company")
def _save_company(house: House, tag: str) -> Button:
    data: dict[str, Any] = {
        "name_ja": f"株式会社 {tag}",
        "name_en": f"{tag} Inc.",
        "contact_email": f"{tag}@desk.example",
    }
    data |= {"postal_code": "100-0001", "address_ja": tag, "address_en": tag, "phone": "03-1234-5678"}
    data |= {"policy_url": f"https://{tag}.example/", "version": _company(house, phone="", postal_code="").version}
    return Button(house.browser(Role.ADMIN), "/admin/company", data)


@button("admin.save_closures")
def _save_closures(house: House, tag: str) -> Button:
    data = {"yearly_first": ["12-29"], "yearly_last": ["01-03"], "dated_first": ["2031-05-01"], "dated_last": [""]}
    return Button(
        house.browser(Role.ADMIN), "/admin/company/closures", {**data, "version": _company(house, closures={}).version}
    )


def _company(house: House, **values: Any) -> Company:
    """Return the company as it was at first in some of its values."""
    with house.app.app_context():
        with transaction():
            db.session.execute(update(Company).values(version=1, **values))
        return db.session.scalars(select(Company)).one()


@button("admin.save_settings")
def _save_settings(house: House, tag: str) -> Button:
    with house.app.app_context():
        with transaction():
            db.session.execute(delete(Setting))
        values = {name: str(get_setting(name)) for name in SETTINGS}
    data = values | {f"was_{name}": value for name, value in values.items()} | {"wait_days": "21"}
    return Button(house.browser(Role.ADMIN), "/admin/settings", data)


@button("admin.send_test")
def _send_test(house: House, tag: str) -> Button:
    return Button(house.browser(Role.ADMIN), "/admin/mail/test")


@button("admin.read_mailbox")
def _read_mailbox(house: House, tag: str) -> Button:
    return Button(house.browser(Role.ADMIN), "/admin/mail/fetch")


def _signed_in(house: House, tag: str, path: str, **data: Any) -> Button:
    staff_id = _colleague(house, tag)
    return Button(browser_of(house.app, staff_id), path, data, names={staff_id: "oneself"})


@button("auth.change_profile")
def _change_profile(house: House, tag: str) -> Button:
    return _signed_in(house, tag, "/account", name="新しい名前", language="en")


@button("auth.password")
def _password(house: House, tag: str) -> Button:
    return _signed_in(house, tag, "/account/password", current=PASSWORD, **NEW_PASSWORD)


@button("auth.end_session")
def _end_session(house: House, tag: str) -> Button:
    ready = _signed_in(house, tag, "")
    with house.app.app_context():
        mine = StaffSession.staff_id == next(iter(ready.names))
        number = db.session.scalars(select(StaffSession.id).where(mine)).one()
    ready.path = f"/account/sessions/{number}/end"
    return ready


@button("auth.sign_out")
def _sign_out(house: House, tag: str) -> Button:
    return _signed_in(house, tag, "/sign-out")


@button("auth.sign_out_everywhere")
def _sign_out_everywhere(house: House, tag: str) -> Button:
    return _signed_in(house, tag, "/sign-out/everywhere")


def _stranger(house: House, staff_id: int, path: str, **data: Any) -> Button:
    return Button(house.app.test_client(), path, data, names={staff_id: "oneself"})


@button("auth.sign_in")
def _sign_in(house: House, tag: str) -> Button:
    number = _colleague(house, tag)
    return _stranger(
        house, number, "/sign-in", email=person(house.app, number).email, password=PASSWORD, next="/account"
    )


@button("auth.reset")
def _reset(house: House, tag: str) -> Button:
    number = _colleague(house, tag)
    return _stranger(house, number, "/reset", email=person(house.app, number).email)


def _one_time(house: House, tag: str, purpose: TokenPurpose, at: str) -> Button:
    number = _colleague(house, tag)
    with house.app.app_context(), transaction():
        token = issue_token(number, purpose, clock.now())
    return _stranger(house, number, f"{at}/{token}", **NEW_PASSWORD)


@button("auth.invitation")
def _invitation(house: House, tag: str) -> Button:
    return _one_time(house, tag, TokenPurpose.INVITATION, "/invitation")


@button("auth.new_password")
def _new_password(house: House, tag: str) -> Button:
    return _one_time(house, tag, TokenPurpose.RESET, "/reset")


def _visit(house: House, path: str, *, coded: bool = False, **data: Any) -> Button:
    case, client = open_case(house.app), house.app.test_client()
    enter(client, case.token)
    if coded:
        give_code(house.app, client)
    return Button(client, path, data, case.ticket_id, {case.ref: "a reference"})


@button("public.enter")
def _enter(house: House, tag: str) -> Button:
    case = open_case(house.app)
    return Button(house.app.test_client(), f"/s/{case.token}", {}, case.ticket_id)


@button("public.add_message")
def _add_message(house: House, tag: str) -> Button:
    return _visit(house, "/s/messages", text="追加の連絡です", nonce=new_token())


@button("public.send_identity")
def _send_identity(house: House, tag: str) -> Button:
    case, client = open_case(house.app, kind="D33"), house.app.test_client()
    enter(client, case.token)
    data = {"whose": "person", "document": "licence", "covered": "y", "nonce": new_token()}
    with_file = data | {"uploads": (BytesIO(picture()), "licence.jpg")}
    return Button(client, "/s/identity", with_file, case.ticket_id, {case.ref: "a reference"})


@button("public.ask_code")
def _ask_code(house: House, tag: str) -> Button:
    return _visit(house, "/s/code")


@button("public.check_code")
def _check_code(house: House, tag: str) -> Button:
    ready = _visit(house, "/s/code")
    assert press(ready.client, ready.path, {}).status_code == 303
    ready.path, ready.data = "/s/code/check", {"code": mailed_code(house.app)}
    return ready


@button("public.withdraw")
def _withdraw(house: House, tag: str) -> Button:
    return _visit(house, "/s/withdraw", coded=True)


@button("public.leave")
def _leave(house: House, tag: str) -> Button:
    return _visit(house, "/s/leave", coded=True)


@button("public.ask_link")
def _ask_link(house: House, tag: str) -> Button:
    case = open_case(house.app)
    data = {"reference": grouped(case.ref)}
    return Button(house.app.test_client(), "/status", data, case.ticket_id)


@button("public.send_request")
def _send_request(house: House, tag: str) -> Button:
    client = house.app.test_client()
    return Button(client, "/requests/new", form_in(walk(client)).fields)


@button("intake.create_request")
def _create_request(house: House, tag: str) -> Button:
    return Button(house.app.test_client(), "/api/v1/requests", dict(GOOD))
