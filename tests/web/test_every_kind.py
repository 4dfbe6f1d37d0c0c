"""A case of every kind of the Act in the browser, from the form to the notice, in both languages; pictures of each guided case."""

import re
from dataclasses import dataclass

import pytest
from flask import Flask
from playwright.sync_api import Page

from desk.accounts.permissions import Role
from desk.law.regimes import REGIME, Identity, get_regime
from tests.services.browser import Visitor, follow
from tests.web.hostile import come_in
from tests.web.look import Looker
from tests.web.public.people import mailed_code

NEXT = "main form button.govuk-button >> nth=0"
LAST = "button[type=submit] >> nth=-1"
UNFILLED = re.compile(r"［要記入：[^］]*］|\[Fill in: [^\]]*\]")
OPEN = "document.querySelectorAll('details').forEach((one) => { one.open = true; })"
BODY = {
    "ja": "私の情報について、確認と対応をお願いします。",
    "en": "Please look into the information you hold about me.",
}


@dataclass(frozen=True)
class Kind:
    """One kind: what the person chooses in the form, and how the case ends."""

    code: str
    asked: str
    outcome: str
    measure: str = ""


KINDS = [
    Kind("I32", "I32", "ANS"),
    Kind("P32", "P32", "P-DONE"),
    Kind("D33", "D33", "D-FULL"),
    Kind("T33", "T33", "D-FULL"),
    Kind("C34", "C34", "C-DONE", "電話番号：03-0000-0000 → 03-0000-0001"),
    Kind("S351", "S355", "S-STOP", "広告への利用を停止した"),
    Kind("X353", "X353", "X-STOP", "提供を停止した"),
    Kind("S355", "S355", "S-ERASE", "会員情報を消去した"),
    Kind("F283", "N-GEN", "ANS"),
    Kind("K40", "K40", "K-OK"),
]


@pytest.fixture
def database() -> str:
    """What people meet in the browser does not depend on the database."""
    return "sqlite"


def test_no_kind_of_the_act_is_left_out() -> None:
    law = get_regime(REGIME)
    in_force = {code for code, kind in law.kinds.items() if kind.statutory and kind.valid_from is not None}
    assert {one.code for one in KINDS} >= in_force


def test_each_goes_from_the_form_to_the_notice(
    app: Flask, live: str, looker: Looker, language: str, visitor: Visitor
) -> None:
    person, manager = (visitor.open(viewport={"width": 1280, "height": 900}).new_page() for _who in range(2))
    come_in(app, live, looker.page.context, Role.AGENT, language)
    come_in(app, live, manager.context, Role.MANAGER, language)
    at = live + ("/en" if language == "en" else "")
    for kind in KINDS:
        link, ref = send_form(person, at, kind, language)
        work(looker, f"{live}/staff/tickets/{ref}", kind)
        looker.look(f"case-{kind.code}")
        told = end(looker.page, manager, f"{live}/staff/tickets/{ref}", kind)
        read_notice(app, person, link, told)


def send_form(page: Page, at: str, kind: Kind, language: str) -> tuple[str, str]:
    """Fill the form in and send it; return the person's link and the reference."""
    page.goto(f"{at}/requests/new?kind={kind.asked}")
    page.check("input[name=population][value=user]")
    page.fill("textarea[name=body]", BODY[language])
    if page.locator("input[name=about][type=text]").count():
        page.fill("input[name=about]", "2026")
    if page.locator("input[name=method][type=radio]").count():
        page.check("input[name=method][value=electronic]")
    follow(page, NEXT)
    page.fill("input[name=name]", "山田 花子")
    page.fill("input[name=email]", f"{kind.code.lower()}-{language}@person.example")
    follow(page, NEXT)
    follow(page, NEXT)
    link = page.locator("a[href*='/s/']").first.evaluate("(one) => one.href")
    return link, re.sub(r"\W", "", page.locator("[data-copy]").first.get_attribute("data-copy") or "")


def work(looker: Looker, ticket: str, kind: Kind) -> None:
    """Take the case, put it under its kind, confirm identity and see to the duties."""
    page, known = looker.page, get_regime(REGIME).kind(kind.code)
    page.goto(ticket)
    follow(page, f"form[action$='/take'] {LAST}")
    if kind.asked != kind.code:
        page.evaluate(OPEN)
        page.select_option("[name=recast-kind]", kind.code)
        page.fill("[name=recast-text]", "内容から")
        follow(page, f"form[action$='/recast'] {LAST}")
    if known.needs_identity is not Identity.NONE:
        page.evaluate(OPEN)
        page.select_option("[name=confirm_identity-basis]", "account")
        page.fill("[name=confirm_identity-text]", "会員ページから届いた")
        follow(page, f"form[action$='/confirm_identity'] {LAST}")
    for box in page.locator("[name=check_duties-done]").all():
        box.check()
    follow(page, f"form[action$='/check_duties'] {LAST}")


def end(page: Page, manager: Page, ticket: str, kind: Kind) -> str:
    """Decide, have the manager approve, and send the notice; return what the person is told."""
    if get_regime(REGIME).kind(kind.code).is_decided:
        page.goto(f"{ticket}/decision")
        page.select_option("[name=decide-outcome]", kind.outcome)
        page.fill("[name=decide-what_0]", "会員情報")
        page.select_option("[name=decide-result_0]", "granted")
        page.fill("[name=decide-measure]", kind.measure)
        follow(page, f"form[action$='/decide'] {LAST}")
        if manager.goto(f"{ticket}/decision") and manager.locator("form[action$='/approve']").count():
            follow(manager, f"form[action$='/approve'] {LAST}")
        page.goto(f"{ticket}/decision")
    else:
        page.goto(f"{ticket}?close={kind.outcome}")
    letter = UNFILLED.sub("確認した内容", page.input_value("[name=close-text]"))
    page.fill("[name=close-text]", letter)
    follow(page, f"form[action$='/close'] {LAST}")
    follow(page, "form[action$='/close'] button[value=send]")
    assert page.locator("form[action$='/reopen']").count() == 1, page.inner_text("main")
    return letter


def read_notice(app: Flask, page: Page, link: str, told: str) -> None:
    """Open the person's page with the mailed code, and find the notice there, as text and as a PDF."""
    page.goto(link)
    follow(page, "main form button[type=submit]")
    follow(page, "form[action$='/s/code'] button")
    page.fill("input[name=code]", mailed_code(app))
    follow(page, "form[action$='/s/code/check'] button")
    first = next(line for line in told.splitlines() if line.strip())
    assert first in page.inner_text("main")
    assert page.locator("a[download]").count() == 1
