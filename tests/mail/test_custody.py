"""What a person and the hourly job do with mail that has come to its end."""

from datetime import timedelta

import pytest
from flask.ctx import AppContext
from sqlalchemy import func, select

from desk import clock, jobs
from desk.db import db
from desk.mail import custody, sender
from desk.vault.keys import DataKey
from tests.mail.posting import post, row
from tests.moment import travel_to
from tests.services.smtp import SmtpServer


def test_it_erases_however_many_there_are(
    sending: AppContext, smtp_server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(custody, "BATCH", 2)
    old = post(5)
    sender.drain()
    with travel_to(clock.now() + timedelta(days=8)):
        (fresh,) = post()
        sender.drain()
        jobs.wipe()
    assert [row(mail).sealed for mail in old] == [None] * 5
    assert row(fresh).sealed is not None
    assert db.session.scalar(select(func.count()).select_from(DataKey)) == 1
