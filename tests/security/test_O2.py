"""O2: a name that looks like addresses is a name; the envelope goes to the stored address alone."""

from email import message_from_bytes, policy

import pytest
from flask.ctx import AppContext

from desk.mail import sender
from tests.mail.posting import post
from tests.services.smtp import SmtpServer

NAMES = [
    '"a" <evil@example.com>,',
    "evil@example.com, b",
    "a <evil@example.com>",
    "山田 <evil@example.com>",
    "a\\",
    "a;b:c",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_never_an_address(sending: AppContext, smtp_server: SmtpServer, name: str) -> None:
    post(name=name)
    sender.drain()
    (received,) = smtp_server.received
    assert received.recipients == ("person@example.jp",)
    assert received.sender == "cs@quote4.jp"
    to = message_from_bytes(received.content, policy=policy.default)["To"].addresses
    assert [address.addr_spec for address in to] == ["person@example.jp"]
    assert b"evil@example.com" not in received.content
