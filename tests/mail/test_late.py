"""One alert while mail waits for longer than an hour; it goes by itself."""

from datetime import datetime, timedelta

import pytest
from flask.ctx import AppContext
from sqlalchemy import func, select

from desk import clock, jobs
from desk.db import db
from desk.events.alerts import list_open_alerts
from desk.events.models import Alert
from desk.events.trail import DESK
from desk.mail import custody, late, sender
from desk.mail.models import MailKind, MailState
from desk.transaction import transaction
from tests.mail.posting import post, row
from tests.moment import travel_to
from tests.services.smtp import Fault, SmtpServer, Stage


def watch(moment: datetime) -> list[str]:
    """Run the job at a moment and name the alerts that are open then."""
    with travel_to(moment):
        jobs.watch()
    return [alert.kind for alert in list_open_alerts()]


def test_it_alerts_once_after_an_hour_and_closes_by_itself(sending: AppContext, smtp_server: SmtpServer) -> None:
    begun = clock.now()
    post(3, kind=MailKind.ACKNOWLEDGEMENT, ticket=True)
    assert watch(begun + timedelta(minutes=59)) == []
    for minutes in (61, 62):
        assert watch(begun + timedelta(minutes=minutes)) == [late.ALERT]
    sender.drain()
    assert watch(begun + timedelta(minutes=63)) == []
    assert db.session.scalar(select(func.count()).where(Alert.kind == late.ALERT)) == 1


def test_it_counts_from_the_first_try(sending: AppContext, smtp_server: SmtpServer) -> None:
    smtp_server.faults.append(Fault(Stage.RCPT))
    begun = clock.now()
    (mail,) = post(kind=MailKind.ACKNOWLEDGEMENT)
    sender.drain()
    assert row(mail).state == MailState.RETRY
    with transaction():
        row(mail).next_at = begun + timedelta(hours=2)
    assert watch(begun + timedelta(minutes=61)) == [late.ALERT]


@pytest.mark.parametrize("state", [MailState.HELD, MailState.SENT, MailState.DEAD, MailState.UNCERTAIN])
def test_it_counts_nothing_that_is_not_to_be_sent(sending: AppContext, state: MailState) -> None:
    (mail,) = post()
    with transaction():
        row(mail).state = state
    assert watch(clock.now() + timedelta(hours=3)) == []


def test_it_counts_what_was_held_from_its_release(sending: AppContext) -> None:
    begun = clock.now()
    (mail,) = post()
    with transaction():
        row(mail).state = MailState.HELD
    with travel_to(begun + timedelta(hours=5)), transaction():
        custody.release(None, DESK, clock.now())
    assert watch(begun + timedelta(hours=5, minutes=30)) == []
    assert watch(begun + timedelta(hours=6, minutes=1)) == [late.ALERT]
