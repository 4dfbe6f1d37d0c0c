"""Looking at pages in a browser: accessible, nothing sticking out sideways, nothing executed that was only typed."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page

from desk.web.cookies import COOKIES, bare_name
from tests.services.browser import Visitor
from tests.web.hostile import PROBE

SHOTS = os.environ.get("DESK_TEST_SHOTS")
"""A folder for pictures of every page looked at."""

WIDTHS = (1280, 390)
_axe = Axe()
ONLY_WRONG = {"resultTypes": ["violations"], "reporter": "no-passes"}
"""What is right with a page is not told: telling takes as long as looking."""


REPORTS = """document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`Content Security Policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`))"""
"""Says in the console what the policy stopped; run in every page before its own scripts."""

INJECTED = f"""[...document.querySelectorAll("*")].filter((el) => el.matches("{PROBE}, script:not([src]), style")
  || [...el.attributes].some((each) => each.name.startsWith("on") || /^\\s*javascript:/i.test(each.value)
    && ["href", "src", "action", "formaction", "xlink:href"].includes(each.name)))
  .map((el) => el.outerHTML.slice(0, 120))"""
"""Elements that no page of the desk has, whether or not anything of them ran."""


class Watcher:
    """A page that collects what ran, what the policy stopped, and what went wrong in its scripts."""

    def __init__(self, context: BrowserContext) -> None:
        self.page: Page = context.new_page()
        self.wrong: list[str] = []
        self.page.add_init_script(REPORTS)
        self.page.on("dialog", self._dialog)
        self.page.on("console", lambda message: self._console(message.type, message.text))
        self.page.on("pageerror", lambda error: self.wrong.append(f"{self.page.url}: {error}"))

    def watch(self, name: str) -> None:
        """Note what stands in the page that was only typed."""
        self.page.wait_for_load_state()
        self.wrong += [f"{name}: {html}" for html in self.page.evaluate(INJECTED)]
        kept = {bare_name(str(cookie.get("name"))) for cookie in self.page.context.cookies()}
        self.wrong += [
            f"{name}: the cookie {one} is not said of" for one in sorted(kept - {one.name for one in COOKIES})
        ]

    def _dialog(self, dialog: Any) -> None:
        self.wrong.append(f"{self.page.url}: a dialog opened")
        dialog.dismiss()

    def _console(self, kind: str, text: str) -> None:
        refused = "Content Security Policy" in text or "Refused to" in text
        if refused or (kind == "error" and "status of 4" not in text):
            self.wrong.append(f"{self.page.url}: {text}")


class Looker(Watcher):
    """A browser context that collects everything wrong with the pages it is shown."""

    def __init__(self, context: BrowserContext, name: str) -> None:
        super().__init__(context)
        self.name = name
        self.seen: list[str] = []

    def go(self, url: str, name: str, status: int = 200) -> None:
        """Open an address, expect its status, and look."""
        answer = self.page.goto(url)
        assert answer is not None
        if answer.status != status:
            self.wrong.append(f"{name}: status {answer.status}")
        self.look(name)

    def look(self, name: str) -> None:
        """Look at the page as it is now, wide and narrow."""
        self.seen.append(name)
        self.watch(name)
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 900})
            over = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if over > 0:
                self.wrong.append(f"{name} at {width}: {over} px too wide")
            if SHOTS:
                Path(SHOTS).mkdir(parents=True, exist_ok=True)
                self.page.screenshot(path=f"{SHOTS}/{self.name}-{name}-{width}.png", full_page=True)
        found: dict[str, Any] = _axe.run(self.page, options=ONLY_WRONG).response
        for violation in found["violations"]:
            targets = [node["target"] for node in violation["nodes"]][:3]
            self.wrong.append(f"{name}: {violation['id']} {targets}")


@pytest.fixture(params=["ja", "en"])
def language(request: pytest.FixtureRequest) -> str:
    """The language of the pages looked at."""
    return str(request.param)


@pytest.fixture
def looker(visitor: Visitor, language: str) -> Iterator[Looker]:
    """Somebody who looks at pages; at the end nothing may be wrong with any of them."""
    context = visitor.open(viewport={"width": 1280, "height": 900}, locale="ja-JP" if language == "ja" else "en-GB")
    looking = Looker(context, language)
    yield looking
    assert looking.wrong == []
    assert len(looking.seen) == len(set(looking.seen)) > 0
