"""The two periodic jobs of the mailbox: due where there is one, silent where there is none, patient after a failure."""

from collections.abc import Iterator

import pytest
from flask import Flask

from desk import jobs
from desk.mail.imap import MailboxDown
from desk.queue import JOBS
from desk.schedule import TABLE
from tests.inlets.reading import leave, mailbox_of, open_alerts, raw_mail, rows
from tests.services.imap import Act, Fault, ImapPeer


@pytest.fixture
def peer() -> Iterator[ImapPeer]:
    """A mailbox with one mail."""
    with ImapPeer() as server:
        server.put(raw_mail(1))
        yield server


def test_they_are_due() -> None:
    due = {periodic.job: periodic.every_s for periodic in TABLE}
    assert (due["fetch"], due["reconcile"]) == (60, 24 * 3600)
    assert set(due) <= set(JOBS)


def test_it_reads_the_mailbox_and_leaves_it_alone_after_a_failure(environ: dict[str, str], peer: ImapPeer) -> None:
    app, _settings = mailbox_of(environ, f"imap://cs@127.0.0.1:{peer.port}/INBOX")
    context = app.app_context()
    context.push()
    peer.faults.append(Fault("LOGIN", Act.NO))
    with pytest.raises(MailboxDown):
        jobs.fetch()
    asked = list(peer.asked)
    jobs.fetch()  # the pause is not over
    assert (peer.asked, rows(), open_alerts()) == (asked, [], {"mail_inbox"})
    leave(context)


def test_it_takes_in_and_compares(environ: dict[str, str], peer: ImapPeer) -> None:
    app, _settings = mailbox_of(environ, f"imap://cs@127.0.0.1:{peer.port}/INBOX")
    context = app.app_context()
    context.push()
    jobs.fetch()
    jobs.reconcile()
    assert (len(rows()), peer.processed) == (1, [raw_mail(1)])
    leave(context)


def test_it_does_nothing_without_a_mailbox(app: Flask) -> None:
    with app.app_context():
        jobs.fetch()
        jobs.reconcile()
