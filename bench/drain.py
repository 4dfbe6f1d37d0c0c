"""How fast the outbox empties, against one SMTP connection that sends the same bytes to the same peer."""

import smtplib
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from bench.figures import Figure
from bench.processes import child
from desk import clock
from desk.app import create_app
from desk.company.settings import SETTINGS, set_setting
from desk.config import read_config
from desk.develop.ports import LOOPBACK
from desk.handling.intake import Submission, open_ticket
from desk.mail import sender
from desk.tickets.content import Contact, Said
from desk.tickets.models import Channel, Population
from desk.transaction import transaction

MAILS = 2000


def measure_drain(name: str, environ: Mapping[str, str]) -> Iterator[Figure]:
    """Post acknowledgements, drain them as the worker's job does, then send the same bytes over one connection."""
    kept = Path(tempfile.mkdtemp(prefix="bench-sink-")) / "mails"
    with child([sys.executable, "-m", "bench.sink", str(kept)], {}) as sink:
        assert sink.stdout is not None
        port = int(sink.stdout.readline())
        app = create_app(read_config({**environ, "MAIL_SERVER": LOOPBACK, "MAIL_PORT": str(port)}))
        with app.app_context():
            with transaction():
                set_setting("ack_per_hour", SETTINGS["ack_per_hour"].most, clock.now())
            _post()
            began, sent = time.monotonic(), 0
            while sent < MAILS:
                sent += sender.drain().sent
            drained = MAILS / (time.monotonic() - began)
        mails = kept.read_bytes().split(b"\r\n.\r\n")[-MAILS - 1 : -1]
        plain = max(_send_plainly(port, mails) for _ in range(2))
    yield Figure(name, "mail, one kept connection", plain, "/s")
    yield Figure(name, "mail, the outbox drained", drained, "/s")
    yield Figure(name, "outbox against one connection", drained / plain, "", least=0.35)


def _post() -> None:
    for first in range(0, MAILS, 100):
        with transaction():
            for number in range(first, first + 100):
                contact = Contact(name="山田 花子", email=f"drain{number}@example.jp")
                said = Said("配信を止めてください。")
                asked = {"kind": "K40", "population": Population.USER, "language": "ja", "channel": Channel.FORM}
                open_ticket(Submission(**asked, person=contact, said=said), clock.now(), "http://127.0.0.1:8000")  # type: ignore[arg-type]


def _send_plainly(port: int, mails: list[bytes]) -> float:
    began = time.monotonic()
    with smtplib.SMTP(LOOPBACK, port, local_hostname="bench") as line:
        for mail in mails:
            line.sendmail("privacy@desk.example", ["person@example.jp"], mail)
    return len(mails) / (time.monotonic() - began)
