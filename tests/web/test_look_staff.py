"""Every page of the staff, manager, administrator and sign-in doors, looked at: accessible, within the screen, W4."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from playwright.sync_api import FilePayload, expect
from sqlalchemy import select

from desk import clock, jobs
from desk.accounts.models import TokenPurpose
from desk.accounts.permissions import Role
from desk.accounts.tokens import issue_token
from desk.db import db
from desk.develop.seed.run import seed_tickets
from desk.events.alerts import open_alert
from desk.events.trail import DESK
from desk.handling.kinds import Check, activate
from desk.mail.caps import PER_ADDRESS
from desk.mail.fates import DEAD, UNCERTAIN
from desk.mail.models import MailState, OutboxMail
from desk.tickets.content import Contact, Said
from desk.transaction import transaction
from tests.cases import open_one
from tests.house.test_documents import ROOT
from tests.people import hire
from tests.pictures import picture
from tests.services.browser import Visitor, follow
from tests.web.hostile import POLYGLOT, come_in, hostile_case
from tests.web.look import Looker
from tests.web.public.people import enter
from tests.web.public.test_identity import send as send_document

SAMPLE = (ROOT / "desk" / "develop" / "sample_policy.ja.md").read_bytes()
JAPANESE = re.compile(r"[ぁ-んァ-ヶ一-龠々ー]+")
BUTTON = "button[type=submit] >> nth=-1"


@pytest.fixture
def database() -> str:
    """How pages look does not depend on the database."""
    return "sqlite"


def upload(name: str) -> FilePayload:
    """Return a small file to be chosen in a form."""
    return {"name": name, "mimeType": "text/plain", "buffer": "内容".encode()}


def test_the_staff_door(app: Flask, live: str, looker: Looker, language: str) -> None:
    with app.app_context():
        seed_tickets(60, seed=3)
        open_one(person=Contact(name=POLYGLOT[:100], email="namesake@example.jp"))
        open_one(person=Contact(name=POLYGLOT[:100], email="taro@example.jp"))
        jobs.index()
    ref = hostile_case(app).ref
    come_in(app, live, looker.page.context, Role.AGENT, language)
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
    looker.go(f"{ticket}/own-data", "own-data")
    looker.go(ticket, "ticket")
    unfold(looker)
    looker.look("ticket-unfolded")
    page.fill("input[name=change_address-email]", "taro.tadashii@example.jp")
    page.fill("textarea[name=change_address-text]", POLYGLOT)
    follow(page, f"form[action$='{ref}/change_address'] {BUTTON}")
    looker.look("address-look")
    page.goto(ticket)
    follow(page, f"form[action$='{ref}/take'] button")
    page.fill("textarea[name=answer-text]", POLYGLOT)
    page.set_input_files(
        "input[name=answer-files]", [upload("別の方の資料.txt"), upload(f"{'長い名前の回答書' * 8}.txt")]
    )
    follow(page, f"form[action$='{ref}/answer'] {BUTTON}")
    looker.look("answer-look")
    follow(page, f"form[action$='{ref}/answer'] button[value=edit]")
    looker.look("answer-edit")
    follow(page, "button[name=remove] >> nth=0")
    expect(page.locator("button[name=remove]")).to_have_count(1)
    follow(page, f"form[action$='{ref}/answer'] {BUTTON}")
    follow(page, f"form[action$='{ref}/answer'] button[value=send]")
    looker.look("answered")
    other = page.context.new_page()
    other.goto(ticket)
    other.fill("textarea[name=note-text]", POLYGLOT)
    follow(other, f"form[action$='{ref}/note'] {BUTTON}")
    page.fill("textarea[name=answer-text]", "もう1つ")
    page.set_input_files("input[name=answer-files]", [upload("回答書.txt")])
    follow(page, f"form[action$='{ref}/answer'] {BUTTON}")
    expect(page.locator("#theirs")).to_have_count(1)
    looker.look("conflict")
    for tab in (page, other):
        tab.goto(ticket)
    for tab in (page, other):
        tab.click(f"details:has(form[action$='{ref}/recast']) summary")
        tab.select_option("select[name=recast-kind]", "C34")
        tab.fill("textarea[name=recast-text]", POLYGLOT)
        follow(tab, f"form[action$='{ref}/recast'] {BUTTON}")
    looker.page = other
    looker.look("conflict-same")
    looker.page = page
    looker.go(f"{live}/staff/tickets/XXXXXXXXXXXX", "ticket-unknown", 404)
    looker.go(f"{live}/admin/", "refused", 403)


def test_a_call_a_letter_and_a_visit(app: Flask, live: str, looker: Looker, language: str) -> None:
    come_in(app, live, looker.page.context, Role.AGENT, language)
    page = looker.page
    page.goto(f"{live}/staff/")
    follow(page, "a[href$='/staff/tickets/new']")
    looker.look("arrival")
    page.check("[name=channel][value=letter]")
    page.check("[name=acts][value=agent]")
    page.fill("[name=body]", POLYGLOT)
    page.set_input_files("[name=uploads]", [upload("封筒と手紙.txt")])
    follow(page, f"main form {BUTTON}")
    looker.look("arrival-wrong")
    page.check("[name=acts][value=self]")
    page.select_option("[name=kind]", "K40")
    page.select_option("[name=population]", "user")
    page.fill("[name=name]", "高橋 一郎")
    page.fill("[name=address]", "東京都千代田区1-1")
    follow(page, f"main form {BUTTON}")
    looker.look("arrival-recorded")
    page.click("#record_contact summary")
    page.fill("[name=record_contact-text]", POLYGLOT)
    page.set_input_files("[name=record_contact-files]", [upload("続きの手紙.txt")])
    page.fill("[name=record_contact-arrived_on]", "2019-04-01")
    follow(page, f"form[action$='/record_contact'] {BUTTON}")
    looker.look("contact-wrong")


def test_identity(app: Flask, live: str, looker: Looker, language: str) -> None:
    with app.app_context():
        opened = open_one(kind="D33", person=Contact(name=POLYGLOT[:100], email="taro@example.jp"))
    person = app.test_client()
    enter(person, opened.token)
    assert send_document(person, uploads=(BytesIO(picture()), f"{POLYGLOT[-40:]}.jpg")).status_code == 303
    come_in(app, live, looker.page.context, Role.AGENT, language)
    page, ticket = looker.page, f"{live}/staff/tickets/{opened.ref}"
    looker.go(f"{ticket}/identity", "identity")
    follow(page, ".tasks a")
    looker.look("document")
    page.set_viewport_size({"width": 1280, "height": 900})
    shown = page.locator(".document__page")
    shown.scroll_into_view_if_needed()
    area = shown.bounding_box()
    assert area is not None
    page.mouse.move(area["x"] + 10, area["y"] + 10)
    page.mouse.down()
    page.mouse.move(area["x"] + 110, area["y"] + 60)
    page.mouse.up()
    expect(page.locator("[name=width_0]")).not_to_have_value("")
    looker.look("document-marked")
    follow(page, "form[action$='/cover'] button")
    looker.look("document-covered")
    follow(page, "button[value=accept]")
    looker.look("document-wrong")
    for box in page.locator("input[name=seen]").all():
        box.check()
    follow(page, "button[value=accept]")
    looker.look("identity-accepted")
    page.select_option("[name=confirm_identity-basis]", "documents")
    follow(page, "form[action$='/confirm_identity'] button")
    looker.look("identity-confirmed")


def test_letters_begun(app: Flask, live: str, looker: Looker, language: str) -> None:
    with app.app_context():
        complaint, request = open_one().ref, open_one(kind="D33").ref
    come_in(app, live, looker.page.context, Role.AGENT, language)
    looker.go(f"{live}/staff/tickets/{request}?wait=identity", "letter-identity")
    looker.go(f"{live}/staff/tickets/{complaint}?close=K-OK", "letter-complaint")
    follow(looker.page, f"form[action$='{complaint}/close'] {BUTTON}")
    looker.look("letter-unfilled")


def test_a_decision(app: Flask, live: str, looker: Looker, language: str, visitor: Visitor) -> None:
    with app.app_context():
        ref = open_one(kind="D33").ref
    come_in(app, live, looker.page.context, Role.AGENT, language)
    page, url = looker.page, f"{live}/staff/tickets/{ref}/decision"
    page.goto(f"{live}/staff/tickets/{ref}")
    for duty in ("scope", "sources", "method"):
        page.check(f"#duty-{duty}")
    follow(page, f"form[action$='{ref}/check_duties'] {BUTTON}")
    looker.go(url, "decision-empty")
    page.select_option("[name=decide-outcome]", "D-PART")
    page.fill("[name=decide-what_0]", "2026年4月から5月までのお問い合わせメール")
    page.select_option("[name=decide-result_0]", "granted")
    follow(page, f"form[action$='{ref}/decide'] {BUTTON}")
    looker.look("decision-wrong")
    page.fill("[name=decide-what_1]", POLYGLOT)
    page.select_option("[name=decide-result_1]", "refused")
    page.select_option("[name=decide-ground_1]", "G5")
    page.fill("[name=decide-facts_1]", "推薦者の氏名と所見の言い回しから、推薦者が特定されるおそれがある" * 3)
    page.fill("[name=decide-measure]", POLYGLOT)
    page.fill("[name=decide-hidden]", POLYGLOT)
    follow(page, f"form[action$='{ref}/decide'] {BUTTON}")
    looker.look("decision-drafted")
    manager = visitor.open(viewport={"width": 1280, "height": 900})
    come_in(app, live, manager, Role.MANAGER, language)
    looker.page = manager.new_page()
    looker.go(url, "decision-to-approve")
    follow(looker.page, f"form[action$='{ref}/approve'] {BUTTON}")
    looker.look("decision-duties-open")
    looker.page.fill("[name=approve-text]", POLYGLOT)
    follow(looker.page, f"form[action$='{ref}/approve'] {BUTTON}")
    looker.look("decision-approved")
    looker.go(f"{live}/staff/tickets/{ref}", "ticket-decided")
    unfold(looker)
    looker.look("ticket-decided-unfolded")


def test_numbers_in_full_and_a_session_that_ended(app: Flask, live: str, looker: Looker, language: str) -> None:
    with app.app_context():
        ref = open_one(said=Said("返金先の口座番号は 7654321 です。", {"about": "普通 7654321"})).ref
    page, ticket = looker.page, f"{live}/staff/tickets/{ref}"
    page.goto(f"{live}/sign-in?language={language}")
    come_in(app, live, looker.page.context, Role.AGENT, language)
    looker.go(ticket, "masked")
    with page.context.expect_page() as opened:
        page.click("form[action*='/reveal'] button")
    shown, looker.page = opened.value, opened.value
    shown.wait_for_load_state()
    expect(shown.locator("text=7654321")).to_have_count(2)
    looker.look("in-full")
    looker.page = page
    page.fill("textarea[name=answer-text]", POLYGLOT * 3)
    page.context.clear_cookies(name="staff")
    follow(page, f"form[action$='{ref}/answer'] {BUTTON}")
    looker.look("too-late")
    assert page.input_value("#kept") == POLYGLOT * 3


def test_the_managers_door(app: Flask, live: str, looker: Looker, language: str) -> None:
    hostile_case(app)
    with app.app_context():
        seed_tickets(60, seed=3)
    come_in(app, live, looker.page.context, Role.MANAGER, language)
    for measure in ("ack", "answer", "notice"):
        looker.go(f"{live}/manager/?from=2024-01-01&to=2030-12-31&measure={measure}", f"figures-{measure}")
    looker.go(f"{live}/manager/?from=2001-01-01&to=2001-01-02", "figures-none")
    looker.go(f"{live}/manager/?from={POLYGLOT.replace('#', '')}", "figures-bad", 400)
    looker.go(f"{live}/manager/tickets?part=received", "figures-tickets")


def test_consents_and_uses(app: Flask, live: str, looker: Looker, language: str) -> None:
    come_in(app, live, looker.page.context, Role.MANAGER, language)
    page = looker.page
    looker.go(f"{live}/staff/register/consents", "consents-none")
    unfold(looker)
    page.fill("input[name=new-email]", "saeko@secret.example")
    page.fill("input[name=new-name]", POLYGLOT[:200])
    page.fill("input[name=new-given_on]", "2026-05-01")
    follow(page, f"form[action$='/consents'] {BUTTON}")
    looker.look("consents-missing")
    page.fill("textarea[name=new-wording]", POLYGLOT)
    follow(page, f"form[action$='/consents'] {BUTTON}")
    unfold(looker)
    looker.look("consents")
    with app.app_context():
        ref = open_one(kind="N-CONS", person=Contact(name="銀鏡 冴子", email="saeko@secret.example")).ref
    looker.go(f"{live}/staff/tickets/{ref}", "ticket-consent")
    follow(page, f"form[action$='/withdraw_consent'] {BUTTON}")
    looker.look("ticket-consent-withdrawn")
    looker.go(f"{live}/staff/register/uses", "uses-none")
    unfold(looker)
    follow(page, f"form[action$='/uses'] {BUTTON}")
    looker.look("uses-missing")
    page.fill("textarea[name=what]", POLYGLOT)
    follow(page, f"form[action$='/uses'] {BUTTON}")
    unfold(looker)
    looker.look("uses")
    page.select_option("main select", "18-3-2")
    page.fill("textarea[name$=reason]", POLYGLOT)
    follow(page, f"main section form {BUTTON}")
    looker.look("uses-decided")


def test_the_yearly_inspection(app: Flask, live: str, looker: Looker, language: str) -> None:
    with app.app_context():
        seed_tickets(60, seed=3)
    come_in(app, live, looker.page.context, Role.MANAGER, language)
    page, address = looker.page, f"{live}/manager/inspections/2025"
    looker.go(f"{live}/manager/inspections", "inspections-none")
    looker.go(address, "inspection-so-far")
    follow(page, f"form[action$='/open'] {BUTTON}")
    page.fill("input[name=trained]", POLYGLOT[:40])
    page.fill("textarea[name=findings]", POLYGLOT)
    follow(page, f"form[action$='/2025'] {BUTTON}")
    looker.look("inspection-missing")
    page.fill("input[name=trained]", "12")
    follow(page, f"form[action$='/2025'] {BUTTON}")
    unfold(looker)
    page.fill("textarea[name=new-what]", POLYGLOT)
    page.fill("input[name=new-due_on]", "2026-05-01")
    follow(page, f"form[action$='/actions'] {BUTTON}")
    unfold(looker)
    looker.look("inspection-open")
    follow(page, f"form[action$='/sign'] {BUTTON}")
    follow(page, f"form[action$='/receipt'] {BUTTON}")
    looker.look("inspection-receipt-missing")
    page.fill("input[name=receipt-received_by]", "見本 一郎")
    page.fill("input[name=receipt-received_on]", "2026-06-01")
    follow(page, f"form[action$='/receipt'] {BUTTON}")
    unfold(looker)
    looker.look("inspection-received")
    looker.go(f"{live}/manager/inspections", "inspections")


def stuck_mails(app: Flask) -> None:
    """Leave a mail in each state that somebody has to look at, with its alert."""
    for state, alert in ((MailState.DEAD, DEAD), (MailState.UNCERTAIN, UNCERTAIN), (MailState.HELD, PER_ADDRESS)):
        with app.app_context():
            opened = open_one()
            with transaction():
                mail = db.session.scalars(select(OutboxMail).where(OutboxMail.ticket_id == opened.ticket_id)).one()
                mail.state, mail.last_code, mail.attempts = state, "550 5.1.1 no such user", 3
                open_alert(alert, 0 if alert == PER_ADDRESS else mail.id, clock.now(), opened.ticket_id)


def unfold(looker: Looker) -> None:
    """Open everything that is folded."""
    for details in looker.page.query_selector_all("main details"):
        details.evaluate("element => { element.open = true }")


@pytest.mark.parametrize("role", [Role.MANAGER, Role.ADMIN])
def test_mail_that_has_not_left(app: Flask, live: str, looker: Looker, language: str, role: Role) -> None:
    stuck_mails(app)
    come_in(app, live, looker.page.context, role, language)
    if role is Role.MANAGER:
        looker.go(f"{live}/staff/", "stuck-queue")
    looker.go(f"{live}/admin/alerts", f"stuck-alerts-{role.value}")
    unfold(looker)
    looker.look(f"stuck-alerts-unfolded-{role.value}")
    for state in ("dead", "uncertain", "held"):
        looker.go(f"{live}/admin/mail?state={state}", f"stuck-{state}-{role.value}")
    unfold(looker)
    looker.look(f"stuck-held-unfolded-{role.value}")


def test_dates_by_other_laws(app: Flask, live: str, looker: Looker, language: str) -> None:
    with app.app_context():
        with transaction():
            activate("eu-gdpr", "D33", Check(POLYGLOT[:100], clock.today(), POLYGLOT), actor=DESK, now=clock.now())
        ref = open_one(kind="D33", language=language, said=Said(POLYGLOT)).ref
    come_in(app, live, looker.page.context, Role.AGENT, language)
    page, ticket = looker.page, f"{live}/staff/tickets/{ref}"
    looker.go(f"{live}/staff/calculator", "calculator")
    page.select_option("select[name=law]", "uk-gdpr")
    page.select_option("select[name=kind]", "D33")
    page.fill("input[name=received_on]", "2026-04-02")
    for row, (sort, on) in enumerate((("wait-identity", "2026-04-06"), ("resumed", "2026-04-10"))):
        page.select_option(f"select[name=events-{row}-type]", sort)
        page.fill(f"input[name=events-{row}-on]", on)
    follow(page, f"main {BUTTON}")
    looker.look("calculator-dates")
    page.select_option("select[name=events-0-type]", "recast")
    page.fill("input[name=received_on]", "")
    follow(page, f"main {BUTTON}")
    looker.look("calculator-missing")
    page.goto(ticket)
    unfold(looker)
    page.fill("input[name=tell_delay-expected_on]", f"{clock.today() + timedelta(days=20)}")
    page.fill("textarea[name=tell_delay-text]", POLYGLOT)
    follow(page, f"form[action$='{ref}/tell_delay'] {BUTTON}")
    looker.look("delay-look")
    follow(page, f"form[action$='{ref}/tell_delay'] button[value=send]")
    unfold(looker)
    page.fill("textarea[name=choose_law-text]", POLYGLOT)
    follow(page, f"form[action$='{ref}/choose_law'] {BUTTON}")
    unfold(looker)
    looker.look("ticket-other-law")


def test_the_administrators_door(app: Flask, live: str, looker: Looker, language: str) -> None:
    come_in(app, live, looker.page.context, Role.ADMIN, language)
    agent = hire(app, Role.AGENT)
    with app.app_context(), transaction():
        open_alert("mail_dead", 1, clock.now())
    for path in (
        "",
        "company",
        "company/closures",
        "policy",
        "procedure",
        "staff",
        "staff/invite",
        f"staff/{agent}",
        "settings",
        "settings/kinds",
        "letters",
        "letters/L6",
        "mail",
        "alerts",
    ):
        looker.go(f"{live}/admin/{path}", f"admin-{path.replace('/', '-').replace(str(agent), 'member') or 'home'}")
    page = looker.page
    page.goto(f"{live}/admin/staff/{agent}")
    unfold(looker)
    looker.look("admin-member-unfolded")
    page.goto(f"{live}/admin/settings/kinds")
    follow(page, "button[value=N-COOKIE]")
    looker.look("admin-kinds-missing")
    page.fill("input[name$='N-COOKIE-source']", POLYGLOT[:300])
    follow(page, "button[value=N-COOKIE]")
    unfold(looker)
    looker.look("admin-kinds-active")
    page.goto(f"{live}/admin/policy")
    follow(page, f"form[action$='/admin/policy'] {BUTTON}")
    looker.look("admin-policy-missing")
    for sample in (SAMPLE, SAMPLE.replace("お取引に必要なご連絡".encode(), POLYGLOT[:200].encode())):
        page.goto(f"{live}/admin/policy")
        file: FilePayload = {"name": "policy.md", "mimeType": "text/markdown", "buffer": sample}
        page.set_input_files("input[name=file]", [file])
        follow(page, f"form[action$='/admin/policy'] {BUTTON}")
        unfold(looker)
        looker.look(f"admin-policy-draft-{'first' if sample is SAMPLE else 'second'}")
        page.reload()
        page.fill("input[name=effective_on]", "2024-04-01" if sample is SAMPLE else "2024-05-01")
        page.click("form[action$='/adopt'] summary")
        follow(page, f"form[action$='/adopt'] {BUTTON}")
    looker.look("admin-policies")
    page.goto(f"{live}/staff/register")
    unfold(looker)
    looker.look("register")
    follow(page, "#main a[href$='/services/new']")
    follow(page, f"main form {BUTTON}")
    looker.look("service-missing")
    page.goto(f"{live}/staff/register")
    follow(page, "#main table a >> nth=0")
    looker.look("service")
    page.goto(f"{live}/admin/policy")
    follow(page, "main table a >> nth=0")
    unfold(looker)
    looker.look("admin-policy-version")
    follow(page, f"form[action$='/notice'] {BUTTON}")
    page.fill("#words", POLYGLOT[:300])
    follow(page, f"form[action$='/notice'] {BUTTON}")
    page.click("details:has(form[action$='/mail']) > summary >> nth=0")
    page.fill("#words_ja", POLYGLOT[:300])
    page.click("form[action$='/mail'] summary")
    follow(page, f"form[action$='/mail'] {BUTTON}")
    looker.look("admin-policy-noticed")
    page.goto(f"{live}/admin/company")
    page.fill("main form input[type=text] >> nth=0", "")
    follow(page, f"main form {BUTTON}")
    looker.look("admin-company-missing")
    page.goto(f"{live}/admin/staff/invite")
    follow(page, f"main form {BUTTON}")
    looker.look("admin-invite-missing")
    for path in ("account", "account/password"):
        looker.go(f"{live}/{path}", path.replace("/", "-"))


def test_signing_in(app: Flask, live: str, looker: Looker, language: str) -> None:
    page = looker.page
    looker.go(f"{live}/sign-in?language={language}", "sign-in")
    follow(page, f"main form {BUTTON}")
    looker.look("sign-in-missing")
    page.fill("input[type=email]", "nobody@example.jp")
    page.fill("input[type=password]", "wrong password, long enough")
    follow(page, f"main form {BUTTON}")
    looker.look("sign-in-wrong")
    looker.go(f"{live}/reset", "reset")
    page.fill("input[type=email]", "nobody@example.jp")
    follow(page, f"main form {BUTTON}")
    looker.look("reset-sent")
    looker.go(f"{live}/invitation/unknown", "invitation-unknown", 404)
    staff_id = hire(app, Role.AGENT)
    with app.app_context(), transaction():
        token = issue_token(staff_id, TokenPurpose.RESET, clock.now())
    looker.go(f"{live}/reset/{token}", "new-password")
    page.fill("input[type=password] >> nth=0", "short")
    follow(page, f"main form {BUTTON}")
    looker.look("new-password-weak")


def test_staff_read_english_where_they_chose_it(app: Flask, live: str, visitor: Visitor) -> None:
    with app.app_context():
        ref = open_one(said=Said("Please stop."), person=Contact(name="Jane Doe", email="jane@example.jp")).ref
    looker = Looker(visitor.open(), "words")
    come_in(app, live, looker.page.context, Role.AGENT, "en")
    for path in ("/staff/", f"/staff/tickets/{ref}", "/account"):
        looker.page.goto(f"{live}{path}")
        text = looker.page.evaluate("document.body.textContent")
        assert sorted(set(JAPANESE.findall(text)) - {"日本語"}) == [], path
