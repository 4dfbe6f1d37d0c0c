"""Tokens of a hosted mailbox: asked for once, renewed in time, and no secret sent elsewhere."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest

from desk.config_inbound import Bearer
from desk.mail import bearer as module
from desk.mail.bearer import NoToken, access_token, forget_token
from desk.mail.imap import MailboxDown
from tests.inlets.reading import leave, look, mailbox_of, open_alerts, raw_mail
from tests.services.imap import ImapPeer


class TokenServer(ThreadingHTTPServer):
    """Gives a token a request, or what `answers` holds."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.asked: list[dict[str, list[str]]] = []
        self.answers: list[tuple[int, bytes]] = []
        self.lives_s: object = 3600

    @property
    def url(self) -> str:
        """The address of the tokens."""
        return f"http://127.0.0.1:{self.server_address[1]}/token"


class _Answer(BaseHTTPRequestHandler):
    server: TokenServer

    def do_POST(self) -> None:
        """Answer."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append(parse_qs(body.decode()))
        given = {"access_token": f"token-{len(self.server.asked)}", "expires_in": self.server.lives_s}
        code, words = self.server.answers.pop(0) if self.server.answers else (200, json.dumps(given).encode())
        self.send_response(code)
        if code == 302:
            self.send_header("Location", words.decode())
        self.end_headers()
        self.wfile.write(words)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def tokens() -> Iterator[TokenServer]:
    """A server of tokens."""
    server = TokenServer()
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def bearer_of(server: TokenServer) -> Bearer:
    """Return the settings of a desk that signs in by itself."""
    return Bearer(token_url=server.url, client_id="desk", client_secret="secret", refresh_token=None, scope="mail")


def test_it_asks_once_while_the_token_lasts(tokens: TokenServer) -> None:
    bearer = bearer_of(tokens)
    assert [access_token(bearer) for _time in range(3)] == ["token-1"] * 3
    forget_token(bearer)
    assert access_token(bearer) == "token-2"
    wanted = {
        "grant_type": ["client_credentials"],
        "client_id": ["desk"],
        "client_secret": ["secret"],
        "scope": ["mail"],
    }
    assert tokens.asked == [wanted, wanted]


def test_it_renews_before_the_end(tokens: TokenServer) -> None:
    tokens.lives_s = str(int(module.SPARE_S))
    bearer = bearer_of(tokens)
    assert [access_token(bearer), access_token(bearer)] == ["token-1", "token-2"]


def test_it_uses_a_refresh_token(tokens: TokenServer) -> None:
    access_token(replace(bearer_of(tokens), refresh_token="renew", client_secret=None, scope=None))
    assert tokens.asked == [{"grant_type": ["refresh_token"], "client_id": ["desk"], "refresh_token": ["renew"]}]


@pytest.mark.parametrize(
    ("answer", "refused"),
    [
        ((400, b'{"error": "invalid_grant"}'), True),
        ((401, b""), True),
        ((500, b""), False),
        ((200, b"<html>"), False),
        ((200, b"[]"), False),
        ((200, b'{"access_token": 5}'), False),
        ((200, b'{"access_token": "a\\u0001b"}'), False),
        ((200, b'{"access_token": "a", "expires_in": "soon"}'), False),
        ((302, b"http://127.0.0.1:1/elsewhere"), False),
    ],
)
def test_it_says_whether_trying_again_helps(tokens: TokenServer, answer: tuple[int, bytes], refused: bool) -> None:
    tokens.answers.append(answer)
    with pytest.raises(NoToken) as caught:
        access_token(bearer_of(tokens))
    assert caught.value.refused == refused
    assert len(tokens.asked) == 1


def test_it_signs_in_to_the_mailbox_with_a_token(environ: dict[str, str], tokens: TokenServer) -> None:
    oauth = {"DESK_IMAP_OAUTH_TOKEN_URL": tokens.url, "DESK_IMAP_OAUTH_CLIENT_ID": "desk"}
    oauth |= {"DESK_IMAP_OAUTH_CLIENT_SECRET": "secret", "DESK_IMAP_PASSWORD": ""}
    with ImapPeer(token="token-2") as peer:
        peer.put(raw_mail(1))
        app, settings = mailbox_of(environ, f"imap://cs%40quote4.jp@127.0.0.1:{peer.port}/INBOX", **oauth)
        context = app.app_context()
        context.push()
        with pytest.raises(MailboxDown, match="auth"):
            look(app, settings)
        assert open_alerts() == {"mail_inbox"}
        assert look(app, settings).journaled == 1  # the token that was refused is not used again
        tokens.answers.append((400, b""))
        forget_token(settings.bearer)
        with pytest.raises(MailboxDown, match="oauth-refused"):
            look(app, settings)
        leave(context)
