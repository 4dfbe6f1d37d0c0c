"""How fast the outbox empties, against one SMTP connection that sends the same bytes to the same peer."""

import smtplib
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench.figures import Figure, Goal
from bench.processes import Place, child
from desk import clock
from desk.app import create_app
from desk.company.settings import SETTINGS, set_setting
from desk.config import read_config
from desk.db import db
from desk.develop.ports import LOOPBACK
from desk.handling.intake import Submission, open_ticket
from desk.mail import sender
from desk.tickets.content import Contact, Said
from desk.tickets.models import Channel, Population
from desk.transaction import transaction

MAILS = 1000
ROUNDS = 4


def measure_drain(place: Place) -> Iterator[Figure]:
    """Post acknowledgements, drain them as the worker's job does, send the same bytes over one connection, and again."""
    kept = Path(tempfile.mkdtemp(prefix="bench-sink-")) / "mails"
    ours, limits = list[float](), list[float]()
    with child([sys.executable, "-m", "bench.sink", str(kept)], {}) as sink:
        assert sink.stdout is not None
        port = int(sink.stdout.readline())
        app = create_app(read_config({**place.environ, "MAIL_SERVER": LOOPBACK, "MAIL_PORT": str(port)}))
        with app.app_context():
            with transaction():
                set_setting("ack_per_hour", SETTINGS["ack_per_hour"].most, clock.now())
            while sender.drain().sent:  # what other parts of the run have posted
                pass
            for number in range(ROUNDS):
                _post(number)
                ours.append(_drain())
                mails = kept.read_bytes().split(b"\r\n.\r\n")[-MAILS - 1 : -1]
                limits.append(_send_plainly(port, mails))
            db.engine.dispose()
    yield Figure(
        measure="mail: the outbox drained against one kept connection",
        database=place.database,
        ours=median(ours),
        limit=median(limits),
        unit="/s",
        n=MAILS * ROUNDS,
        tickets=0,
        goal=Goal(least=0.35, of_ratio=True),
    )


def _post(number: int) -> None:
    for first in range(0, MAILS, 100):
        with transaction():
            for place in range(first, first + 100):
                contact = Contact(name="山田 花子", email=f"drain{number}-{place}@example.jp")
                said = Said("配信を止めてください。")
                asked = {"kind": "K40", "population": Population.USER, "language": "ja", "channel": Channel.FORM}
                open_ticket(Submission(**asked, person=contact, said=said), clock.now(), "http://127.0.0.1:8000")  # type: ignore[arg-type]


def _drain() -> float:
    began, sent = time.monotonic(), 0
    while sent < MAILS:
        sent += sender.drain().sent
    return MAILS / (time.monotonic() - began)


def _send_plainly(port: int, mails: list[bytes]) -> float:
    began = time.monotonic()
    with smtplib.SMTP(LOOPBACK, port, local_hostname="bench") as line:
        for mail in mails:
            line.sendmail("cs@quote4.jp", ["person@example.jp"], mail)
    return len(mails) / (time.monotonic() - began)
