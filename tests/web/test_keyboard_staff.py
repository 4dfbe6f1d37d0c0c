"""The staff door with the keys alone: signing in, the queue, a case from taking it to its end."""

import pytest
from flask import Flask
from playwright.sync_api import Page

from desk import clock
from desk.accounts.permissions import Role
from desk.accounts.sessions import begin_session
from desk.db import db
from desk.develop.seed.run import seed_tickets
from desk.handling.indexing import index_batch
from desk.tickets.content import Contact, Said
from desk.tickets.models import Ticket
from desk.tickets.states import State
from desk.transaction import transaction
from tests.cases import open_one
from tests.people import PASSWORD, hire
from tests.services.browser import Visitor, follow
from tests.web.keyboard import Keyboard


@pytest.fixture
def database() -> str:
    """What a key does does not depend on the database."""
    return "sqlite"


@pytest.fixture
def ref(app: Flask) -> str:
    """A case among others, found by a word of its own."""
    with app.app_context():
        seed_tickets(30, seed=5)
        opened = open_one(person=Contact(name="銀鏡 冴子", email="saeko@person.example"), said=Said("蜃気楼の領収書"))
        with transaction():
            index_batch()
    return opened.ref


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def page(request: pytest.FixtureRequest, visitor: Visitor) -> Page:
    """A browser with and without JavaScript."""
    return visitor.open(viewport={"width": 1280, "height": 900}, java_script_enabled=request.param).new_page()


def come_in(app: Flask, live: str, page: Page) -> None:
    """Sign an agent in."""
    staff_id = hire(app, Role.AGENT)
    with app.app_context(), transaction():
        token = begin_session(staff_id, clock.now())
    page.context.add_cookies([{"name": "staff", "value": token, "url": live}])


@pytest.mark.parametrize("width", [1280, 390])
def test_every_stop_of_tab_is_seen(app: Flask, live: str, visitor: Visitor, ref: str, width: int) -> None:
    page = visitor.open(viewport={"width": width, "height": 900}).new_page()
    keys, wrong = Keyboard(page), {}
    page.goto(f"{live}/sign-in")
    wrong["sign-in"] = keys.faults()
    come_in(app, live, page)
    for path in (
        "/staff/",
        "/staff/?view=closed",
        f"/staff/tickets/{ref}",
        f"/staff/tickets/{ref}/decision",
        "/staff/tickets/new",
        "/account",
    ):
        page.goto(live + path)
        wrong[path] = keys.faults()
    page.goto(f"{live}/staff/tickets/{ref}")
    page.evaluate("() => document.querySelectorAll('main details').forEach((el) => { el.open = true; })")
    wrong["ticket unfolded"] = keys.faults()
    page.fill("textarea[name=answer-text]", "配信を止めました。")
    follow(page, f"form[action$='{ref}/answer'] button[type=submit]")
    wrong["preview"] = keys.faults()
    assert {name: faults for name, faults in wrong.items() if faults} == {}


def test_a_case_from_the_queue_to_its_end(app: Flask, live: str, page: Page, ref: str) -> None:
    hire(app, Role.AGENT)
    keys = Keyboard(page)
    page.goto(f"{live}/sign-in")
    keys.to("メールアドレス", "input")
    page.keyboard.type("agent@desk.example")
    keys.to("パスワード", "input")
    page.keyboard.type(PASSWORD)
    keys.enter()
    find(keys, ref)
    keys.to("担当になる", "button")
    keys.enter()
    answer(keys)
    end(keys)
    with app.app_context():
        ticket = db.session.query(Ticket).filter_by(ref=ref).one()
        assert (ticket.state, ticket.outcome) == (State.CLOSED, "K-OK")


def find(keys: Keyboard, ref: str) -> None:
    """Go from the queue over the search to the case."""
    keys.to("本文へ移動する", "a")
    keys.page.keyboard.press("Enter")
    keys.page.wait_for_url("**/*#main")  # the browser may move a moment after the key
    keys.page.reload()
    keys.to("検索", "input")
    keys.page.keyboard.type("蜃気楼")
    keys.enter()
    keys.to("蜃気楼の領収書", "a")
    keys.enter()
    assert keys.page.url.endswith(f"/staff/tickets/{ref}")


def answer(keys: Keyboard) -> None:
    """Write an answer, look at it, send it."""
    keys.to("回答の内容", "textarea")
    keys.page.keyboard.type("配信を止めました。")
    keys.to("送る内容を確認する", "button")
    keys.enter()
    keys.to("送信する", "button")
    keys.enter()
    assert "配信を止めました。" in keys.page.inner_text(".message--out")


def end(keys: Keyboard) -> None:
    """Unfold the end of the case, choose how, and end it."""
    keys.to("終了する", "summary")
    keys.page.keyboard.press("Enter")
    keys.to("結果", "select")
    keys.page.keyboard.press("ArrowDown")
    keys.to("結果についてお伝えする内容", "textarea")
    keys.to("終了の内容を確認する", "button")
    keys.enter()
    keys.to("終了する", "button")
    keys.enter()


def test_a_slash_goes_to_the_search_box(app: Flask, live: str, visitor: Visitor, ref: str) -> None:
    page = visitor.open().new_page()
    come_in(app, live, page)
    page.goto(f"{live}/staff/")
    page.keyboard.press("/")
    page.keyboard.type(ref)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/staff/tickets/{ref}")
