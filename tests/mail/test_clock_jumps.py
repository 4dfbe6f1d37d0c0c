"""A clock that jumps while mail is underway: nothing is lost, nothing is sent twice."""

from datetime import timedelta

import pytest
from flask.ctx import AppContext

from desk import clock
from desk.mail import sender
from desk.mail.alone import sole
from desk.mail.models import MailState
from tests.mail.invariants import broken_promises
from tests.mail.posting import post, row
from tests.moment import Traveller, travel_to
from tests.services.smtp import Fault, SmtpServer, Stage

JUMPS = [timedelta(hours=1), timedelta(hours=-1), timedelta(days=400), timedelta(days=-400)]


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_it_sends_once_whatever_the_clock_does(sending: AppContext, smtp_server: SmtpServer, jump: timedelta) -> None:
    now = clock.now()
    with travel_to(now) as traveller:
        traveller.move_to(now + jump)
        (posted,) = post()
        smtp_server.faults.append(Fault(Stage.RCPT))
        sender.drain()
        assert row(posted).state == MailState.RETRY
        traveller.move_to(now)
        sender.drain()
        traveller.move_to(now + timedelta(days=3))
        sender.drain()
        assert row(posted).state == MailState.SENT
    assert broken_promises(smtp_server.received, faults=True) == []
    assert len(smtp_server.received) == 1


def test_whoever_lives_stays_the_only_sender_whatever_the_clock_says(
    sending: AppContext, smtp_server: SmtpServer, moment: Traveller
) -> None:
    post()
    with sole(sender.ROLE) as alone:
        assert alone
        for wait in (timedelta(minutes=1), timedelta(days=1), timedelta(days=400)):
            moment.shift(wait)
            assert sender.drain().busy
    assert smtp_server.received == []
    assert sender.drain().sent == 1
