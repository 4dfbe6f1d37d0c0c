"""The mail catcher: what is sent to it stands on its page, and nothing on that page can do harm."""

import json
import os
import smtplib
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.sync_api import Page

from desk.develop.caught import Caught, split_links
from desk.develop.mailbox_page import create_page
from desk.develop.ports import next_free
from tests.moment import Traveller
from tests.waiting import listens, wait_until

LINK = "http://127.0.0.1:8000/s/abcDEF-123"


@dataclass(frozen=True)
class Running:
    """A catcher with its two ports."""

    page: str
    smtp_port: int


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    port = next_free(8400)
    smtp_port = next_free(port + 1)
    command = [sys.executable, "-m", "desk.develop.catcher", "--port", str(port), "--smtp-port", str(smtp_port)]
    environ = {**os.environ, "DESK_DATA_DIR": str(tmp_path_factory.mktemp("var"))}
    process = subprocess.Popen(command, env=environ)
    wait_until(lambda: listens(smtp_port), "the catcher listens")
    yield Running(f"http://127.0.0.1:{port}/", smtp_port)
    process.terminate()
    assert process.wait(60) == 0


def _letter() -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "個人情報窓口 <desk@example.jp>"
    mail["To"] = "山田 太郎 <taro@example.jp>"
    mail["Subject"] = "【受付番号 ABC】開示のご請求を承りました <b>"
    mail.set_content(f"山田様\n\n{LINK}\nhttps://elsewhere.example/\n<script>alert(1)</script>\n")
    mail.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="様式.pdf")
    return mail


def _fetch(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=60) as response:
        return bytes(response.read())


def test_it_shows_what_was_sent(running: Running, page: Page) -> None:
    mail = _letter()
    with smtplib.SMTP("127.0.0.1", running.smtp_port) as client:
        client.send_message(mail, "bounce@example.jp", ["taro@example.jp"])
    page.goto(running.page)
    page.get_by_role("link", name="【受付番号 ABC】開示のご請求を承りました <b>").first.click()
    assert page.locator("h1").inner_text() == str(mail["Subject"])
    assert (page.locator(".text").text_content() or "").startswith("山田様\n\nhttp://127.0.0.1")
    assert page.locator(".text a").evaluate_all("links => links.map(link => link.href)") == [LINK]
    assert "<script>alert(1)</script>" in page.locator(".text").inner_text()
    assert "様式.pdf" in page.locator("dl").inner_text()


def test_it_answers_tests_in_json(running: Running) -> None:
    with smtplib.SMTP("127.0.0.1", running.smtp_port) as client:
        client.send_message(_letter(), "bounce@example.jp", ["taro@example.jp"])
    newest = json.loads(_fetch(running.page + "messages.json"))[0]
    assert (newest["from"], newest["to"]) == ("bounce@example.jp", ["taro@example.jp"])
    letter = json.loads(_fetch(f"{running.page}messages/{newest['id']}.json"))
    assert letter["links"] == [LINK]
    assert letter["text"].startswith("山田様")
    assert ["To", "山田 太郎 <taro@example.jp>"] in letter["headers"]
    raw = _fetch(f"{running.page}messages/{newest['id']}.eml")
    assert raw == _fetch(f"{running.page}messages/{newest['id']}.eml")
    assert raw.count(b"\r\n") == raw.count(b"\n")


def test_it_answers_to_no_other_name(running: Running) -> None:
    request = urllib.request.Request(running.page, headers={"Host": "evil.example"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=60)
    assert refused.value.code == 400
    refused.value.close()


def test_it_lists_the_newest_first_and_nothing_outside_its_folder(tmp_path: Path, moment: Traveller) -> None:
    caught = Caught(tmp_path / "caught")
    assert caught.list_mails() == []
    ids = []
    for number in range(3):
        moment.shift(timedelta(milliseconds=1))
        ids.append(caught.keep("a@example.jp", ["b@example.jp"], f"Subject: {number}\r\n\r\n".encode()))
    assert [mail.subject for mail in caught.list_mails()] == ["2", "1", "0"]
    (tmp_path / "secret.eml").write_bytes(b"Subject: no\r\n\r\n")
    client = create_page(caught).test_client()
    assert client.get(f"/messages/{ids[0]}").status_code == 200
    for path in ("/messages/..%2Fsecret", "/messages/..%2Fsecret.eml", "/messages/20260101T000000000000-00000000.json"):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n\r\n",
        b"Subject: =?utf-8?q?a=0d=0aX:_1?=\r\n\r\nbody",
        b"Content-Type: text/plain; charset=no-such\r\n\r\n\xff\xfe",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x",
        b"From: =?x?y?z?= <\r\nTo: ,,,\r\nDate: never\r\n\r\n",
        "Subject: 生の日本語\r\n\r\n本文".encode(),
        b"Content-Type: text/plain; charset=\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!",
        b"Content-Type: multipart/alternative\r\nContent-Disposition: attachment; filename*=x''%\r\n\r\n",
        b"Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nbody",
    ],
)
def test_it_shows_malformed_mail_too(tmp_path: Path, raw: bytes) -> None:
    caught = Caught(tmp_path)
    mail_id = caught.keep("", [], raw)
    client = create_page(caught).test_client()
    for path in ("/", f"/messages/{mail_id}", f"/messages/{mail_id}.json", "/messages.json"):
        assert client.get(path).status_code == 200
    assert client.get(f"/messages/{mail_id}.eml").data == raw


@pytest.mark.parametrize(
    ("address", "followed"),
    [
        ("http://127.0.0.1:8000/s/x", True),
        ("http://localhost/", True),
        ("https://127.0.0.1/", False),
        ("http://localhost.evil.example/", False),
        ("http://localhost@evil.example/", False),
        ("http://[", False),
    ],
)
def test_it_follows_addresses_of_this_machine_only(address: str, *, followed: bool) -> None:
    hrefs = [piece.href for piece in split_links(f"前 {address} 後") if piece.href]
    assert hrefs == ([address] if followed else [])
    assert "".join(piece.text for piece in split_links(f"前 {address} 後")) == f"前 {address} 後"


def test_it_sends_a_strict_policy_with_every_page(tmp_path: Path) -> None:
    response = create_page(Caught(tmp_path)).test_client().get("/")
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
    assert response.headers["Referrer-Policy"] == "no-referrer"


def test_it_refuses_production() -> None:
    environ = {**os.environ, "DESK_ENV": "production"}
    command = [sys.executable, "-m", "desk.develop.catcher", "--port", "1", "--smtp-port", "2"]
    refused = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=30)
    assert refused.returncode == 2
    assert refused.stderr.strip() == "desk: the mail catcher is for development only (DESK_ENV)"
