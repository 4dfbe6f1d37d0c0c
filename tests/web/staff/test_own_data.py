"""What the desk itself holds of one person: found by the blind index, nobody else's taken for theirs, and the trail has it."""

import re
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from desk import clock, jobs
from desk.accounts.permissions import Role
from desk.db import db
from desk.events.kinds import EventKind
from desk.events.models import Event
from desk.events.trail import DESK
from desk.handling.consents import ConsentWords, Who, record_consent
from desk.handling.intake import Opened
from desk.mail.reading.reader import Reader
from desk.tickets.content import Contact, Origin
from desk.tickets.models import Channel
from desk.tickets.references import grouped
from desk.transaction import transaction
from tests.cases import open_one
from tests.mail.arriving import arrive, mail_bytes
from tests.people import browser_of, hire

TARO = Contact(name="山田 太郎", reading="やまだ たろう", email="taro@example.jp", phone="03-1234-5678")


@pytest.fixture
def cases(app: Flask) -> dict[str, Opened]:
    """A person's case, and others that share something with it or nothing."""
    lawyer = Contact(name="弁護士 花子", email="law@example.jp", relation="lawyer")
    with app.app_context():
        opened = {
            "own": open_one(person=TARO, agent=lawyer, origin=Origin(address="192.0.2.1", user_agent="x", referrer="")),
            "same address": open_one(person=Contact(email="TARO@example.jp")),
            "same number": open_one(person=Contact(name="山田太郎", phone="+81 3 1234 5678")),
            "same name": open_one(person=Contact(name="ヤマダ タロウ", email="other@example.jp")),
            "same lawyer": open_one(person=Contact(name="佐藤 次郎", email="jiro@example.jp"), agent=lawyer),
            "stranger": open_one(person=Contact(name="鈴木 三郎", email="saburo@example.jp")),
        }
        jobs.index()
        db.session.remove()
    return opened


@pytest.fixture
def agent(app: Flask) -> FlaskClient:
    """Somebody who answers."""
    return browser_of(app, hire(app, Role.AGENT))


def page_of(client: FlaskClient, case: Opened) -> str:
    answer = client.get(f"/staff/tickets/{case.ref}/own-data")
    assert answer.status_code == 200
    return answer.text


def tables(page: str) -> dict[str, str]:
    """Return each table's text by its caption."""
    found = {}
    for table in re.findall(r"<table.*?</table>", page, re.DOTALL):
        caption = re.search(r"<caption[^>]*>(.*?)</caption>", table, re.DOTALL)
        assert caption is not None
        found[caption[1].strip()] = table
    return found


def test_it_finds_the_persons_cases_and_keeps_namesakes_apart(
    app: Flask, agent: FlaskClient, cases: dict[str, Opened]
) -> None:
    found = tables(page_of(agent, cases["own"]))
    sure, namesakes = found["メールアドレスか電話番号が同じ案件"], found["お名前だけが同じ案件"]
    where = {
        name: ("sure" if grouped(case.ref) in sure else "") + ("name" if grouped(case.ref) in namesakes else "")
        for name, case in cases.items()
    }
    assert where == {
        "own": "sure",
        "same address": "sure",
        "same number": "sure",
        "same name": "name",
        "same lawyer": "",
        "stranger": "",
    }


def test_it_counts_what_a_case_holds(app: Flask, agent: FlaskClient, cases: dict[str, Opened]) -> None:
    rows = re.findall(r"<tr.*?</tr>", page_of(agent, cases["own"]), re.DOTALL)
    (row,) = [row for row in rows if grouped(cases["own"].ref) in row]
    cells = [" ".join(re.sub("<.*?>", " ", cell).split()) for cell in re.findall(r"<td.*?</td>", row, re.DOTALL)]
    assert cells[1:3] == ["山田 太郎", "メール / 電話 / お名前"]
    assert cells[3:7] == ["1", "0", "1", "0"]  # the message, no mail in, the receipt, no file
    assert re.match(r"\d{4}年", cells[7])  # the day on which address and browser are erased
    assert cells[8] == "2"  # received, and seen by whoever looks


def test_the_trail_says_that_somebody_looked(app: Flask, agent: FlaskClient, cases: dict[str, Opened]) -> None:
    page_of(agent, cases["own"])
    with app.app_context():
        looks = db.session.scalars(select(Event).where(Event.kind == EventKind.OWN_DATA_LISTED)).all()
        assert [(event.ticket_id, event.facts) for event in looks] == [(cases["own"].ticket_id, {"hits": 4})]
    assert "窓口が持つこの方の情報を確認しました（4件）" in agent.get(f"/staff/tickets/{cases['own'].ref}").text


def test_it_shows_consents_and_mail_that_waits(app: Flask, agent: FlaskClient, cases: dict[str, Opened]) -> None:
    page = page_of(agent, cases["own"])
    assert page.count("ありません。") == 2
    words = ConsentWords(Who("山田", "taro@example.jp"), "お知らせを送ります", None, date(2026, 4, 1), Channel.PHONE)
    with app.app_context(), Reader() as reader:
        with transaction():
            record_consent(words, actor=DESK, now=clock.now())
        for number, sender in enumerate(("Taro <Taro@example.jp>", "news@shop.example")):
            listed = {"sender": sender, "List_Id": "<news.shop.example>"}
            arrive(
                reader, mail_bytes("お買い得です。", message_id=f"<{number}@x>", subject=f"お知らせ{number}", **listed)
            )
        db.session.remove()
    page = page_of(agent, cases["own"])
    assert "お知らせを送ります" in page
    assert "お知らせ0" in page
    assert "お知らせ1" not in page


def test_a_person_without_an_address_or_number_is_found_by_name(app: Flask, agent: FlaskClient) -> None:
    with app.app_context():
        case = open_one(person=Contact(name="高橋", address="東京都千代田区1-1"))
        jobs.index()
        db.session.remove()
    page = page_of(agent, case)
    assert "メールアドレスか電話番号が同じ案件はありません。" in page
    assert grouped(case.ref) in tables(page)["お名前だけが同じ案件"]
