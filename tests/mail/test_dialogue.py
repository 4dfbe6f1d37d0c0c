"""The dialogue with a server that takes several commands at once, and answers them as no test peer does."""

import socket
import threading
from collections.abc import Iterator

import pytest
from flask.ctx import AppContext

from desk.mail.transport import Connection, Envelope, Undeliverable
from desk.mail.transport import mail as channel
from tests.waiting import GENEROUS_S

ENVELOPE = Envelope("cs@quote4.jp", "person@example.jp")
MIME = b"Subject: x\r\n\r\nwords\r\n"


class Scripted:
    """Greets, waits for the whole opening, answers it as told, and keeps every byte that comes until the line is cut."""

    def __init__(self, answer: bytes) -> None:
        self.answer, self.heard = answer, b""
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def end(self) -> bytes:
        """Return what was heard, once the other side has hung up."""
        self.thread.join(GENEROUS_S)
        assert not self.thread.is_alive()
        return self.heard

    def _serve(self) -> None:
        line, _address = self.listener.accept()
        self.listener.close()
        with line:
            line.settimeout(GENEROUS_S)
            line.sendall(b"220 scripted\r\n")
            line.recv(1000)
            line.sendall(b"250-scripted\r\n250 PIPELINING\r\n")
            while not self.heard.endswith(b"DATA\r\n"):
                self.heard += line.recv(1000)
            line.sendall(self.answer)
            while piece := line.recv(1000):
                self.heard += piece


@pytest.fixture
def connection(sending: AppContext) -> Iterator[Connection]:
    """A connection of the desk's channel, not open yet."""
    with channel().connect() as one:
        yield one


def speak_to(connection: Connection, server: Scripted) -> str:
    """Deliver a mail to a scripted server."""
    connection.mail.port = server.port
    return connection.deliver(ENVELOPE, MIME)


def test_it_says_everything_up_to_the_mail_at_once(connection: Connection) -> None:
    server = Scripted(b"250 ok\r\n250 ok\r\n354 go on\r\n250 2.0.0 kept\r\n")
    assert speak_to(connection, server) == "250 2.0.0"
    connection.abandon()
    opening = b"MAIL FROM:<cs@quote4.jp>\r\nRCPT TO:<person@example.jp>\r\nDATA\r\n"
    assert server.end() == opening + MIME + b".\r\n"


@pytest.mark.parametrize("words", [b"550 5.1.1 nobody\r\n", b"450 4.2.0 later\r\n"])
def test_it_hangs_up_on_a_server_that_refuses_the_recipient_and_wants_the_mail(
    connection: Connection, words: bytes
) -> None:
    server = Scripted(b"250 ok\r\n" + words + b"354 go on\r\n")
    with pytest.raises(Undeliverable) as caught:
        speak_to(connection, server)
    assert (caught.value.permanent, caught.value.ambiguous) == (words.startswith(b"5"), False)
    assert server.end().endswith(b"DATA\r\n")  # no byte of the mail, and no final dot


def test_it_believes_a_refusal_that_came_before_the_line_was_cut(connection: Connection) -> None:
    server = Scripted(b"250 ok\r\n550 5.1.1 nobody\r\n250 \xff\r\nno code at all\r\n")
    with pytest.raises(Undeliverable) as caught:
        speak_to(connection, server)
    assert (caught.value.code, caught.value.permanent) == ("550 5.1.1", True)
    connection.abandon()
    server.end()


@pytest.mark.parametrize(
    "recipient", ["人@例.jp", "a\r\nRCPT TO:<b@example.jp>", "a@example.jp> <b@example.jp", "a\0@x.jp"]
)
def test_it_says_no_address_that_a_command_cannot_carry(connection: Connection, recipient: str) -> None:
    with pytest.raises(Undeliverable) as caught:
        connection.deliver(Envelope("cs@quote4.jp", recipient), MIME)
    assert (caught.value.code, caught.value.permanent) == ("bad-address", True)
    assert connection.host is None
