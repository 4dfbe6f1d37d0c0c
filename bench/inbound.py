"""How fast received mail becomes tickets with their acknowledgements posted, and what a large mail and a crowd cost."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from statistics import median

from bench.figures import Figure, Goal
from bench.minimal import connect
from bench.processes import Place, children_of, memory_of, peak_of
from desk import clock
from desk.app import create_app
from desk.config import Config, read_config
from desk.db import db
from desk.mail.journal import Receipt, journal, keep
from desk.mail.models import Door
from desk.mail.reading.reader import Reader
from desk.reception import take_in, take_in_all
from desk.transaction import transaction

MAILS = 400
ROUNDS = 3
CROWD = 10_000
LARGE = 25 * 1024 * 1024


def measure_inbound(place: Place) -> Iterator[Figure]:
    """Take in plain mails one by one as they come, beside one durable INSERT of the same bytes each."""
    config = read_config({**place.environ})
    app, ours, limits = create_app(config), list[float](), list[float]()
    with app.app_context(), Reader() as reader:
        _arrive(reader, config, "warm", 20)
        for number in range(ROUNDS):
            limits.append(_plainly(place, number))
            ours.append(_rate(lambda number=number: _arrive(reader, config, str(number), MAILS)))  # type: ignore[misc]
        yield Figure(
            measure="inbound mail to ticket, one process",
            database=place.database,
            ours=median(ours),
            limit=median(limits),
            unit="/s",
            n=MAILS * ROUNDS,
            tickets=0,
            goal=Goal(least=200.0),
        )
        yield _large(place)
        yield _crowd(place, config, reader)
        db.session.remove()
        db.engine.dispose()


def plain_mail(name: str) -> bytes:
    """Return a mail as people send it."""
    mail = EmailMessage()
    mail["From"], mail["To"] = f"山田 花子 <person{name}@example.jp>", "cs@quote4.jp"
    mail["Subject"], mail["Message-ID"] = "配信の停止について", f"<{name}@bench.example>"
    mail["Date"] = "Wed, 25 Nov 2026 10:00:00 +0900"
    mail.set_content("配信を止めたのに、まだ広告のメールが届きます。至急止めてください。\n" * 6)
    return mail.as_bytes()


def _arrive(reader: Reader, config: Config, name: str, count: int) -> None:
    for number in range(count):
        mail_id = _journal(plain_mail(f"{name}-{number}"))
        take_in(mail_id, reader, config)


def _journal(raw: bytes) -> int:
    kept, now = keep([raw]), clock.now()
    with transaction():
        return journal(kept, Receipt(door=Door.SMTP, received_at=now), now)


def _rate(act: Callable[[], None]) -> float:
    began = time.monotonic()
    act()
    return MAILS / (time.monotonic() - began)


def _plainly(place: Place, round_number: int) -> float:
    mails = [plain_mail(f"plain-{round_number}-{number}").decode() for number in range(MAILS)]
    connection = connect(place.minimal)
    sign = "?" if place.minimal.startswith("/") else "%s"

    def write() -> None:
        for mail in mails:
            connection.execute(f"INSERT INTO minimal (body) VALUES ({sign})", (mail,))

    rate = _rate(write)
    connection.close()
    return rate


def _large(place: Place) -> Figure:
    """Return the most memory that the command or its reader held for a mail of 25 MiB."""
    mail = EmailMessage()
    mail["From"], mail["Subject"], mail["Message-ID"] = "a@example.jp", "大きなファイル", "<large@bench.example>"
    mail.set_content("添付します")
    mail.add_attachment(os.urandom(LARGE * 3 // 4), maintype="application", subtype="octet-stream", filename="x.bin")
    with tempfile.NamedTemporaryFile() as file:
        file.write(mail.as_bytes())
        file.flush()
        command = [sys.executable, "-m", "desk", "mail", "ingest", file.name]
        process = subprocess.Popen(command, env=dict(place.environ), stdout=subprocess.DEVNULL)
        most = 0.0
        while process.poll() is None:
            most = max(most, *(peak_of(pid) for pid in (process.pid, *children_of(process.pid))))
            time.sleep(0.02)
    assert process.returncode == 0
    return Figure(
        measure="memory for a mail of 25 MiB",
        database=place.database,
        ours=most,
        limit=None,
        unit="MiB",
        n=1,
        tickets=0,
        goal=Goal(most=250.0),
    )


def _crowd(place: Place, config: Config, reader: Reader) -> Figure:
    """Return how much this process grew while ten thousand waiting mails were taken in."""
    for number in range(CROWD):
        _journal(plain_mail(f"crowd-{number}"))
    before = memory_of(os.getpid())[0]
    began = time.monotonic()
    assert take_in_all(reader, config) == 0
    return Figure(
        measure=f"growth over {CROWD:,} waiting mails",
        database=place.database,
        ours=memory_of(os.getpid())[0] - before,
        limit=None,
        unit="MiB",
        n=int(CROWD / (time.monotonic() - began)),
        tickets=CROWD,
        goal=Goal(most=20.0),
    )
