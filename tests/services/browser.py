"""A real Chromium that reaches this machine only; any other address fails the test."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
LOCAL_SCHEMES = {"about", "blob", "data"}
ARGUMENTS = [
    "--no-sandbox",  # the tests may run as root, where Chromium's sandbox refuses to start
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost, EXCLUDE ::1",
]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Debian's Chromium (never a downloaded one) and stop it at the end."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


def follow(page: Page, selector: str) -> None:
    """Click on what leads to another page, and wait until that one is there: a look at once may still see the old one."""
    with page.expect_navigation():
        page.click(selector)


class Visitor:
    """One person's browser: contexts that are closed together, and the strange addresses they asked for."""

    def __init__(self, browser: Browser) -> None:
        """Take the shared browser; nothing is opened yet."""
        self.browser = browser
        self.contexts: list[BrowserContext] = []
        self.strangers: list[str] = []

    def open(self, **options: object) -> BrowserContext:
        """Open a fresh context, in Japanese and in Tokyo unless `options` (Playwright's names) say otherwise."""
        context = self.browser.new_context(**{"locale": "ja-JP", "timezone_id": "Asia/Tokyo", **options})  # type: ignore[arg-type]
        context.set_default_timeout(15_000)
        context.on("request", self._watch)
        self.contexts.append(context)
        return context

    def close(self) -> None:
        """Close every context; fail when any page asked another machine for something."""
        for context in self.contexts:
            context.close()
        assert self.strangers == [], f"the browser was sent to {self.strangers}"

    def _watch(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in LOCAL_SCHEMES and address.hostname not in LOOPBACK:
            self.strangers.append(request.url)
