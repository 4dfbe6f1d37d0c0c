"""Text that would run, or change a page, wherever a page forgot to escape it; and cases, files and people made of it."""

import io
from typing import Any

from flask import Flask
from playwright.sync_api import BrowserContext

from desk import clock
from desk.accounts.models import Staff
from desk.accounts.permissions import Role
from desk.accounts.sessions import begin_session
from desk.db import db
from desk.handling.intake import Opened
from desk.tickets.asking import LIMITS
from desk.tickets.content import Contact, Origin, Said
from desk.transaction import transaction
from desk.vault.seal import new_token
from tests.cases import open_one
from tests.people import hire
from tests.web.public.people import enter, post
from tests.web.public.test_request_form import submit

PROBE = "xss-probe"
"""An element that no page of the desk has: where it stands in a page, markup got through, even if nothing ran."""

POLYGLOT = (
    "jaVasCript:/*-/*`/*\\`/*'/*\"/**/(/* */oNcliCk=alert(1) )//%0D%0A//</stYle/</titLe/</teXtarEa/</scRipt/--!>"
    "<sVg/<sVg/oNloAd=alert(2)//><img src=x onerror=alert(3)>{{7*7}}${7*7}<a href=javascript:alert(4)>"
)
"""Text that would run in nearly every place of a page that forgot to escape it."""

CORPUS = (
    POLYGLOT,
    f"</textarea></title></style></script><{PROBE}><script>alert(11)</script><img src=x onerror=alert(12)>",
    f"\"'><{PROBE}><svg/onload=alert(13)>",
    '" autofocus onfocus=alert(14) x="',
    "' autofocus onfocus='alert(15)",
    f"&lt;{PROBE}&gt;&#60;img src=x onerror=alert(16)&#62;&quot;&#39;",
    "javascript:alert(17)//{{7*7}}{%print(7*7)%}${7*7}",
    f"--><{PROBE} onclick=alert(18)><!--]]>\u2028</{PROBE}>",
)
"""For the element, both kinds of attribute, a second decoding, an address, a template and a comment."""

FILE_NAME = f"'><img src=x onerror=alert(121)>&lt;{PROBE}&gt;' onfocus='alert(122) {{{{7*7}}}}.txt"
"""Without a double quote, which no browser lets into the name of a file that it sends."""


def hostile_words(text: str = POLYGLOT, *, by_mail: bool = True) -> dict[str, Any]:
    """Return the parts of a submission in which everything that can be typed is hostile."""
    cut = {name: text[: LIMITS[name]] for name in ("name", "reading", "company", "department", "phone", "address")}
    return {
        "person": Contact(**cut, email="taro@example.jp" if by_mail else ""),
        "agent": Contact(name=text[:100], address=cut["address"], email="agent@example.jp", relation="appointed")
        if by_mail
        else None,
        "said": Said(text, {"about": text}),
        "origin": Origin(address="192.0.2.1", user_agent=text, referrer=f"https://example.jp/{text}"),
    }


def hostile_case(app: Flask, text: str = POLYGLOT) -> Opened:
    """Open a ticket in which everything that can be typed is hostile."""
    with app.app_context():
        return open_one(**hostile_words(text))


def send_hostile_form(app: Flask, text: str) -> None:
    """Send the form with one hostile text in all that takes any, a file of a hostile name, and such headers."""
    client = app.test_client()
    client.environ_base |= {"HTTP_USER_AGENT": text, "HTTP_REFERER": f"https://example.jp/{text}"}
    words = {name: text[: LIMITS[name]] for name in ("body", "about", "name", "reading", "company", "address")}
    agent = {"acts": "agent", "agent_name": text[:100], "agent_relation": "lawyer", "agent_address": words["address"]}
    upload = (io.BytesIO("めも".encode()), FILE_NAME)
    assert submit(client, **words, **agent, email="{{7*7}}'/**/'@hostile.co.jp", uploads=[upload]).status_code == 303


def add_hostile_file(app: Flask, case: Opened) -> None:
    """Send a message with a file of a hostile name through the case's own link."""
    client = app.test_client()
    enter(client, case.token)
    upload = (io.BytesIO("めも".encode()), FILE_NAME)
    assert post(client, "/s/messages", text=POLYGLOT, nonce=new_token(), uploads=upload).status_code == 303


def come_in(app: Flask, live: str, context: BrowserContext, role: Role, language: str = "ja") -> int:
    """Hire somebody whose very name is hostile, sign them in in this browser and return their number."""
    staff_id = hire(app, role)
    enter_as(app, live, context, staff_id, language)
    return staff_id


def enter_as(app: Flask, live: str, context: BrowserContext, staff_id: int, language: str = "ja") -> None:
    """Give a member of staff a hostile name and sign them in in this browser."""
    with app.app_context(), transaction():
        staff = db.session.get_one(Staff, staff_id)
        staff.language, staff.name = language, POLYGLOT[:60]
        token = begin_session(staff_id, clock.now())
    context.add_cookies([{"name": "staff", "value": token, "url": live}])
