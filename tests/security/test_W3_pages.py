"""W3: characters that draw nothing or turn the line are shown for what they are on every page that staff read."""

import io
import unicodedata
from html.parser import HTMLParser

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from desk.accounts.permissions import Role
from desk.attachments.models import Attachment
from desk.db import db
from desk.handling.indexing import index_batch
from desk.tickets.content import Contact, Origin, Said
from desk.tickets.hidden import BLANKS
from desk.tickets.models import Message, Party, Ticket
from desk.transaction import transaction
from desk.vault.keys import Purpose, keys_of
from desk.vault.seal import new_token
from tests.cases import open_one
from tests.people import browser_of, hire
from tests.security.house import acts, press
from tests.security.test_Z3 import pages_of
from tests.web.public.people import enter, open_case, post
from tests.web.public.test_request_form import submit

HIDDEN = "\u202e\u202c\u2066\u2069\u200b\u200d\ufeff\u00ad\u2060\u061c\u180e\u3164\u2800\U000e0041"
"""Turns of direction, zero widths, soft and word joiners, fillers, a tag letter."""
NAME, WORD = f"銀鏡{HIDDEN}冴子", "蜃気楼"


class Shown(HTMLParser):
    """The text and the spoken attributes of a page, without what stands in fields to be sent again."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.area = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.area = tag == "textarea"
        self.text += "".join(value or "" for name, value in attrs if name != "value")

    def handle_endtag(self, tag: str) -> None:
        self.area = self.area and tag != "textarea"

    def handle_data(self, data: str) -> None:
        if not self.area:
            self.text += data


def hidden_in(answer: TestResponse | str) -> list[str]:
    """Return the hidden characters that a page draws, by number."""
    shown = Shown()
    shown.feed(answer if isinstance(answer, str) else answer.text)
    return sorted({f"U+{ord(char):04X}" for char in shown.text if char in HIDDEN or char in BLANKS})


@pytest.fixture
def case(app: Flask) -> tuple[str, int]:
    """A case in which everything that a stranger can type holds every hidden character; its reference and number."""
    odd = f"あ{HIDDEN}い"
    person = Contact(
        name=NAME, reading=odd, email="saeko@person.example", phone=odd, company=odd, department=odd, address=odd
    )
    agent = Contact(name=odd, email="agent@person.example", phone=odd, relation="appointed")
    origin = Origin(address="192.0.2.1", user_agent=odd, referrer=odd)
    said = Said(f"{WORD}{HIDDEN}の領収書", {"about": odd})
    with app.app_context():
        opened = open_one(person=person, agent=agent, said=said, origin=origin)
        with transaction():
            index_batch()
    return opened.ref, opened.ticket_id


def filled(app: Flask, ticket_id: int, act: str, step: str, **changed: str) -> dict[str, str]:
    """Return an act's form whose words hold every hidden character."""
    with app.app_context():
        version = str(db.session.get_one(Ticket, ticket_id).version)
    fields = {"version": version, "seen": "0", **acts(0)[act].fields, **changed}
    if "text" in fields:
        fields["text"] = f"ご回答{HIDDEN}です"
    return {f"{act}-{name}": value for name, value in fields.items()} | {"step": step}


def test_it_shows_them_wherever_a_case_is_listed_or_read(app: Flask, case: tuple[str, int]) -> None:
    client, manager = browser_of(app, hire(app, Role.AGENT)), browser_of(app, hire(app, Role.MANAGER))
    pages = {
        "queue": client.get("/staff/"),
        "ticket": client.get(f"/staff/tickets/{case[0]}"),
        "found by word": press(client, "/staff/search", {"q": WORD}),
        "found by name": press(client, "/staff/search", {"q": NAME}),
        "looked for": press(client, "/staff/search", {"q": f"{HIDDEN}ない"}),
        "behind a figure": manager.get("/manager/tickets?part=received"),
    }
    assert {name: hidden_in(page) for name, page in pages.items() if hidden_in(page)} == {}
    for name in ("queue", "ticket", "found by word", "found by name", "behind a figure"):
        assert all(f"⟦U+{ord(char):04X}⟧" in pages[name].text for char in HIDDEN), name


@pytest.mark.parametrize("role", list(Role))
def test_it_shows_them_on_every_page_that_has_an_address(app: Flask, case: tuple[str, int], role: Role) -> None:
    client = browser_of(app, hire(app, role))
    pages = {path: text for path, text in pages_of(app, client, case[0]).items() if "<html" in text}
    assert {path: hidden_in(text) for path, text in pages.items() if hidden_in(text)} == {}
    read = {path for path, text in pages.items() if "⟦U+202E⟧" in text}
    assert read >= (set() if role is Role.ADMIN else {"/staff/", f"/staff/tickets/{case[0]}"})


def test_it_shows_them_in_what_is_about_to_leave(app: Flask, case: tuple[str, int]) -> None:
    client, (ref, ticket_id) = browser_of(app, hire(app, Role.AGENT)), case
    for act in ("answer", "wait", "close"):
        page = press(client, f"/staff/tickets/{ref}/{act}", filled(app, ticket_id, act, "look"))
        assert page.status_code == 200
        assert "⟦U+202E⟧" in page.text
        assert hidden_in(page) == [], act


@pytest.mark.parametrize("act", [act for act, fill in acts(0).items() if "text" in fill.fields])
def test_it_shows_them_when_two_people_collide(app: Flask, case: tuple[str, int], act: str) -> None:
    client, (ref, ticket_id) = browser_of(app, hire(app, Role.AGENT)), case
    at = f"/staff/tickets/{ref}"
    note = filled(app, ticket_id, "note", "look", nonce=new_token())
    stale = filled(app, ticket_id, act, "send", to="")
    assert press(client, f"{at}/note", note).status_code == 303
    late = press(client, f"{at}/{act}", stale)
    assert late.status_code == 409
    assert "⟦U+202E⟧" in late.text
    assert hidden_in(late) == []
    assert press(client, f"{at}/close", filled(app, ticket_id, "close", "send")).status_code == 303
    refused = press(client, f"{at}/{act}", filled(app, ticket_id, act, "send", nonce=new_token()))
    assert hidden_in(refused) == []


def test_a_file_keeps_no_hidden_character_in_its_name(app: Flask, client: FlaskClient) -> None:
    case = open_case(app)
    enter(client, case.token)
    upload = (io.BytesIO("めも".encode()), f"請求{HIDDEN}書.txt")
    assert post(client, "/s/messages", text=f"あ{HIDDEN}い", nonce=new_token(), uploads=upload).status_code == 303
    with app.app_context():
        file_id = db.session.scalars(select(Attachment.id)).one()
    staff = browser_of(app, hire(app, Role.AGENT))
    page = staff.get(f"/staff/tickets/{case.ref}")
    assert "請求" in page.text
    assert hidden_in(page) == []
    header = staff.get(f"/staff/tickets/{case.ref}/files/{file_id}").headers["Content-Disposition"]
    assert not any(f"%{byte:02X}" in header for char in HIDDEN for byte in char.encode()[:1]), header


def test_a_letter_shows_them_before_it_is_printed(app: Flask) -> None:
    with app.app_context():
        opened = open_one(person=Contact(name=NAME, address=f"東京都{HIDDEN}"))
    client = browser_of(app, hire(app, Role.AGENT))
    page = press(client, f"/staff/tickets/{opened.ref}/letter", filled(app, opened.ticket_id, "letter", "send"))
    assert page.status_code == 200
    assert "⟦U+202E⟧" in page.text
    assert hidden_in(page) == []


FORMS = ("NFC", "NFD")
TYPED = {"composed": "がもう ぱるる", "decomposed": "か\u3099もう は\u309aるる", "mixed": "がもう は\u309aるる"}
BODY = "Cafe\u0301 と Café で か\u3099つき"


@pytest.mark.parametrize("name", TYPED.values(), ids=TYPED)
def test_a_name_is_found_in_either_form_and_kept_as_typed(app: Flask, client: FlaskClient, name: str) -> None:
    assert submit(client, name=name, company=f"{name}商会", body=BODY).status_code == 303
    with app.app_context():
        with transaction():
            index_batch()
        ticket = db.session.scalars(select(Ticket)).one()
        ref, key = ticket.ref, keys_of(ticket.id)[Purpose.CASE]
        kept = Contact.unseal(key, db.session.scalars(select(Party.sealed)).one())
        assert (kept.name, kept.company) == (name, f"{name}商会")
        assert Said.unseal(key, db.session.scalars(select(Message.sealed)).one()).text == BODY
    staff = browser_of(app, hire(app, Role.AGENT))
    for form in FORMS:
        for words in (name, name.split()[1], f"{name.split(maxsplit=1)[0]}商会"[:3], "Café", "がつき"):
            found = press(staff, "/staff/search", {"q": unicodedata.normalize(form, words)})
            assert f"/staff/tickets/{ref}" in found.text, (form, words)
    page = staff.get(f"/staff/tickets/{ref}").text
    assert name in page
    assert BODY in page
