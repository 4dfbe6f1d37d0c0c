"""F2, mail: a sender killed with -9 at any point loses nothing, and each possible double is marked."""

import os
import random
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from flask.ctx import AppContext

from desk.mail import sender
from desk.mail.models import MailKind, MailState
from tests.mail.invariants import broken_promises
from tests.mail.posting import post, row, states
from tests.moment import Traveller
from tests.services.smtp import Act, Fault, SmtpServer, Stage
from tests.waiting import wait_until

ROOT = Path(__file__).parent.parent.parent
SENDER = """
from desk.app import create_app
from desk.mail import sender
with create_app().app_context():
    sender.drain()
"""


def drain_alone() -> None:
    """Drain the outbox; PostgreSQL may need a moment to see that the sender before is dead."""
    wait_until(lambda: not sender.drain().busy, "nobody else is the sender")


def start_sender(environ: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start a real process that drains the outbox once."""
    return subprocess.Popen([sys.executable, "-c", SENDER], cwd=ROOT, env=os.environ | environ)


@pytest.mark.parametrize(
    ("stage", "keeps"),
    [(Stage.MAIL, False), (Stage.RCPT, False), (Stage.DATA, False), (Stage.DATA, True)],
    ids=["at-mail", "before-data", "at-the-final-dot", "accepted-but-not-written"],
)
def test_a_killed_sender_is_taken_over(
    sending: AppContext, mail_environ: dict[str, str], smtp_server: SmtpServer, stage: Stage, keeps: bool
) -> None:
    smtp_server.faults.append(Fault(stage, Act.SILENCE, keeps=keeps))
    (mail,) = post(kind=MailKind.ACKNOWLEDGEMENT, ticket=True)
    process = start_sender(mail_environ)
    smtp_server.wait_for_faults()
    assert row(mail).state == MailState.SENDING
    assert sender.drain().busy or row(mail).state == MailState.SENDING
    process.kill()
    process.wait(60)
    others = post(3, ticket=True)
    drain_alone()
    assert row(mail).state == MailState.SENT
    assert row(mail).ambiguous == 1
    assert all(row(other).ambiguous == 0 for other in others)
    assert len(smtp_server.received) == 4 + keeps
    assert broken_promises(smtp_server.received, faults=True) == []


def test_a_sender_killed_before_it_spoke_leaves_no_doubt(
    sending: AppContext, mail_environ: dict[str, str], smtp_server: SmtpServer
) -> None:
    smtp_server.faults.append(Fault(Stage.MAIL, Act.SILENCE))
    mails = post(10)
    process = start_sender(mail_environ)
    wait_until(lambda: MailState.SENDING in states(sending.app), "a mail is being sent")
    process.kill()
    process.wait(60)
    smtp_server.faults.clear()  # it may have ended before its first word
    drain_alone()
    assert sum(row(mail).ambiguous for mail in mails) <= sender.LANES
    assert states(sending.app) == {MailState.SENT: 10}
    assert broken_promises(smtp_server.received, faults=True) == []


def test_senders_killed_at_random_lose_nothing(
    sending: AppContext, mail_environ: dict[str, str], smtp_server: SmtpServer, moment: Traveller
) -> None:
    chance = random.Random(4)
    total = 0
    for _ in range(5):
        total += len(post(40, ticket=True))
        process = start_sender(mail_environ)
        before = len(smtp_server.received)
        smtp_server.wait_for(before + 1)
        time.sleep(chance.random() * 0.1)
        process.kill()
        process.wait(60)
        assert broken_promises(smtp_server.received, faults=True, ended=False) == []
    while MailState.SENT not in (found := states(sending.app)) or found[MailState.SENT] < total:
        moment.shift(timedelta(minutes=1))  # what was cut off is tried again a little later
        assert not sender.drain().paused
    assert broken_promises(smtp_server.received, faults=True) == []


def test_four_senders_at_once_send_each_mail_once(
    sending: AppContext, mail_environ: dict[str, str], smtp_server: SmtpServer
) -> None:
    post(200)
    processes = [start_sender(mail_environ) for _ in range(4)]
    assert [process.wait(60) for process in processes] == [0, 0, 0, 0]
    drain_alone()
    assert len(smtp_server.received) == 200
    assert broken_promises(smtp_server.received, faults=False) == []
