"""O3: nothing in a text can end the mail early or begin another (SMTP smuggling)."""

import re
from dataclasses import replace
from email import message_from_bytes

import pytest
from flask.ctx import AppContext

from desk import clock
from desk.mail import outbox, sender
from desk.mail.models import MailKind
from desk.mail.transport import Envelope, Undeliverable, mail
from desk.transaction import transaction
from tests.mail.posting import letter
from tests.services.smtp import SmtpServer

SMUGGLED = "before\r.\r\n.\n\n.\r\n\r\n.\r\nMAIL FROM:<evil@example.com>\r\n.hidden\n..two\n"


def test_dots_and_bare_line_ends_arrive_as_text(sending: AppContext, smtp_server: SmtpServer) -> None:
    with transaction():
        outbox.post(
            kind=MailKind.ANSWER,
            letter=replace(letter(), text=SMUGGLED),
            to="person@example.jp",
            to_name=None,
            ticket_id=None,
            dedupe_key="smuggled",
            at=clock.now(),
        )
    sender.drain()
    (received,) = smtp_server.received
    assert re.search(rb"(?<!\r)\n|\r(?!\n)", received.content) is None
    payload = message_from_bytes(received.content).get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert payload.decode().splitlines() == SMUGGLED.splitlines()


def test_lines_that_begin_with_a_dot_are_doubled(sending: AppContext, smtp_server: SmtpServer) -> None:
    stored = b"Subject: x\r\n\r\n.\r\n.a\r\n..b\r\n"
    with mail().connect() as connection:
        connection.deliver(Envelope("a@desk.example", "b@example.jp"), stored)
    assert smtp_server.received[0].content == stored


@pytest.mark.parametrize("bad", [b"a\nb\r\n", b"a\rb\r\n", b"a\r\n.\nb\r\n"])
def test_bare_line_ends_never_leave(sending: AppContext, smtp_server: SmtpServer, bad: bytes) -> None:
    with mail().connect() as connection, pytest.raises(Undeliverable):
        connection.deliver(Envelope("a@desk.example", "b@example.jp"), bad)
    assert smtp_server.received == []
