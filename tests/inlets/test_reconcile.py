"""The daily comparison: what the mailbox has filed as done, and the rows."""

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import delete

from desk import clock
from desk.config_inbound import Mailbox
from desk.db import db
from desk.inlets.reconcile import count_unmatched, reconcile
from desk.mail.models import InboxMail
from desk.transaction import transaction
from tests.inlets.reading import leave, look, mailbox_of, open_alerts, raw_mail, rows, state
from tests.services.dovecot import Dovecot

AT = datetime(2026, 11, 2, 3, 0, 0, tzinfo=UTC)


@pytest.fixture
def read(environ: dict[str, str], dovecot: Dovecot) -> Iterator[tuple[Flask, Mailbox]]:
    """A desk that has read three mails of different hours."""
    user = f"cs{secrets.token_hex(4)}"
    for number in range(3):
        dovecot.put(user, [raw_mail(number)], clock.now() - timedelta(hours=number))
    app, settings = mailbox_of(environ, f"imap://{user}@127.0.0.1:{dovecot.port}/INBOX")
    context = app.app_context()
    context.push()
    look(app, settings)
    yield app, settings
    leave(context)


def test_it_is_content_when_all_is_in_rows(read: tuple[Flask, Mailbox]) -> None:
    assert reconcile(read[1]) == 0
    assert state().reconciled_at is not None
    assert open_alerts() == set()


def test_it_finds_rows_that_a_backup_lost(read: tuple[Flask, Mailbox], dovecot: Dovecot) -> None:
    lost = rows()[0].id
    with transaction():
        db.session.execute(delete(InboxMail).where(InboxMail.id == lost))
    assert reconcile(read[1]) == 1
    assert (state().unknown, open_alerts()) == (1, {"mail_reconcile"})
    with dovecot.connect(read[1].user) as client:  # a person puts them back, and they are read
        client.select("Processed")
        client.uid("MOVE", "1:*", "INBOX")
    look(*read)
    assert reconcile(read[1]) == 0
    assert open_alerts() == set()


def test_it_says_nothing_of_mails_that_somebody_deleted(read: tuple[Flask, Mailbox], dovecot: Dovecot) -> None:
    with dovecot.connect(read[1].user) as client:
        client.select("Processed")
        client.uid("STORE", "1:2", "+FLAGS", r"(\Deleted)")
        client.expunge()
    assert reconcile(read[1]) == 0


def test_it_leaves_old_mails_alone(read: tuple[Flask, Mailbox], dovecot: Dovecot) -> None:
    dovecot.put(read[1].user, [raw_mail(7)], clock.now() - timedelta(days=31), folder="Processed")
    assert reconcile(read[1]) == 0
    dovecot.put(read[1].user, [raw_mail(8)], clock.now() - timedelta(days=29), folder="Processed")
    assert reconcile(read[1]) == 1


@pytest.mark.parametrize(
    ("filed", "known", "unknown"),
    [
        ([], [0], 0),
        ([0], [], 1),
        ([0, 0], [0], 1),
        ([0, 0], [0, 0], 0),
        ([0, 300], [-300, 0], 0),
        ([0], [2], 1),
        ([0], [-601], 1),
        ([0, 1, 2], [0, 1, 2, 50, 60], 0),
    ],
)
def test_it_wants_a_row_of_its_own_for_each(filed: list[int], known: list[int], unknown: int) -> None:
    at = [[AT + timedelta(seconds=number) for number in numbers] for numbers in (filed, known)]
    assert count_unmatched(at[0], at[1]) == unknown
