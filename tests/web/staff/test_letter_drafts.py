"""Drafts of letters in the ticket's forms: chosen, filled in from the case, and not sent half written."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdfium2 import PdfDocument

from desk import clock
from desk.events.trail import DESK
from desk.handling.intake import Opened
from desk.handling.wordings import change_wording
from desk.tickets.content import Contact
from desk.transaction import transaction
from tests.cases import add_staff, fields_of, open_one, sign_in


@pytest.fixture
def agent(app: Flask) -> FlaskClient:
    """Somebody at the desk."""
    with app.app_context():
        staff = add_staff()
    return sign_in(app, staff)


def begun(client: FlaskClient, opened: Opened, query: str) -> dict[str, str]:
    """Return the form that begins with a draft."""
    name = query.partition("=")[0]
    path = f"/staff/tickets/{opened.ref}"
    page = client.get(f"{path}?{query}").text
    assert f'id="{name}" open' in page
    return fields_of(page, f"{path}/{name}")


def day_of(opened: Opened) -> str:
    on = opened.received_at.astimezone(clock.TOKYO)
    return f"{on.year}年{on.month}月{on.day}日"


def test_the_end_of_a_complaint_begins_with_a_letter(app: Flask, agent: FlaskClient) -> None:
    with app.app_context():
        opened = open_one()
    fields = begun(agent, opened, "close=K-OK")
    assert f"{day_of(opened)}付のお申し出につきまして" in fields["close-text"]
    assert "［要記入：確かめた事実］" in fields["close-text"]
    path = f"/staff/tickets/{opened.ref}/close"
    refused = agent.post(path, data=fields | {"close-outcome": "K-OK", "step": "send"})
    assert (refused.status_code, "［要記入：…］の部分を書き換えるか" in refused.text) == (400, True)
    whole = fields["close-text"].replace("［要記入：確かめた事実］", "配信の設定に誤りがありました。")
    whole = whole.replace("［要記入：行ったこと］", "設定を直しました。").replace(
        "［要記入：繰り返さないために行うこと］", "手順を改めました。"
    )
    shown = agent.post(path, data=fields | {"close-outcome": "K-OK", "close-text": whole, "step": "pdf"})
    assert shown.headers["Content-Disposition"].startswith("attachment;")
    sent = agent.post(path, data=fields | {"close-outcome": "K-OK", "close-text": whole, "step": "send"})
    assert sent.status_code == 303
    page = agent.get(sent.location).text
    assert "配信の設定に誤りがありました。" in page
    found = re.search(r'href="([^"]+/files/\d+)"[^>]*>お申し出への回答 [^<]+\.pdf', page)
    assert found is not None
    kept = agent.get(found[1]).data
    assert kept == shown.data
    text = "".join(one.get_textpage().get_text_bounded() for one in PdfDocument(kept))
    assert all(
        words in text for words in ("お申し出への回答", "山田 太郎 様", "株式会社for Crafts", "手順を改めました。")
    )


def test_a_wait_begins_with_the_list_of_documents(app: Flask, agent: FlaskClient) -> None:
    with app.app_context():
        opened = open_one(kind="D33")
    fields = begun(agent, opened, "wait=identity")
    assert all(
        words in fields["wait-text"] for words in ("保有個人データの開示", "・マイナンバーカード（表面のみ）", "までに")
    )
    assert "［要記入：お尋ねする点］" in begun(agent, opened, "wait=correction")["wait-text"]
    assert "ご回答の予定" not in begun(agent, opened, "tell_delay=1")["tell_delay-text"]


@pytest.mark.parametrize(("relation", "listed"), [("statutory", "戸籍謄本"), ("appointed", "委任状")])
def test_an_agent_is_asked_for_authority_too(app: Flask, agent: FlaskClient, relation: str, listed: str) -> None:
    with app.app_context():
        other = Contact(name="代理 花子", email="agent@example.jp", relation=relation)
        opened = open_one(kind="D33", agent=other)
    assert listed in begun(agent, opened, "wait=identity")["wait-text"]


def test_a_draft_is_in_the_persons_language_and_the_administrators_words(app: Flask, agent: FlaskClient) -> None:
    with app.app_context():
        opened = open_one(language="en")
        with transaction():
            change_wording("L12", "en", "In our own words: {decision}.", 0, DESK, clock.now())
    assert begun(agent, opened, "close=K-OK")["close-text"] == "In our own words: Complaint settled."


@pytest.mark.parametrize("query", ["close=SPAM", "close=D-NONE", "close=", "wait=fee", "wait=x", "letter=L12"])
def test_what_has_no_draft_leaves_the_form_empty(app: Flask, agent: FlaskClient, query: str) -> None:
    with app.app_context():
        opened = open_one()
    page = agent.get(f"/staff/tickets/{opened.ref}?{query}")
    assert page.status_code == 200
    assert fields_of(page.text, f"/staff/tickets/{opened.ref}/close")["close-text"] == ""


def test_the_letter_that_leaves_is_the_last_one_looked_at(app: Flask, agent: FlaskClient) -> None:
    with app.app_context():
        opened = open_one()
    path = f"/staff/tickets/{opened.ref}"
    fields = fields_of(agent.get(path).text, f"{path}/close") | {"close-outcome": "K-OK", "step": "send"}
    late = agent.get(path).text
    assert agent.post(f"{path}/take", data=fields_of(late, f"{path}/take")).status_code == 303
    conflict = agent.post(f"{path}/close", data=fields | {"close-text": "はじめの文です。"})
    assert conflict.status_code == 409
    again = fields_of(conflict.text, f"{path}/close") | {"close-outcome": "K-OK", "step": "send"}
    assert agent.post(f"{path}/close", data=again | {"close-text": "直した文です。"}).status_code == 303
    page = agent.get(path).text
    names = re.findall(r'href="([^"]+/files/\d+)"', page)
    assert len(names) == 1
    text = "".join(one.get_textpage().get_text_bounded() for one in PdfDocument(agent.get(names[0]).data))
    assert ("直した文です。" in text, "はじめの文です。" in text) == (True, False)
