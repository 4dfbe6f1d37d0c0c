"""What is printed: the receipt, a case and a letter stand on paper whole, in black, without what only a screen can do."""

import re

import pytest
from flask import Flask
from playwright.sync_api import Page

from desk.accounts.permissions import Role
from desk.tickets.content import Contact, Said
from tests.cases import open_one
from tests.services.browser import Visitor, follow
from tests.web.hostile import come_in
from tests.web.look import Looker
from tests.web.test_look_public import NEXT

A4_PX = 673
"""The width between the margins of an A4 page, at 96 pixels an inch."""
PALE = """() => [...document.querySelectorAll("main *")].filter((el) => el.checkVisibility() &&
  [...el.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
  .map((el) => [getComputedStyle(el).color, el.outerHTML.slice(0, 80)]).filter(([color]) => color !== "rgb(0, 0, 0)")"""
CONTROLS = """() => [...document.querySelectorAll("button, input, select, textarea, nav, [role=search]")]
  .filter((el) => el.type !== "hidden" && el.checkVisibility()).map((el) => el.outerHTML.slice(0, 80))"""
OVER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def database() -> str:
    """How paper looks does not depend on the database."""
    return "sqlite"


def on_paper(page: Page) -> int:
    """Show a page as it will be printed and return how many sheets it takes; black, without controls, not cut off."""
    page.emulate_media(media="print")
    page.set_viewport_size({"width": A4_PX, "height": 1000})
    assert page.evaluate(PALE) == []
    assert page.evaluate(CONTROLS) == []
    assert page.evaluate(OVER) <= 0
    sheets = len(re.findall(rb"/Type\s*/Page\b(?!s)", page.pdf(format="A4")))
    page.emulate_media(media="screen")
    return sheets


def written_out(page: Page) -> list[str]:
    """Return what stands after the links of a page when it is printed."""
    page.emulate_media(media="print")
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll("a")].filter((a) => a.checkVisibility())
        .map((a) => getComputedStyle(a, "::after").content).filter((text) => text !== "none" && text !== "normal")"""
    )
    page.emulate_media(media="screen")
    return found


def test_a_receipt_is_one_sheet_with_its_link_once(live: str, visitor: Visitor, language: str) -> None:
    page = visitor.open().new_page()
    page.goto(f"{live}{'/en' if language == 'en' else ''}/requests/new?kind=D33")
    page.check("input[name=population][value=user]")
    page.fill("textarea[name=body]", "購入履歴を見たいです。")
    page.check("input[name=method][value=electronic]")
    follow(page, NEXT)
    page.fill("input[name=name]", "山田 花子")
    page.fill("input[name=email]", "hanako@example.jp")
    follow(page, NEXT)
    follow(page, NEXT)
    page.wait_for_url("**/requests/receipt")
    assert on_paper(page) == 1
    assert written_out(page) == []
    assert page.locator(".secret-link a").inner_text().count("/s/") == 1


def test_a_case_is_printed_with_everything_unfolded(app: Flask, live: str, visitor: Visitor, language: str) -> None:
    said = "広告のメールを止めたのに、まだ届きます。\n" * 60
    with app.app_context():
        ref = open_one(person=Contact(name="山田 太郎", email="taro@example.jp", address="東京都"), said=Said(said)).ref
    looker = Looker(visitor.open(), language)
    come_in(app, live, looker.page.context, Role.AGENT, language)
    page = looker.page
    page.goto(f"{live}/staff/tickets/{ref}")
    assert 2 <= on_paper(page) <= 5
    page.emulate_media(media="print")
    for part in (".reasons li >> nth=0", "#timeline li >> nth=0", ".message__text", ".facts >> nth=0"):
        box = page.locator(part).bounding_box()
        assert box is not None, part
        assert box["height"] > 10, part


def test_a_letter_is_one_sheet_and_reads_on_a_phone(app: Flask, live: str, looker: Looker, language: str) -> None:
    person = Contact(name="山田 太郎", company="株式会社例", postal_code="100-0001", address="東京都千代田区千代田1-1")
    with app.app_context():
        ref = open_one(person=person, language=language).ref
    come_in(app, live, looker.page.context, Role.AGENT, language)
    page = looker.page
    page.goto(f"{live}/staff/tickets/{ref}")
    follow(page, f"form[action$='{ref}/letter'] button")
    page.wait_for_selector(".letter-sheet")
    looker.look("letter")
    assert on_paper(page) == 1
    page.emulate_media(media="print")
    top = page.locator(".letter-sheet").bounding_box()
    assert top is not None
    assert top["y"] < 120, "what is only for staff takes room on the letter"
    assert page.locator("main .no-print").is_hidden()
    link, code = re.findall(r"/s/[\w-]{43}|(?<!\d)\d{6}(?!\d)", page.locator(".letter-sheet").inner_text())
    assert (link[:3], len(code)) == ("/s/", 6)
