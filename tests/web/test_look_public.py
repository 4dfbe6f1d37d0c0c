"""Every page of the public door, looked at: accessible, within the screen, deaf to what was typed (W4)."""

import pytest
from flask import Flask
from playwright.sync_api import expect

from desk.tickets.content import Contact, Said
from desk.web.public.choices import CHOICES
from tests.pictures import picture
from tests.services.browser import Visitor, follow
from tests.web.hostile import FILE_NAME, POLYGLOT
from tests.web.look import Looker
from tests.web.public.people import mailed_code, open_case, reply_to

NEXT = "main form button.govuk-button >> nth=0"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 2000


@pytest.fixture
def database() -> str:
    """How pages look does not depend on the database."""
    return "sqlite"


def test_the_form(live: str, looker: Looker, language: str) -> None:
    at = live + ("/en" if language == "en" else "")
    looker.go(f"{at}/", "landing")
    looker.go(f"{at}/requests/new", "choose")
    looker.go(f"{at}/procedure", "procedure")
    looker.go(f"{at}/cookies", "cookies")
    for choice in CHOICES:
        looker.go(f"{at}/requests/new?kind={choice.kind}", f"form-{choice.kind}")
    page = looker.page
    page.goto(f"{at}/requests/new?kind=D33")
    follow(page, NEXT)
    looker.look("form-missing")
    page.check("input[name=population][value=user]")
    page.fill("textarea[name=body]", POLYGLOT)
    page.check("input[name=method][value=electronic]")
    page.set_input_files("input[type=file]", {"name": FILE_NAME, "mimeType": "text/plain", "buffer": b"memo"})
    follow(page, NEXT)
    looker.look("form-contact")
    page.fill("input[name=email]", "nobody")
    follow(page, NEXT)
    looker.look("form-contact-missing")
    page.check("input[name=acts][value=agent]")
    page.select_option("select[name=agent_relation]", "lawyer")
    follow(page, NEXT)
    looker.look("form-contact-agent")
    page.check("input[name=acts][value=self]")
    page.fill("input[name=name]", POLYGLOT[:100])
    page.fill("input[name=email]", "hanako@example.jp")
    follow(page, NEXT)
    looker.look("form-review")
    follow(page, NEXT)
    page.wait_for_url("**/requests/receipt")
    looker.look("receipt")


def test_the_status_page(app: Flask, live: str, looker: Looker, language: str) -> None:
    at, page = live + ("/en" if language == "en" else ""), looker.page
    looker.go(f"{at}/status", "lost")
    follow(page, "main form button[type=submit]")
    looker.look("lost-missing")
    page.fill("main form input[type=text]", "ABCD-EFGH-JKLM")
    follow(page, "main form button[type=submit]")
    looker.look("lost-sent")
    looker.go(f"{at}/s/unknown", "link-unknown", 404)
    looker.go(f"{at}/s", "closed", 404)
    opened = open_case(app, language=language, said=Said(POLYGLOT))
    looker.go(f"{at}/s/{opened.token}", "link")
    follow(page, "main form button[type=submit]")
    looker.look("status")
    follow(page, "form[action$='/s/code'] button")
    looker.look("code")
    page.fill("input[name=code]", "000000")
    follow(page, "form[action$='/s/code/check'] button")
    looker.look("code-wrong")
    page.fill("input[name=code]", mailed_code(app))
    follow(page, "form[action$='/s/code/check'] button")
    looker.look("status-open")
    page.fill("textarea[name=text]", POLYGLOT)
    follow(page, "form[action$='/s/messages'] button.govuk-button >> nth=0")
    looker.look("status-said")
    reply_to(app, opened)
    looker.go(f"{at}/s", "status-replied")
    page.goto(f"{at}/s/withdraw")
    looker.look("withdraw")
    follow(page, "form[action$='/s/withdraw'] button")
    looker.look("withdrawn")
    looker.go(f"{at}/nothing-here", "not-found", 404)


def test_identity_documents(app: Flask, live: str, looker: Looker, language: str) -> None:
    at, page = live + ("/en" if language == "en" else ""), looker.page
    agent = Contact(name=POLYGLOT[:100], email="agent@person.example", relation="statutory")
    page.goto(f"{at}/s/{open_case(app, kind='D33', language=language, agent=agent).token}")
    follow(page, "main form button[type=submit]")
    looker.look("status-asks-identity")
    follow(page, "a[href$='/s/identity']")
    looker.look("identity")
    follow(page, "main form button.govuk-button")
    looker.look("identity-wrong")
    page.check("[name=whose][value=agent]")
    page.check("[name=document][value=licence]")
    page.check("[name=covered]")
    page.set_input_files("[name=uploads]", {"name": "表.jpg", "mimeType": "image/jpeg", "buffer": picture()})
    follow(page, "main form button.govuk-button")
    looker.look("identity-sent")


def test_enter_goes_on_and_takes_no_file_away(live: str, visitor: Visitor) -> None:
    page = visitor.open().new_page()
    page.goto(f"{live}/requests/new?kind=C34")
    page.set_input_files("input[type=file]", {"name": "a.png", "mimeType": "image/png", "buffer": PNG})
    follow(page, "button[name=go][value=stay]")
    expect(page.locator(".parked__item")).to_have_count(1)
    page.check("input[name=population][value=user]")
    page.fill("textarea[name=body]", "住所が違います")
    page.fill("input[name=about]", "会員情報")
    page.press("input[name=about]", "Enter")
    page.wait_for_selector("input[name=email]")
    follow(page, "button[name=go][value=content]")
    expect(page.locator(".parked__item")).to_have_count(1)


def test_it_shows_the_agents_questions_only_when_an_agent_acts(live: str, visitor: Visitor) -> None:
    for scripts in (True, False):
        page = visitor.open(java_script_enabled=scripts).new_page()
        page.goto(f"{live}/requests/new?kind=K40")
        page.check("input[name=population][value=user]")
        page.fill("textarea[name=body]", "住所が違います")
        follow(page, NEXT)
        assert not page.locator("input[name=agent_name]").is_visible()
        page.check("input[name=acts][value=agent]")
        assert page.locator("input[name=agent_name]").is_visible()
