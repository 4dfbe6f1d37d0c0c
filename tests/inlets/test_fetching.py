"""Reading a real mailbox: Dovecot with and without TLS, MOVE, room for the folders, and thousands of mails."""

import secrets
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from flask import Flask
from imap_tools.imap_utf7 import utf7_encode

from desk.config_inbound import Mailbox, Security
from desk.inlets import fetching
from desk.mail import mailbox
from desk.mail.imap import MailboxDown
from desk.mail.models import InboxState, Outcome
from tests.inlets.reading import (
    leave,
    look,
    mailbox_of,
    open_alerts,
    raw_mail,
    raw_of,
    rows,
    state,
    take_without_moving,
)
from tests.services.dovecot import PASSWORD, Dovecot

Open = Callable[..., tuple[Flask, Mailbox]]


@pytest.fixture
def user() -> str:
    """Somebody whom the server has never seen."""
    return f"cs{secrets.token_hex(4)}"


@pytest.fixture
def reads(environ: dict[str, str]) -> Iterator[Open]:
    """Make a desk that reads a mailbox, with its context open."""
    opened = []

    def open_desk(url: str, **settings: str) -> tuple[Flask, Mailbox]:
        app, found = mailbox_of(environ, url, DESK_IMAP_PASSWORD=PASSWORD, **settings)
        context = app.app_context()
        context.push()
        opened.append(context)
        return app, found

    yield open_desk
    for context in opened:
        leave(context)


def test_it_takes_in_every_mail_and_files_it(reads: Open, dovecot: Dovecot, user: str) -> None:
    arrived = datetime(2025, 11, 2, 3, 4, 5, tzinfo=UTC)
    mails = [raw_mail(number) for number in range(3)]
    dovecot.put(user, mails, arrived)
    app, settings = reads(f"imap://{user}@127.0.0.1:{dovecot.port}/INBOX")
    assert look(app, settings).as_json() == {"journaled": 3, "moved": 3, "known": 0, "refused": 0}
    assert [raw_of(row) for row in rows()] == mails
    assert {(row.received_at, row.state, row.folder) for row in rows()} == {(arrived, InboxState.JOURNALED, "INBOX")}
    assert (dovecot.list(user), dovecot.list(user, "Processed")) == ([], mails)
    assert look(app, settings).as_json() == {"journaled": 0, "moved": 0, "known": 0, "refused": 0}
    assert (state().journaled, state().waiting, state().failures) == (3, 0, 0)
    assert state().last_success_at is not None


def test_it_only_files_what_was_committed_before(reads: Open, dovecot: Dovecot, user: str) -> None:
    dovecot.put(user, [raw_mail(1)])
    app, settings = reads(f"imap://{user}@127.0.0.1:{dovecot.port}/INBOX")
    take_without_moving(app, settings)
    assert len(dovecot.list(user)) == 1
    assert look(app, settings).as_json() == {"journaled": 0, "moved": 1, "known": 1, "refused": 0}
    assert len(rows()) == 1
    assert (len(dovecot.list(user)), len(dovecot.list(user, "Processed"))) == (0, 1)


def test_it_files_without_move(reads: Open, plain_dovecot: Dovecot, user: str) -> None:
    plain_dovecot.put(user, [raw_mail(1), raw_mail(2)])
    app, settings = reads(f"imap://{user}@127.0.0.1:{plain_dovecot.port}/INBOX")
    with plain_dovecot.connect(user) as other:  # somebody marked a mail and has not removed it
        other.select("INBOX")
        other.store("1", "+FLAGS", r"\Deleted")
    assert look(app, settings).moved == 2
    assert (plain_dovecot.list(user), len(plain_dovecot.list(user, "Processed"))) == ([], 2)


def test_it_reads_again_what_a_rebuilt_mailbox_calls_new(reads: Open, dovecot: Dovecot, user: str) -> None:
    dovecot.put(user, [raw_mail(1)])
    app, settings = reads(f"imap://{user}@127.0.0.1:{dovecot.port}/INBOX")
    take_without_moving(app, settings)
    dovecot.rebuild(user)
    assert look(app, settings).as_json() == {"journaled": 1, "moved": 1, "known": 0, "refused": 0}
    first, second = rows()
    assert (first.uid, first.raw_hash) == (second.uid, second.raw_hash)
    assert first.uidvalidity != second.uidvalidity


def test_it_keeps_a_mail_that_is_too_large(reads: Open, dovecot: Dovecot, user: str) -> None:
    large = raw_mail(1, "x" * 76 + "\r\n" + "文" * 700_000)
    dovecot.put(user, [large, raw_mail(2)])
    app, settings = reads(f"imap://{user}@127.0.0.1:{dovecot.port}/INBOX", DESK_MAIL_MOST_BYTES="2000000")
    assert look(app, settings).as_json() == {"journaled": 2, "moved": 2, "known": 0, "refused": 1}
    first, second = rows()
    assert (first.state, first.outcome, first.reason) == (InboxState.DONE, Outcome.REFUSED, "too-large")
    assert raw_of(first) == large
    assert second.state == InboxState.JOURNALED


def test_it_reads_folders_with_japanese_names(reads: Open, dovecot: Dovecot, user: str) -> None:
    with dovecot.connect(user) as client:
        client.create(utf7_encode("受付").decode())
    dovecot.put(user, [raw_mail(1)], folder=utf7_encode("受付").decode())
    url = f"imap://{user}@127.0.0.1:{dovecot.port}/{quote('受付')}"
    app, settings = reads(url, DESK_IMAP_PROCESSED='処理済み & "保管"')
    assert look(app, settings).moved == 1
    assert rows()[0].folder == "受付"
    assert len(dovecot.list(user, '"' + utf7_encode('処理済み & \\"保管\\"').decode() + '"')) == 1


def test_it_trusts_only_a_known_authority(
    reads: Open, dovecot: Dovecot, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    dovecot.put(user, [raw_mail(1)])
    app, settings = reads(f"imaps://{user}@localhost:{dovecot.tls_port}/INBOX")
    starttls = replace(settings, port=dovecot.port, security=Security.STARTTLS)
    for strange in (settings, starttls):
        with pytest.raises(MailboxDown, match="tls") as caught:
            look(app, strange)
        assert caught.value.lasting
    assert open_alerts() == {"mail_inbox"}
    assert rows() == []
    monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.authority))
    assert look(app, settings).journaled == 1
    assert open_alerts() == set()
    dovecot.put(user, [raw_mail(2)])
    assert look(app, starttls).journaled == 1


def test_it_says_what_is_wrong_with_the_sign_in_or_the_folder(reads: Open, dovecot: Dovecot, user: str) -> None:
    app, settings = reads(f"imap://{user}@127.0.0.1:{dovecot.port}/INBOX")
    with pytest.raises(MailboxDown, match="auth"):
        look(app, replace(settings, password="wrong"))
    assert (state().last_code, state().failures) == ("auth", 1)
    assert mailbox.is_paused(settings.account, state().failing_since)
    assert open_alerts() == {"mail_inbox"}
    with pytest.raises(MailboxDown, match="folder"):
        look(app, replace(settings, folder="Nowhere"))
    look(app, settings)
    assert open_alerts() == set()
    assert not mailbox.is_paused(settings.account, state().last_success_at)


def test_it_drains_thousands_without_growing(reads: Open, dovecot: Dovecot, user: str, database: str) -> None:
    mails = [raw_mail(number) for number in range(1500 if database == "sqlite" else 300)]
    dovecot.put(user, mails, datetime(2025, 11, 1, tzinfo=UTC))
    app, settings = reads(f"imap://{user}@127.0.0.1:{dovecot.port}/INBOX")
    peaks: list[int] = []

    def go_on() -> bool:
        peaks.append(tracemalloc.get_traced_memory()[0])
        return True

    tracemalloc.start()
    try:
        tally = fetching.fetch(app.extensions["config"], settings, go_on)
    finally:
        tracemalloc.stop()
    assert tally.as_json() == {"journaled": len(mails), "moved": len(mails), "known": 0, "refused": 0}
    middle = len(peaks) // 2
    assert max(peaks[middle:]) < max(peaks[:middle]) + 2_000_000
