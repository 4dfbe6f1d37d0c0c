"""Watching a mailbox: woken by IDLE, by the clock without it, back after failures, and away when told."""

import secrets
import threading
import time
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from desk.db import db
from desk.inlets import vigil
from desk.inlets.vigil import Vigil
from desk.mail import mailbox
from desk.mail.models import MailboxState
from tests.inlets.reading import leave, mailbox_of, raw_mail, rows
from tests.services.dovecot import Dovecot
from tests.services.imap import Act, Fault, ImapPeer
from tests.waiting import GENEROUS_S, wait_until


class Watch:
    """A vigil in a thread."""

    def __init__(self, environ: dict[str, str], url: str) -> None:
        self.app, settings = mailbox_of(environ, url)
        self.vigil = Vigil(self.app.extensions["config"], settings)
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.context = self.app.app_context()
        self.context.push()

    def _run(self) -> None:
        with self.app.app_context():
            self.vigil.run()

    def wait_for(self, count: int) -> None:
        """Wait until so many mails are journaled."""
        wait_until(lambda: len(rows()) >= count, f"{count} mails are journaled")

    def stop(self) -> None:
        """Stop, whatever it waits for."""
        self.vigil.stop()
        self.thread.join(GENEROUS_S)
        assert not self.thread.is_alive()


@pytest.fixture
def watches(environ: dict[str, str]) -> Iterator[list[Watch]]:
    """Vigils that are stopped after the test."""
    made: list[Watch] = []
    yield made
    for watch in made:
        if watch.thread.is_alive():
            watch.stop()
        leave(watch.context)


def begin(watches: list[Watch], environ: dict[str, str], url: str) -> Watch:
    """Begin to watch."""
    watch = Watch(environ, url)
    watches.append(watch)
    watch.thread.start()
    return watch


@pytest.mark.parametrize("tls", [False, True])
def test_it_wakes_when_a_mail_comes(
    watches: list[Watch], environ: dict[str, str], dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch, tls: bool
) -> None:
    user = f"cs{secrets.token_hex(4)}"
    monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.authority))
    dovecot.put(user, [raw_mail(1)])
    server = f"imaps://{user}@localhost:{dovecot.tls_port}" if tls else f"imap://{user}@127.0.0.1:{dovecot.port}"
    watch = begin(watches, environ, f"{server}/INBOX")
    watch.wait_for(1)
    for number in (2, 3):
        time.sleep(0.5)
        dovecot.put(user, [raw_mail(number)])
        watch.wait_for(number)
    wait_until(lambda: len(dovecot.list(user, "Processed")) == 3, "all are filed")
    watch.stop()


def test_it_hears_what_came_between_the_look_and_the_wait(watches: list[Watch], environ: dict[str, str]) -> None:
    with ImapPeer() as peer:
        watch = begin(watches, environ, f"imap://cs@127.0.0.1:{peer.port}/INBOX")
        for number in range(1, 30):
            peer.put(raw_mail(number))
            watch.wait_for(number)
        watch.stop()


def test_it_polls_a_server_that_cannot_idle(
    watches: list[Watch], environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vigil, "POLL_S", 0.1)
    with ImapPeer(abilities="IMAP4rev1 MOVE") as peer:
        watch = begin(watches, environ, f"imap://cs@127.0.0.1:{peer.port}/INBOX")
        time.sleep(0.3)
        peer.put(raw_mail(1))
        watch.wait_for(1)
        assert "IDLE" not in peer.asked
        watch.stop()


def test_it_comes_back_after_a_failure(
    watches: list[Watch], environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox, "FIRST_S", 0)
    with ImapPeer() as peer:
        peer.put(raw_mail(1), raw_mail(2), raw_mail(3))
        peer.faults += [Fault("FETCH", Act.DROP, uid=1, times=2), Fault("IDLE", Act.DROP), Fault("MOVE", Act.DROP)]
        watch = begin(watches, environ, f"imap://cs@127.0.0.1:{peer.port}/INBOX")
        watch.wait_for(3)
        peer.put(raw_mail(4))
        watch.wait_for(4)
        wait_until(lambda: not peer.mails, "all are filed")
        watch.stop()
        assert sorted(peer.processed) == sorted(raw_mail(number) for number in range(1, 5))


def test_it_stops_while_the_server_is_silent(watches: list[Watch], environ: dict[str, str]) -> None:
    with ImapPeer() as peer:
        peer.put(raw_mail(1))
        peer.faults.append(Fault("FETCH", Act.SILENCE))
        watch = begin(watches, environ, f"imap://cs@127.0.0.1:{peer.port}/INBOX")
        wait_until(lambda: any(line.startswith("FETCH") for line in peer.asked), "it asks for the mail")
        watch.stop()
        assert [row.failures for row in db.session.scalars(select(MailboxState))] in ([], [0])
