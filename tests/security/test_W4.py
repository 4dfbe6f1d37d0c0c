"""W4: what was typed stays text on every page of staff, managers and administrators: nothing runs, nothing is reported."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Response
from sqlalchemy import select, update

from desk import clock
from desk.accounts.models import Staff, TokenPurpose
from desk.accounts.permissions import Permission, Role, may
from desk.accounts.tokens import issue_token
from desk.attachments.models import Attachment
from desk.company.models import Company
from desk.db import db
from desk.mail.models import MailState
from desk.tickets.content import Said
from desk.transaction import transaction
from desk.web.routes import permission_of
from desk.web.staff.decision_forms import ROWS
from tests.house.test_documents import ROOT
from tests.security.house import House, acts
from tests.services.browser import Visitor, follow
from tests.web.hostile import CORPUS, FILE_NAME, POLYGLOT, add_hostile_file, enter_as, hostile_words, send_hostile_form
from tests.web.look import Watcher

DOORS = {
    Role.AGENT: ("staff.", "auth."),
    Role.MANAGER: (
        "manager.",
        "staff.register",
        "staff.care",
        "staff.service",
        "staff.new_s",
        "staff.add_s",
        "staff.change_s",
        "staff.uses",
        "staff.decide_use",
    ),
    Role.ADMIN: ("admin.",),
}
"""Who walks through which doors, or parts of one, by how the endpoints begin."""
SHOWING = {
    Role.AGENT: {"staff.queue", "staff.ticket", "auth.account"},
    Role.MANAGER: {"manager.dashboard", "manager.tickets", "manager.inspection", "staff.service", "staff.uses"},
    Role.ADMIN: {"admin.home", "admin.company", "admin.staff", "admin.member"},
}
"""Pages that must be seen to show what was typed: else the walk would prove nothing."""
ENDING = {"auth.sign_out", "auth.sign_out_everywhere", "auth.end_session", "auth.sign_in_done"}
"""Buttons that take no words and would end the walk, and an address that only leads on."""

FORMS = "form[method=post]"
ACTIONS = f"""[...document.querySelectorAll("{FORMS}")]
  .map((form) => new URL(form.getAttribute("action") || location.pathname, location).pathname)"""
SHOWN = """document.querySelector("main").innerText
  + [...document.querySelectorAll("main input, main textarea")].map((el) => el.value).join("\\n")"""
FILL = """(form, [texts, choices]) => {
  let next = 0;
  for (const el of form.elements) {
    if (el.name in choices && (el.tagName === "SELECT" || /-(email|expected_on|arrived_on|arrived_at|due_on|paid_on|yen)$/.test(el.name))) el.value = choices[el.name];
    else if (el.matches("textarea, input:not([type=hidden], [type=file], [type=checkbox], [type=radio])"))
      el.value = texts[next++ % texts.length];
  }
  form.noValidate = true;
  form.removeAttribute("target");
  form.requestSubmit(form.querySelector("button:not([name=remove])"));
}"""


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    """A desk with a mailbox, so that every button is there."""
    return environ | {"DESK_IMAP_URL": "imap://cs@127.0.0.1:9/INBOX", "DESK_IMAP_PASSWORD": "open-sesame"}


@pytest.fixture
def database() -> str:
    """What a page escapes does not depend on the database."""
    return "sqlite"


class Walker(Watcher):
    """Somebody who types hostile text into whatever takes text, and watches each page that comes back."""

    def __init__(self, app: Flask, live: str, context: BrowserContext) -> None:
        super().__init__(context)
        self.app, self.live = app, live
        self.routes = app.url_map.bind("127.0.0.1")
        self.asked: set[tuple[str, str]] = set()
        """Method and endpoint of everything the browser asked for."""
        self.showed: set[str] = set()
        """Endpoints that showed something hostile."""
        self.opened: set[str] = set()
        """Addresses that are pages and no downloads."""
        self.here = ""
        """The endpoint that made the page."""
        self.page.on("response", self._document)

    def go(self, path: str) -> None:
        """Open an address and watch; a download or a picture has no page, and only its headers are looked at."""
        if path not in self.opened:
            found = self.page.request.head(self.live + path, max_redirects=0)
            is_picture = found.headers.get("content-type", "").startswith("image/")
            if is_picture or "attachment" in found.headers.get("content-disposition", ""):
                self._note("GET", found.url, found.headers)
                return
            self.opened.add(path)
        self.page.goto(self.live + path)
        self.watch(path)

    def watch(self, name: str) -> None:
        """Note also which pages do show what was typed."""
        super().watch(name)
        if "alert(1" in self.page.evaluate(SHOWN):
            self.showed.add(self.here)

    def press(self, action: str, **choices: str) -> None:
        """Fill a form with hostile text, and with a file of a hostile name where one is taken; send it and watch."""
        form = self.page.locator(FORMS).nth(self.page.evaluate(ACTIONS).index(action))
        files = form.locator("input[type=file]")
        if files.count():
            files.set_input_files({"name": FILE_NAME, "mimeType": "text/plain", "buffer": b"memo"})
        with self.page.expect_navigation():
            form.evaluate(FILL, [CORPUS, choices])
        self.watch(f"{action}, pressed")

    def press_all(self, path: str) -> None:
        """Press every button of a page once, those included that appear when others are pressed."""
        done: set[str] = set()
        while True:
            self.go(path)
            new = [action for action in self.page.evaluate(ACTIONS) if action not in done and self._may_press(action)]
            if not new:
                return
            done.add(new[0])
            self.press(new[0])

    def _may_press(self, action: str) -> bool:
        return self._endpoint(self.live + action, "POST") not in ENDING

    def _endpoint(self, url: str, method: str) -> str:
        return str(self.routes.match(urlsplit(url).path, method)[0])

    def _document(self, response: Response) -> None:
        if response.request.resource_type == "document" and response.url.startswith(self.live):
            self._note(response.request.method, response.url, response.headers)

    def _note(self, method: str, url: str, headers: dict[str, str]) -> None:
        self.here = self._endpoint(url, method)
        self.asked.add((method, self.here))
        policy = headers.get("content-security-policy", "")
        directives = {name: values for name, *values in (part.split() for part in policy.split(";"))}
        scripts = directives.get("script-src", directives.get("default-src"))
        if directives.get("default-src") != ["'none'"] or scripts not in (["'self'"], ["'none'"]):
            self.wrong.append(f"{url}: the policy is {policy!r}")


@pytest.fixture
def house(app: Flask) -> House:
    """A desk whose company and colleagues have hostile names."""
    house = House(app)
    with app.app_context(), transaction():
        db.session.execute(update(Company).values(name_ja=POLYGLOT, name_en=POLYGLOT, address_ja=POLYGLOT))
        db.session.execute(update(Staff).values(name=CORPUS[1][:100]))
    return house


@pytest.fixture
def walker(app: Flask, live: str, visitor: Visitor) -> Iterator[Walker]:
    """Somebody who walks; at the end nothing may have run, and the policy had nothing to stop."""
    walking = Walker(app, live, visitor.open())
    yield walking
    assert walking.wrong == []


def routes(app: Flask, role: Role, method: str) -> set[str]:
    """Return the endpoints behind somebody's doors that take a method and that they may ask, by the application's table."""
    return {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith(DOORS[role])
        and method in (rule.methods or set())
        and may(role, permission_of(rule.endpoint) or Permission.ANYONE)
    } - ENDING


def paths(walker: Walker, house: House, role: Role) -> list[str]:
    """Return an address for every page behind somebody's doors, its parts filled in with what is hostile."""
    number = Said(f"{POLYGLOT} 口座番号は 7654321 です")  # so that there is one to be shown in full
    case = house.case(house.staff[Role.AGENT], **hostile_words() | {"said": number})
    add_hostile_file(walker.app, case)
    house.handed_over(case.ticket_id)
    document_id, mail_id = house.document(case.ticket_id, f"{FILE_NAME}.jpg"), house.received(POLYGLOT)
    adopted_id = house.policy("発送のため", date(2024, 4, 1))
    policy_id, service_id = house.policy(POLYGLOT.replace("\n", " ")), house.service(POLYGLOT)
    year, _action = house.inspection(POLYGLOT, 2001)
    house.consent(POLYGLOT)
    house.use(POLYGLOT)
    with walker.app.app_context(), transaction():
        parts = {
            "ref": case.ref,
            "code": "L12",
            "file_id": db.session.scalars(
                select(Attachment.id).where(Attachment.ticket_id == case.ticket_id).order_by(Attachment.id)
            ).first(),
            "document_id": document_id,
            "number": 1,
            "staff_id": house.colleague,
            "mail_id": mail_id,
            "policy_id": policy_id,
            "service_id": service_id,
            "year": year,
        }
        tokens = {
            "auth.invitation": issue_token(house.colleague, TokenPurpose.INVITATION, clock.now()),
            "auth.new_password": issue_token(house.staff[Role.AUDITOR], TokenPurpose.RESET, clock.now()),
        }
    beside = [f"/admin/policy/{adopted_id}"] if role is Role.ADMIN else []  # what a draft's page has no form for
    return beside + [
        walker.routes.build(rule.endpoint, {name: parts.get(name) or tokens[rule.endpoint] for name in rule.arguments})
        for rule in walker.app.url_map.iter_rules()
        if rule.endpoint in routes(walker.app, role, "GET") and "GET" in (rule.methods or set())
    ]


def press_stuck_mails(walker: Walker, house: House) -> None:
    """Press the buttons of mail that has not left, the one for all of them last."""
    for state in (MailState.DEAD, MailState.HELD):
        cases = [house.case(house.colleague, **hostile_words()) for _ in range(3)]
        mails = [house.mail(case.ticket_id, state) for case in cases]
        page = f"/admin/mail?state={state}"
        walker.go(page)
        walker.press(f"/admin/mail/{mails[0]}/{'retry' if state is MailState.DEAD else 'release'}")
        if state is MailState.HELD:
            walker.go(page)
            walker.press(f"/admin/mail/{mails[1]}/give-up")
        walker.press_all(page)


def query() -> str:
    """Return a query in which every name that the desk reads from an address has a hostile value."""
    source = "".join(path.read_text() for path in (ROOT / "desk" / "web").rglob("*.py"))
    names = sorted(set(re.findall(r'\bargs(?:\.get\(|\[)"(\w+)"', source)))
    assert {"next", "view", "cursor", "from", "part"} <= set(names)
    return urlencode({name: CORPUS[number % len(CORPUS)] for number, name in enumerate(names)})


@pytest.mark.parametrize("role", DOORS)
def test_every_page_shows_text_as_text(app: Flask, live: str, walker: Walker, house: House, role: Role) -> None:
    for text in CORPUS:
        send_hostile_form(app, text)
    house.alert(1)
    enter_as(app, live, walker.page.context, house.staff[role])
    hostile = query()
    for path in paths(walker, house, role):
        walker.go(f"{path}?{hostile}")
        walker.press_all(path)
    if role is Role.MANAGER:
        walker.press_all("/manager/inspections/2003")  # nobody has opened that record yet
    if role is Role.ADMIN:
        press_stuck_mails(walker, house)
    assert {endpoint for method, endpoint in walker.asked if method == "GET"} >= routes(app, role, "GET")
    others = {f"staff.{act}" for act in acts(0)}  # on cases of their own, below
    assert {endpoint for method, endpoint in walker.asked if method == "POST"} >= routes(app, role, "POST") - others
    assert walker.showed >= SHOWING[role]


def test_every_act_on_a_case_shows_text_as_text(app: Flask, live: str, walker: Walker, house: House) -> None:
    enter_as(app, live, walker.page.context, house.staff[Role.AGENT])
    house.consent(POLYGLOT, "taro@example.jp")
    for act, fill in acts(house.colleague).items():
        case = house.case(house.colleague, fill, **hostile_words(by_mail=fill.by_mail))
        ticket = f"/staff/tickets/{case.ref}"
        choices = {f"{act}-{name}": str(value) for name, value in fill.fields.items()}
        if act == "decide":  # text goes into every row, and each row with text needs its result
            rows = range(ROWS)
            choices |= {f"decide-result_{row}": "refused" for row in rows}
            choices |= {f"decide-ground_{row}": "G5" for row in rows}
        page = f"{ticket}/decision" if act in {"decide", "approve", "send_back"} else ticket
        walker.go(page)
        walker.press(f"{ticket}/{act}", **choices)
        if act in {"answer", "wait", "close", "change_address", "tell_delay"}:
            click(walker, "edit")
            walker.press(f"{ticket}/{act}", **choices)
            click(walker, "send")
        assert ("POST", f"staff.{act}") in walker.asked
        if act != "letter":  # it stays where it is printed; the others lead back when they are done
            assert walker.page.url.endswith(page), walker.page.inner_text("main")
        walker.showed.clear()
        walker.go(ticket)
        assert walker.showed == {"staff.ticket"}


def click(walker: Walker, step: str) -> None:
    """Press a button of the page where it is shown what will leave."""
    with walker.page.expect_navigation():
        follow(walker.page, f"main button[value={step}]")
    walker.watch(step)


POLICY = "default-src 'none'; script-src 'self'"
BROKEN = {
    "a script in the page": (None, "<script>alert(1)</script>"),
    "a script that the policy stops": (POLICY, "<script>alert(1)</script>"),
    "a handler": (POLICY, "<b onclick='alert(1)'>x</b>"),
    "markup that runs nothing": (POLICY, "<xss-probe>x</xss-probe>"),
    "an address that runs": (POLICY, "<a href=' javascript:alert(1)'>x</a>"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_it_would_see_a_page_that_forgot_to_escape(visitor: Visitor, name: str) -> None:
    policy, html = BROKEN[name]
    headers: dict[str, Any] = {"Content-Security-Policy": policy} if policy else {}
    watcher = Watcher(visitor.open())
    watcher.page.route("**/*", lambda route: route.fulfill(body=html, content_type="text/html", headers=headers))
    watcher.page.goto("http://127.0.0.1:9/")
    watcher.watch(name)
    assert watcher.wrong
    if "stops" in name:
        assert any("Content Security Policy: " in line for line in watcher.wrong)
