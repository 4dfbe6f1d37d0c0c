"""Account numbers stay in the sealed original and are masked in every view, letter and token; seeing one is on record."""

import email
import email.policy

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from desk import clock
from desk.accounts.permissions import Role
from desk.db import db
from desk.events.kinds import EventKind
from desk.events.models import Event
from desk.events.trail import staff_actor
from desk.handling import casework, correspondence
from desk.handling.indexing import index_batch
from desk.handling.intake import Opened
from desk.mail.models import MailKind, OutboxMail
from desk.mail.outbox import unpack
from desk.search.find import find
from desk.tickets.content import Said, Summary, subject_of
from desk.tickets.masking import mask_numbers
from desk.tickets.models import Message, Ticket
from desk.transaction import transaction
from desk.vault.keys import DataKey, Purpose, keys_of, vault
from tests.cases import act, add_staff, open_one, sign_in
from tests.people import browser_of, hire
from tests.security.house import press
from tests.web.public.people import enter, give_code

NUMBER, SHOWN = "7654321", "●●●●321"
ASKED = f"返金先の口座番号は {NUMBER} です。急ぎます。"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("口座番号：1234567", "口座番号：●●●●567"),
        ("普通　１２３４５６７", "普通　●●●●５６７"),
        ("口座番号\n1234567", "口座番号\n●●●●567"),
        ("account number 12345678", "account number ●●●●●678"),
        ("記号 12345 番号 12345671", "記号 12345 番号 ●●●●●671"),
        ("カード 4111 1111 1111 1111", "カード ●●●●●●●●●●●●1111"),
        ("会員番号 1234567、電話 03-1234-5678", "会員番号 1234567、電話 03-1234-5678"),
    ],
)
def test_it_knows_a_number_by_the_words_before_it(text: str, masked: str) -> None:
    assert mask_numbers(text) == masked
    assert mask_numbers(masked) == masked


@pytest.fixture
def opened(app: Flask) -> Opened:
    """A ticket whose person wrote the number of their account, in a detail too."""
    with app.app_context():
        found = open_one(said=Said(ASKED, {"about": f"口座 {NUMBER} の明細"}))
        with transaction():
            index_batch()
        return found


@pytest.fixture
def agent(app: Flask) -> FlaskClient:
    """Somebody at the desk."""
    with app.app_context():
        return sign_in(app, add_staff())


def first_message(app: Flask, opened: Opened) -> int:
    with app.app_context():
        return db.session.scalars(select(Message.id).where(Message.ticket_id == opened.ticket_id)).one()


def looks(app: Flask, opened: Opened) -> list[dict[str, int]]:
    """Return what the trail says of numbers shown."""
    with app.app_context():
        shown = (Event.ticket_id == opened.ticket_id, Event.kind == EventKind.NUMBERS_SHOWN)
        return [row.facts for row in db.session.scalars(select(Event).where(*shown))]


def test_it_shows_it_masked_in_every_view_of_the_desk(app: Flask, opened: Opened, agent: FlaskClient) -> None:
    manager = browser_of(app, hire(app, Role.MANAGER))
    with app.app_context():
        who = staff_actor(add_staff())
        act(opened, casework.escalate, None, f"口座番号 {NUMBER} に返金してよいか", who, clock.now())
        act(opened, correspondence.note, f"口座番号 {NUMBER} を確かめた", who, clock.now())
    pages = {
        "queue": agent.get("/staff/"),
        "ticket": agent.get(f"/staff/tickets/{opened.ref}"),
        "found": press(agent, "/staff/search", {"q": "返金先"}),
        "figures": manager.get("/manager/tickets?part=received"),
    }
    assert {name: page.text.count(NUMBER) for name, page in pages.items()} == dict.fromkeys(pages, 0)
    assert {name: SHOWN in page.text for name, page in pages.items()} == dict.fromkeys(pages, True)
    assert pages["ticket"].text.count(SHOWN) == 4  # what was asked, its detail, the note, the reason


def test_a_row_of_the_queue_from_before_is_masked_too(app: Flask, opened: Opened, agent: FlaskClient) -> None:
    with app.app_context(), transaction():
        key = keys_of(opened.ticket_id)[Purpose.CASE]
        plain = Summary("山田 太郎", subject_of(ASKED)).seal(key)
        db.session.execute(update(Ticket).where(Ticket.id == opened.ticket_id).values(summary=plain))
    assert NUMBER not in agent.get("/staff/").text


def test_a_number_at_the_end_of_the_subject_is_not_cut_open(app: Flask, agent: FlaskClient) -> None:
    with app.app_context():
        open_one(said=Said(f"{'あ' * 48}口座番号 {NUMBER} です。"))
    page = agent.get("/staff/").text
    assert "口座番号 ●●●●" in page
    assert NUMBER[:3] not in page


def test_it_is_no_word_that_finds_the_case(context: object, app: Flask, opened: Opened) -> None:
    assert find("返金先").ticket_ids == (opened.ticket_id,)
    for part in (NUMBER, NUMBER[:4], NUMBER[1:3]):
        assert find(part).ticket_ids == (), part


def test_the_person_sees_it_masked(app: Flask, opened: Opened, client: FlaskClient) -> None:
    enter(client, opened.token)
    give_code(app, client)
    page = client.get("/s").text
    assert (NUMBER in page, SHOWN in page) == (False, True)


def test_a_mail_with_the_whole_answer_masks_it_as_its_preview_does(app: Flask, agent: FlaskClient) -> None:
    with app.app_context():
        opened = open_one(kind="N-GEN")
        version = db.session.get_one(Ticket, opened.ticket_id).version
    form = {
        "version": version,
        "seen": "0",
        "nonce": "n" * 40,
        "by_mail": "y",
        "text": f"口座番号 {NUMBER} へ返金します。",
    }
    data = {f"answer-{name}": value for name, value in form.items()}
    path = f"/staff/tickets/{opened.ref}/answer"
    preview = press(agent, path, {**data, "step": "look"})
    shown = preview.text.partition("columns--halves")[2].partition("<form")[0]
    assert (NUMBER in shown, shown.count(SHOWN)) == (False, 2)  # in the mail, and under the link
    assert press(agent, path, {**data, "step": "send"}).status_code == 303
    with app.app_context():
        row = db.session.scalars(select(OutboxMail).where(OutboxMail.kind == MailKind.ANSWER)).one()
        _envelope, mime = unpack(vault().open(db.session.get_one(DataKey, row.key_id)), row.sealed or b"")
    text = email.message_from_bytes(mime, policy=email.policy.default).get_content()
    assert (NUMBER in text, SHOWN in text) == (False, True)


@pytest.mark.parametrize("role", [Role.AGENT, Role.AUDITOR])
def test_who_reads_cases_sees_one_message_in_full_once_and_the_trail_says_so(
    app: Flask, opened: Opened, role: Role
) -> None:
    client, message = browser_of(app, hire(app, role)), first_message(app, opened)
    with app.app_context():
        who = staff_actor(add_staff())
        act(opened, correspondence.note, f"口座番号 {NUMBER} を確かめた", who, clock.now())
    at = f"/staff/tickets/{opened.ref}"
    assert f"{at}/messages/{message}/reveal" in client.get(at).text
    page = press(client, f"{at}/messages/{message}/reveal", {})
    assert page.status_code == 200
    assert page.text.count(NUMBER) == 2  # the text and its detail; the note stays masked
    assert "no-store" in page.headers["Cache-Control"]
    assert looks(app, opened) == [{"message": message}]
    assert "伏せた番号を表示しました" in page.text
    assert NUMBER not in client.get(at).text


def test_a_message_without_a_number_has_no_button(app: Flask, agent: FlaskClient) -> None:
    with app.app_context():
        opened = open_one()
    assert "/reveal" not in agent.get(f"/staff/tickets/{opened.ref}").text


def test_it_shows_no_message_of_another_case(app: Flask, opened: Opened, agent: FlaskClient) -> None:
    with app.app_context():
        other = open_one()
    answer = press(agent, f"/staff/tickets/{other.ref}/messages/{first_message(app, opened)}/reveal", {})
    assert (answer.status_code, NUMBER in answer.text) == (404, False)
    assert looks(app, opened) == looks(app, other) == []


def test_a_look_is_no_change_that_a_colleague_has_to_hear_of(app: Flask, opened: Opened, agent: FlaskClient) -> None:
    page = agent.get(f"/staff/tickets/{opened.ref}")
    press(agent, f"/staff/tickets/{opened.ref}/messages/{first_message(app, opened)}/reveal", {})
    with app.app_context():
        version = db.session.get_one(Ticket, opened.ticket_id).version
    assert f'name="note-version" value="{version}"' in page.text.replace(' type="hidden"', "")
