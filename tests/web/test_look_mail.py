"""Looking at received mail in a browser: the holding list, one mail with what it quotes, and the case that it became."""

import pytest
from flask import Flask
from playwright.sync_api import expect

from desk.accounts.permissions import Role
from desk.db import db
from desk.jobs import fetch, ingest
from desk.mail.imap import MailboxDown
from desk.mail.reading.reader import Reader
from desk.tickets.models import Ticket
from tests.mail.arriving import arrive, mail_bytes
from tests.services.browser import follow
from tests.web.hostile import FILE_NAME, POLYGLOT, come_in
from tests.web.look import Looker

QUOTING = """退会したのに、まだ登録が残っています。アカウントを削除してください。

2026年11月24日(火) 10:00 個人情報窓口 <cs@quote4.jp>:
> お問い合わせありがとうございます。
> 次のとおり受け付けました。
"""


@pytest.fixture
def database() -> str:
    """How pages look does not depend on the database."""
    return "sqlite"


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    """A desk with a mailbox, at a port where nobody answers."""
    return environ | {"DESK_IMAP_URL": "imap://cs@127.0.0.1:9/INBOX", "DESK_IMAP_PASSWORD": "open-sesame"}


@pytest.fixture
def mails(app: Flask) -> tuple[int, str]:
    """Three mails that wait, one of them hostile, and one that became a case; the hostile one's number and the case."""
    with app.app_context(), Reader() as reader:
        case = arrive(reader, mail_bytes(QUOTING, subject="アカウントの削除", files=[("画面の写し.png", b"\x89PNG")]))
        newsletter = {"sender": "news@shop.example", "List_Id": "<news.shop.example>"}
        arrive(reader, mail_bytes("今週のお買い得品です。" * 30, message_id="<2@x>", subject="お知らせ", **newsletter))
        arrive(reader, mail_bytes("SEO対策と被リンクのご案内", message_id="<3@x>", subject="ご提案"))
        text = f"{POLYGLOT}\n> {POLYGLOT}\n"
        hostile = mail_bytes(text, message_id="<4@x>", subject=POLYGLOT[:200], files=[(FILE_NAME, b"x")], **newsletter)
        held = arrive(reader, hostile).inbox_id
        ref = db.session.get_one(Ticket, case.ticket_id).ref
        db.session.remove()
    return held, ref


def test_received_mail(app: Flask, live: str, looker: Looker, language: str, mails: tuple[int, str]) -> None:
    held, ref = mails
    come_in(app, live, looker.page.context, Role.AGENT, language)
    page = looker.page
    looker.go(f"{live}/staff/tickets/{ref}", "mail-case")
    assert "> 次のとおり受け付けました。" in (page.text_content("main") or "")
    expect(page.locator(".message details")).to_have_count(1)
    follow(page, ".message a[href*='/staff/mail/']")
    looker.look("mail-joined")
    looker.go(f"{live}/staff/mail/", "mail-held")
    expect(page.locator("article.held")).to_have_count(3)
    looker.go(f"{live}/staff/mail/{held}", "mail-hostile")
    page.fill("#judge input[name=ref]", "XXXX")
    follow(page, "#judge button >> nth=0")
    looker.look("mail-no-such-case")
    page.fill("#judge input[name=ref]", ref)
    follow(page, "#judge button >> nth=0")
    looker.look("mail-judged")
    expect(page.locator("article.held")).to_have_count(2)
    with app.app_context():
        ingest()
    page.goto(f"{live}/staff/tickets/{ref}")
    expect(page.locator(".message")).to_have_count(2)


def test_an_auditor_reads_and_judges_nothing(app: Flask, live: str, looker: Looker, mails: tuple[int, str]) -> None:
    assert mails
    come_in(app, live, looker.page.context, Role.AUDITOR)
    looker.go(f"{live}/staff/mail/", "mail-held-auditor")
    expect(looker.page.locator("main form")).to_have_count(0)


def test_the_mailbox(app: Flask, live: str, looker: Looker, language: str) -> None:
    come_in(app, live, looker.page.context, Role.ADMIN, language)
    looker.go(f"{live}/admin/mail", "mailbox")
    with app.app_context(), pytest.raises(MailboxDown):
        fetch()
    follow(looker.page, "form[action='/admin/mail/fetch'] button")
    looker.look("mailbox-down")
