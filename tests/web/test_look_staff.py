"""Every page of the staff, manager, administrator and sign-in doors, looked at: accessible, within the screen, W4."""

import re

import pytest
from flask import Flask

from desk import clock
from desk.accounts.models import Staff, TokenPurpose
from desk.accounts.permissions import Role
from desk.accounts.sessions import begin_session
from desk.accounts.tokens import issue_token
from desk.db import db
from desk.develop.seed.run import seed_tickets
from desk.events.alerts import open_alert
from desk.tickets.content import Contact, Origin, Said
from desk.transaction import transaction
from tests.cases import open_one
from tests.people import hire
from tests.services.browser import Visitor
from tests.web.look import POLYGLOT, Looker

JAPANESE = re.compile(r"[ぁ-んァ-ヶ一-龠々ー]+")
BUTTON = "button[type=submit] >> nth=-1"


@pytest.fixture
def database() -> str:
    """How pages look does not depend on the database."""
    return "sqlite"


def come_in(app: Flask, live: str, looker: Looker, role: Role, language: str) -> int:
    """Hire somebody whose very name is hostile, and sign them in."""
    staff_id = hire(app, role)
    with app.app_context(), transaction():
        staff = db.session.get_one(Staff, staff_id)
        staff.language, staff.name = language, POLYGLOT[:60]
        token = begin_session(staff_id, clock.now())
    looker.page.context.add_cookies([{"name": "staff", "value": token, "url": live}])
    return staff_id


def hostile_ticket(app: Flask) -> str:
    """Open a ticket in which everything that can be typed is hostile; return its reference."""
    person = Contact(
        name=POLYGLOT[:100], reading=POLYGLOT[:100], email="taro@example.jp", phone=POLYGLOT[:30],
        company=POLYGLOT[:100], department=POLYGLOT[:100], address=POLYGLOT,
    )  # fmt: skip
    agent = Contact(name=POLYGLOT[:100], email="agent@example.jp", relation="appointed")
    origin = Origin(address="192.0.2.1", user_agent=POLYGLOT, referrer=f"https://example.jp/{POLYGLOT}")
    with app.app_context():
        return open_one(person=person, agent=agent, said=Said(POLYGLOT), origin=origin).ref


def test_the_staff_door(app: Flask, live: str, looker: Looker, language: str) -> None:
    with app.app_context():
        seed_tickets(60, seed=3)
    ref = hostile_ticket(app)
    come_in(app, live, looker, Role.AGENT, language)
    page, ticket = looker.page, f"{live}/staff/tickets/{ref}"
    looker.go(f"{live}/staff/", "queue")
    for view in ("mine", "overdue", "waiting", "closed"):
        looker.go(f"{live}/staff/?view={view}", f"queue-{view}")
    page.goto(f"{live}/staff/")
    page.press("body", "/")
    page.keyboard.type("領収書")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    looker.look("search")
    looker.go(ticket, "ticket")
    for details in page.query_selector_all("main details"):
        details.evaluate("element => { element.open = true }")
    looker.look("ticket-unfolded")
    page.goto(ticket)
    page.click(f"form[action$='{ref}/take'] button")
    page.fill("textarea[name=answer-text]", POLYGLOT)
    page.click(f"form[action$='{ref}/answer'] {BUTTON}")
    looker.look("answer-look")
    page.click(f"form[action$='{ref}/answer'] button[value=send]")
    looker.look("answered")
    other = page.context.new_page()
    other.goto(ticket)
    other.fill("textarea[name=note-text]", POLYGLOT)
    other.click(f"form[action$='{ref}/note'] {BUTTON}")
    page.fill("textarea[name=answer-text]", "もう1つ")
    page.click(f"form[action$='{ref}/answer'] {BUTTON}")
    page.click(f"form[action$='{ref}/answer'] button[value=send]")
    assert page.locator("#theirs").count() == 1
    looker.look("conflict")
    looker.go(f"{live}/staff/tickets/XXXXXXXXXXXX", "ticket-unknown", 404)
    looker.go(f"{live}/admin/", "refused", 403)


def test_the_managers_door(app: Flask, live: str, looker: Looker, language: str) -> None:
    hostile_ticket(app)
    with app.app_context():
        seed_tickets(60, seed=3)
    come_in(app, live, looker, Role.MANAGER, language)
    for measure in ("ack", "answer", "notice"):
        looker.go(f"{live}/manager/?from=2024-01-01&to=2030-12-31&measure={measure}", f"figures-{measure}")
    looker.go(f"{live}/manager/?from=2001-01-01&to=2001-01-02", "figures-none")
    looker.go(f"{live}/manager/?from={POLYGLOT.replace('#', '')}", "figures-bad", 400)
    looker.go(f"{live}/manager/tickets?part=received", "figures-tickets")


def test_the_administrators_door(app: Flask, live: str, looker: Looker, language: str) -> None:
    come_in(app, live, looker, Role.ADMIN, language)
    agent = hire(app, Role.AGENT)
    with app.app_context(), transaction():
        open_alert("mail_dead", 1, clock.now())
    for path in (
        "",
        "company",
        "company/closures",
        "staff",
        "staff/invite",
        f"staff/{agent}",
        "settings",
        "mail",
        "alerts",
    ):
        looker.go(f"{live}/admin/{path}", f"admin-{path.replace('/', '-').replace(str(agent), 'member') or 'home'}")
    page = looker.page
    page.goto(f"{live}/admin/company")
    page.fill("main form input[type=text] >> nth=0", "")
    page.click(f"main form {BUTTON}")
    looker.look("admin-company-missing")
    page.goto(f"{live}/admin/staff/invite")
    page.click(f"main form {BUTTON}")
    looker.look("admin-invite-missing")
    for path in ("account", "account/password"):
        looker.go(f"{live}/{path}", path.replace("/", "-"))


def test_signing_in(app: Flask, live: str, looker: Looker, language: str) -> None:
    page = looker.page
    looker.go(f"{live}/sign-in?language={language}", "sign-in")
    page.click(f"main form {BUTTON}")
    looker.look("sign-in-missing")
    page.fill("input[type=email]", "nobody@example.jp")
    page.fill("input[type=password]", "wrong password, long enough")
    page.click(f"main form {BUTTON}")
    looker.look("sign-in-wrong")
    looker.go(f"{live}/reset", "reset")
    page.fill("input[type=email]", "nobody@example.jp")
    page.click(f"main form {BUTTON}")
    looker.look("reset-sent")
    looker.go(f"{live}/invitation/unknown", "invitation-unknown", 404)
    staff_id = hire(app, Role.AGENT)
    with app.app_context(), transaction():
        token = issue_token(staff_id, TokenPurpose.RESET, clock.now())
    looker.go(f"{live}/reset/{token}", "new-password")
    page.fill("input[type=password] >> nth=0", "short")
    page.click(f"main form {BUTTON}")
    looker.look("new-password-weak")


def test_staff_read_english_where_they_chose_it(app: Flask, live: str, visitor: Visitor) -> None:
    with app.app_context():
        ref = open_one(said=Said("Please stop."), person=Contact(name="Jane Doe", email="jane@example.jp")).ref
    looker = Looker(visitor.open(), "words")
    come_in(app, live, looker, Role.AGENT, "en")
    for path in ("/staff/", f"/staff/tickets/{ref}", "/account"):
        looker.page.goto(f"{live}{path}")
        text = looker.page.evaluate("document.body.textContent")
        assert sorted(set(JAPANESE.findall(text)) - {"日本語"}) == [], path
