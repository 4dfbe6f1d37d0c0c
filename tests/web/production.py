"""The desk as it runs in production: PostgreSQL, Redis, a mail server, and TLS that ends before it."""

import base64
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from nacl.public import PrivateKey

from desk.accounts.permissions import Role
from desk.develop.ports import LOOPBACK
from tests.people import PASSWORD
from tests.services.tls import TlsProxy
from tests.waiting import wait_until
from tests.web.server import ROOT, Served, served, start, stop
from tests.web.wire import Wire


def production_settings(database_url: str, redis_url: str, folder: Path) -> dict[str, str]:
    """Return all that production needs, with keys of its own."""
    private = PrivateKey.generate()
    return {
        "DESK_ENV": "production",
        "DESK_DATA_DIR": str(folder),
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "SECRET_KEY": _text(bytes(PrivateKey.generate())),
        "DESK_PRIVATE_KEY": _text(bytes(private)),
        "DESK_PUBLIC_KEY": _text(bytes(private.public_key)),
        "DESK_INDEX_KEY": _text(bytes(PrivateKey.generate())),
        "DESK_BASE_URL": "https://desk.example",
        "DESK_TRUSTED_PROXIES": "1",
        "MAIL_SERVER": "mail.example",
    }


def _text(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).decode()


@dataclass
class Production:
    """A running desk behind its proxy, and where its processes write their lines."""

    settings: dict[str, str]
    proxy: TlsProxy
    web: Served
    output: Path

    @property
    def url(self) -> str:
        """The address that people see."""
        return self.settings["DESK_BASE_URL"]

    def person(self, **headers: str) -> Wire:
        """Return somebody with a browser of their own."""
        return Wire(self.url, headers=headers, tls=self.proxy.trust)

    def hire(self, role: Role, email: str, name: str = "佐藤 窓口") -> None:
        """Add a member of staff from the terminal."""
        command = [sys.executable, "-m", "desk", "staff", "add", email, "--name", name, "--role", role.value]
        subprocess.run(
            [*command, "--password-stdin"], input=PASSWORD, env=os.environ | self.settings, cwd=ROOT, check=True, text=True,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip

    def said(self) -> dict[str, str]:
        """Return what each process has written so far."""
        return {file.stem: file.read_text() for file in sorted(self.output.iterdir())}

    def wait_to_hear(self, process: str, words: str) -> None:
        """Wait until a process has written some words."""
        wait_until(lambda: words in self.said()[process], f"{process} says {words!r}")


@contextmanager
def in_production(settings: dict[str, str], folder: Path, *others: list[str]) -> Iterator[Production]:
    """Run the web process behind a proxy, and `others` beside it, each writing into a file of its own in `folder`."""
    folder.mkdir()
    with ExitStack() as stack:
        proxy = TlsProxy(folder.parent)
        stack.callback(proxy.stop)
        settings = settings | {"DESK_BASE_URL": f"https://{LOOPBACK}:{proxy.port}"}
        for command in others:
            lines = stack.enter_context((folder / f"{Path(command[-1]).stem}.log").open("wb"))
            stack.callback(stop, start(command, settings, output=lines))
        lines = stack.enter_context((folder / "web.log").open("wb"))
        web = stack.enter_context(served(settings, output=lines))
        proxy.target = web.port
        yield Production(settings, proxy, web, folder)
