"""The whole way, as its people go it: a complaint from a phone, the mail, the answer, the code, the reply, the figures."""

import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from desk.develop.ports import LOOPBACK, next_free
from tests.develop.test_up import Running
from tests.services.browser import Visitor, follow
from tests.waiting import wait_until

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 200_000
NEXT = "main form button.govuk-button >> nth=0"
PASSWORD = "correct horse battery staple"
WORDS = {
    "ja": (
        "",
        "配信を止めたのに、まだ届きます。",
        "配信を止めました。ご迷惑をおかけしました。",
        "ありがとうございます。",
    ),
    "en": ("/en", "I still get your mails.", "We have stopped them. We are sorry.", "Thank you."),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The desk's data folder."""
    return tmp_path_factory.mktemp("desk")


@pytest.fixture(scope="module")
def desk(folder: Path) -> Iterator[Running]:
    """A desk as `make run` starts it: web, worker, clock, Redis and the mail catcher, each a process."""
    running = Running(folder, next_free(8700))
    running.wait_for("Ctrl-C stops it")
    yield running
    assert running.stop() == 0


class Mailbox:
    """What the mail catcher's page shows."""

    def __init__(self, address: str) -> None:
        self.address = address

    def wait(self, to: str, pick: Callable[[dict[str, Any]], bool] = lambda _mail: True) -> dict[str, Any]:
        """Wait for a mail to somebody that fits, and return the newest."""
        found: list[dict[str, Any]] = []

        def has_come() -> bool:
            for mail in self._json("messages.json"):
                if to in mail["to"] and pick(whole := self._json(f"messages/{mail['id']}.json")):
                    found.append(whole)
                    return True
            return False

        wait_until(has_come, f"a mail to {to}")
        return found[0]

    def _json(self, path: str) -> Any:
        with urllib.request.urlopen(self.address + path, timeout=60) as answer:
            return json.loads(answer.read())


def come_in(visitor: Visitor, desk: Running, folder: Path, role: str, email: str) -> Page:
    """Add a member of staff by command and sign them in; return their page."""
    command = [sys.executable, "-m", "desk", "staff", "add", email, "--name", f"{role} さん", "--role", role]
    environ = os.environ | {"DESK_DATA_DIR": str(folder)}
    subprocess.run([*command, "--password-stdin"], input=PASSWORD, env=environ, check=True, text=True)
    page = visitor.open(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(f"http://{LOOPBACK}:{desk.port}/sign-in")
    page.fill("input[type=email]", email)
    page.fill("input[type=password]", PASSWORD)
    follow(page, "main form button[type=submit]")
    return page


@pytest.mark.parametrize(("language", "scripts"), [("ja", True), ("en", False)])
def test_a_complaint_goes_the_whole_way(
    desk: Running, folder: Path, visitor: Visitor, language: str, scripts: bool
) -> None:
    at, mailbox = f"http://{LOOPBACK}:{desk.port}", Mailbox(desk.wait_for("  Mail ").split()[-1])
    prefix, complaint, answer, thanks = WORDS[language]
    email = f"hanako-{language}@person.example"

    phone = visitor.open(viewport={"width": 390, "height": 844}, has_touch=True, java_script_enabled=scripts).new_page()
    phone.goto(f"{at}{prefix}/")
    follow(phone, f"a[href='{prefix}/requests/new?kind=K40']")
    phone.check("input[name=population][value=user]")
    phone.fill("textarea[name=body]", complaint)
    files = [("証拠.png", "image/png", PNG), ("memo.txt", "text/plain", "めも".encode())]
    phone.set_input_files(
        "input[type=file]", [{"name": name, "mimeType": kind, "buffer": data} for name, kind, data in files]
    )
    follow(phone, NEXT)
    phone.fill("input[name=name]", "山田 花子")
    phone.fill("input[name=email]", email)
    follow(phone, NEXT)
    phone.wait_for_timeout(3_100)
    follow(phone, NEXT)
    phone.wait_for_url("**/requests/receipt")
    ref = re.sub(r"\W", "", phone.locator("[data-copy]").first.get_attribute("data-copy") or "")
    assert re.fullmatch(r"[A-Z0-9]{12}", ref)

    acknowledged = mailbox.wait(email)
    assert ref[:4] in acknowledged["subject"]
    assert complaint not in acknowledged["text"]

    agent = come_in(visitor, desk, folder, "agent", f"agent-{language}@desk.example")
    agent.goto(f"{at}/staff/")
    row = agent.locator("tr", has_text=f"{ref[:4]}-{ref[4:8]}-{ref[8:]}")
    assert "あと" in row.inner_text()
    with agent.expect_navigation():
        row.locator("a").click()
    assert complaint in agent.inner_text("main")
    expect(agent.locator("text=証拠.png")).to_have_count(1)
    agent.fill("textarea[name=answer-text]", answer)
    follow(agent, "form[action$='/answer'] button[type=submit] >> nth=-1")
    follow(agent, "form[action$='/answer'] button[value=send]")
    assert answer in agent.inner_text("main")

    told = mailbox.wait(email, lambda mail: mail["text"] != acknowledged["text"])
    assert answer not in told["text"]
    phone.goto(next(link for link in told["links"] if "/s/" in link))
    follow(phone, "main form button[type=submit]")
    assert answer not in phone.inner_text("main")
    follow(phone, "form[action$='/s/code'] button")
    code = re.compile(r"(?<!\d)\d{6}(?!\d)")
    mailed = mailbox.wait(email, lambda mail: bool(code.search(mail["text"])))
    found = code.search(mailed["text"])
    assert found is not None
    phone.fill("input[name=code]", found[0])
    follow(phone, "form[action$='/s/code/check'] button")
    assert answer in phone.inner_text("main")
    phone.fill("textarea[name=text]", thanks)
    follow(phone, "form[action$='/s/messages'] button.govuk-button >> nth=0")

    agent.goto(f"{at}/staff/tickets/{ref}")
    assert thanks in agent.inner_text("main")
    agent.locator("details", has=agent.locator("form[action$='/close']")).locator("summary").first.click()
    agent.select_option("select[name=close-outcome]", "K-OK")
    follow(agent, "form[action$='/close'] button[type=submit] >> nth=-1")
    follow(agent, "form[action$='/close'] button[value=send]")
    agent.goto(f"{at}/staff/?view=closed")
    expect(agent.locator("tr", has_text=ref[:4])).to_have_count(1)

    manager = come_in(visitor, desk, folder, "manager", f"manager-{language}@desk.example")
    manager.goto(f"{at}/manager/?measure=answer")
    follow(manager, "table a[href*='part=measured'] >> nth=0")
    expect(manager.locator("tr", has_text=ref[:4])).to_have_count(1)
