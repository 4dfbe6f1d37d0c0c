"""The listener over real sockets: what it takes, what it refuses and when, and that 250 means committed."""

import secrets
import signal
import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pytest
from flask import Flask
from sqlalchemy import text

from desk.app import create_app
from desk.attachments import storage
from desk.config import read_config
from desk.config_inbound import Certificate
from desk.db import db
from desk.inlets import listener as module
from desk.inlets.listener import Listener
from desk.mail.journal import hop_of, open_key
from desk.mail.models import Door, InboxState
from tests.inlets.reading import leave, raw_mail, raw_of, rows
from tests.services.certificates import make_certificate
from tests.waiting import GENEROUS_S, wait_until

TO = "cs@quote4.jp"
REPLY = "cs+{token}@quote4.jp"


class Served:
    """A listener in a thread, and a client for it."""

    def __init__(self, app: Flask, *, lmtp: bool = False, certificate: Certificate | None = None) -> None:
        self.listener = Listener(app, lmtp=lmtp, certificate=certificate)
        self.ready = threading.Event()
        self.thread = threading.Thread(target=self.listener.run, args=("127.0.0.1", 0, self.ready.set), daemon=True)
        self.thread.start()
        assert self.ready.wait(60)

    def smtp(self) -> smtplib.SMTP:
        """Connect as a mail server does."""
        return smtplib.SMTP("127.0.0.1", self.listener.port, local_hostname="mx.test", timeout=20)

    def lmtp(self) -> smtplib.LMTP:
        """Connect as a mail server does in LMTP."""
        return smtplib.LMTP("127.0.0.1", self.listener.port, local_hostname="mx.test")

    def stop(self) -> None:
        """Stop, whoever is connected."""
        self.listener.stop()
        self.thread.join(60)
        assert not self.thread.is_alive()


@pytest.fixture
def desk(environ: dict[str, str]) -> Iterator[Flask]:
    """A desk with reply addresses and a small size limit, its context open."""
    app = create_app(read_config(environ | {"DESK_REPLY_ADDRESS": REPLY, "DESK_MAIL_MOST_BYTES": "600000"}))
    context = app.app_context()
    context.push()
    yield app
    leave(context)


@pytest.fixture
def served(desk: Flask) -> Iterator[Served]:
    """The listener in SMTP."""
    running = Served(desk)
    yield running
    running.stop()


@pytest.fixture
def local(desk: Flask) -> Iterator[Served]:
    """The listener in LMTP."""
    running = Served(desk, lmtp=True)
    yield running
    running.stop()


def test_it_keeps_a_mail_before_it_says_so(served: Served) -> None:
    with served.smtp() as client:
        client.ehlo()
        assert (client.esmtp_features["size"], "8bitmime" in client.esmtp_features) == ("600000", True)
        assert not {"smtputf8", "auth", "starttls"} & set(client.esmtp_features)
        client.mail("person@example.jp", ["BODY=8BITMIME", "SIZE=500"])
        assert client.rcpt(TO) == (250, b"2.1.5 recipient accepted")
        code, words = client.data(raw_mail(1))
        (row,) = rows()
        assert (code, words.decode()) == (250, f"2.0.0 kept {row.id}")
    assert raw_of(row) == raw_mail(1)
    hop = hop_of(row, open_key(row))
    assert (hop.sender, hop.recipients) == ("person@example.jp", (TO,))
    assert (row.door, row.state, row.tls) == (Door.SMTP, InboxState.JOURNALED, None)


@pytest.mark.parametrize(
    "address",
    [
        TO,
        "CS@Quote4.JP",
        "cs+abc@quote4.jp",
        f"cs+{'0' * 32}@quote4.jp",
        "CS+broken@QUOTE4.JP",
    ],
)
def test_it_takes_what_is_for_the_desk(served: Served, address: str) -> None:
    with served.smtp() as client:
        client.ehlo()
        client.mail("a..b.@docomo.ne.jp")
        assert client.rcpt(address)[0] == 250
        assert client.data(raw_mail(1))[0] == 250
    (row,) = rows()
    assert hop_of(row, open_key(row)).sender == "a..b.@docomo.ne.jp"


@pytest.mark.parametrize("address", ["other@desk.example", "cs@elsewhere.example", "privacy@desk.example", "x", "@@"])
def test_it_refuses_a_stranger_before_any_byte(served: Served, address: str) -> None:
    with served.smtp() as client:
        client.ehlo()
        client.mail("person@example.jp")
        assert client.docmd("RCPT", f"TO:<{address}>") == (550, b"5.1.1 no such mailbox here")
        assert client.docmd("DATA") == (503, b"5.5.1 name a recipient first")
    assert rows() == []


def test_it_keeps_a_report_without_a_sender(served: Served) -> None:
    with served.smtp() as client:
        client.sendmail("", [TO], raw_mail(1))
    (row,) = rows()
    assert hop_of(row, open_key(row)).sender == ""


def test_it_refuses_what_is_too_large_at_once_or_at_the_end(served: Served) -> None:
    with served.smtp() as client:
        client.ehlo()
        assert client.mail("p@example.jp", ["SIZE=600001"]) == (552, b"5.3.4 the mail is larger than 600000 bytes")
        client.mail("p@example.jp")
        client.rcpt(TO)
        assert client.data(b"x" * 76 + b"\r\n" + b"y" * 700_000)[0] == 552
        assert rows() == []
        assert list(storage.storage_dir().glob("??/*")) == []
        client.mail("p@example.jp")
        client.rcpt(TO)
        assert client.data(raw_mail(2))[0] == 250
    assert len(rows()) == 1


def test_it_keeps_lines_of_any_length_and_every_byte(served: Served) -> None:
    body = b"".join((b"." * 70_000, b"\r\n", bytes(range(256)).replace(b"\r", b"").replace(b"\n", b""), b"\r\n..\r\n"))
    mail = b"Subject: x\r\n\r\n" + body + secrets.token_hex(200_000).encode() + b"\r\n"
    with served.smtp() as client:
        client.sendmail("p@example.jp", [TO], mail)
    assert raw_of(rows()[0]) == mail


@contextmanager
def in_data(listener: Listener) -> Iterator[tuple[socket.socket, BinaryIO]]:
    """Speak to a listener byte by byte, up to where the mail itself begins; give the line and its answers."""
    line = socket.create_connection(("127.0.0.1", listener.port), GENEROUS_S)
    with line, line.makefile("rb") as answers:
        answers.readline()
        for command in (b"HELO mx.test", b"MAIL FROM:<p@example.jp>", b"RCPT TO:<%b>" % TO.encode(), b"DATA"):
            line.sendall(command + b"\r\n")
            answers.readline()
        yield line, answers


@pytest.mark.parametrize("trick", [b"\n.\n", b"\r.\r", b"\n.\r\n", b"\r\n.\n", b"\r\n.\r", b"\r\r\n.\n"])
def test_it_is_not_told_that_one_mail_is_two(served: Served, trick: bytes) -> None:
    hidden = b"MAIL FROM:<admin@desk.example>\r\nRCPT TO:<%b>\r\nDATA\r\nSubject: two\r\n\r\nx" % TO.encode()
    with in_data(served.listener) as (line, answers):
        line.sendall(b"Subject: one\r\n\r\nx" + trick + hidden + b"\r\n.\r\n")
        assert answers.readline().startswith(b"250 2.0.0 kept")
        line.sendall(b"NOOP\r\n")
        assert answers.readline() == b"250 OK\r\n"
    (row,) = rows()
    assert b"RCPT TO" in raw_of(row)


def test_it_asks_to_come_again_when_rows_or_files_cannot_be_written(served: Served) -> None:
    folder = storage.storage_dir()
    with served.smtp() as client:
        client.ehlo()
        folder.rmdir() if folder.exists() else None
        folder.write_bytes(b"")  # no folder can be made in its place: as good as a full disk
        client.mail("p@example.jp")
        client.rcpt(TO)
        assert client.data(b"z" * 400_000)[0] == 451
        folder.unlink()
        with db.engine.begin() as connection:
            connection.execute(text("ALTER TABLE inbox RENAME TO elsewhere"))
        client.mail("p@example.jp")
        client.rcpt(TO)
        assert client.data(raw_mail(1)) == (451, b"4.3.0 cannot keep mail now, try again later")
        with db.engine.begin() as connection:
            connection.execute(text("ALTER TABLE elsewhere RENAME TO inbox"))
        client.mail("p@example.jp")
        client.rcpt(TO)
        assert client.data(raw_mail(1))[0] == 250
    assert len(rows()) == 1


def test_it_keeps_nothing_of_a_mail_that_breaks_off(served: Served) -> None:
    with in_data(served.listener) as (line, _answers):
        line.sendall((b"w" * 1000 + b"\r\n") * 400)
        time.sleep(0.3)
    wait_until(lambda: not served.listener.open, "the listener has let go")
    assert rows() == []
    assert list(storage.storage_dir().glob("??/*")) == []


def test_it_answers_once_a_recipient_in_lmtp(local: Served) -> None:
    with local.lmtp() as client:
        client.ehlo()
        client.mail("p@example.jp")
        client.rcpt(TO)
        client.rcpt("nobody@desk.example")
        client.rcpt("cs+two@quote4.jp")
        code, words = client.data(raw_mail(1))
        (row,) = rows()
        assert (code, client.getreply()) == (250, (250, f"2.0.0 kept {row.id}".encode()))
        assert words.decode() == f"2.0.0 kept {row.id}"
    assert row.door == Door.LMTP
    assert hop_of(row, open_key(row)).recipients == (TO, "cs+two@quote4.jp")


def test_it_speaks_only_its_own_protocol(local: Served, served: Served) -> None:
    with local.smtp() as client:
        assert client.docmd("EHLO", "x")[0] == 500
        assert client.docmd("HELO", "x")[0] == 500
    with served.smtp() as client:
        assert client.docmd("LHLO", "x")[0] == 500
        assert client.docmd("VRFY", "privacy") == (252, b"2.1.5 not verified, send the mail")
        assert client.docmd("MAIL", "FROM:p@example.jp")[0] in {501, 503, 553}


def test_it_records_the_last_hop(served: Served) -> None:
    far = b"Received: from mail.example.jp (mail.example.jp [192.0.2.1])\r\n\t(using TLSv1.3 with cipher X)\r\n"
    far += b"\tby mx.desk.example (Postfix) with ESMTPS id 1; Mon, 2 Nov 2026 12:00:00 +0900\r\n"
    with served.smtp() as client:
        client.sendmail("p@example.jp", [TO], far + raw_mail(1))
    assert rows()[0].tls == "TLSv1.3"


def test_it_offers_starttls_with_a_certificate(desk: Flask, tmp_path: Path) -> None:
    authority, chain, key = make_certificate(tmp_path)
    running = Served(desk, certificate=Certificate(chain=chain, key=key))
    try:
        with smtplib.SMTP("localhost", running.listener.port, local_hostname="mx.test", timeout=20) as client:
            client.starttls(context=ssl.create_default_context(cafile=str(authority)))
            client.ehlo()
            assert not {"auth", "starttls"} & set(client.esmtp_features)
            client.sendmail("p@example.jp", [TO], raw_mail(1))
    finally:
        running.stop()
    assert rows()[0].tls == "TLSv1.3"


def test_it_turns_away_too_many_at_once(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_CONNECTIONS", 2)
    with served.smtp(), served.smtp():
        with pytest.raises(smtplib.SMTPConnectError) as caught:
            served.smtp()
        assert caught.value.smtp_code == 421
    with served.smtp() as client:
        assert client.noop()[0] == 250


def test_it_takes_many_at_the_same_time(served: Served) -> None:
    def send(number: int) -> None:
        with served.smtp() as client:
            for turn in range(5):
                client.sendmail("p@example.jp", [TO], raw_mail(number * 10 + turn))

    senders = [threading.Thread(target=send, args=(number,)) for number in range(8)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join(60)
    assert len({bytes(row.raw_hash) for row in rows()}) == 40


def test_it_lets_a_mail_on_its_way_finish(desk: Flask) -> None:
    running = Served(desk)
    with in_data(running.listener) as (line, answers):
        running.listener.stop()
        time.sleep(0.3)
        line.sendall(b"Subject: late\r\n\r\nx\r\n.\r\n")
        assert answers.readline().startswith(b"250 2.0.0 kept")
    running.thread.join(60)
    assert not running.thread.is_alive()
    assert len(rows()) == 1


def test_it_stops_soon_while_somebody_is_connected(desk: Flask) -> None:
    running = Served(desk)
    with running.smtp():
        running.stop()
    assert signal.getsignal(signal.SIGTERM) is not None
