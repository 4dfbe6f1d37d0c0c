"""How a mail leaves: the only user of Flask-Mail, with verified TLS, time-outs, and the final dot's reply as the truth."""

import smtplib
import socket
import ssl
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

import flask_mail
import structlog
from flask import Flask, current_app

from desk.config import Config
from desk.config_outgoing import Dkim
from desk.environ import is_loopback
from desk.mail.signing import sign

log = structlog.get_logger()

STEP_S = 30.0
"""How long one step of the dialogue may take."""
FINAL_S = 600.0
"""How long the server may think after the final dot (RFC 5321 section 4.5.3.2.6)."""


GOOD = ((250,), (250, 251), (354,))
"""The replies that let a mail be said: to MAIL, to RCPT and to DATA."""


class Undeliverable(Exception):
    """One mail was not taken, or nobody knows. `code` is the server's reply code, or a word of our own."""

    def __init__(self, code: str, *, permanent: bool = False, ambiguous: bool = False) -> None:
        super().__init__(code)
        self.code, self.permanent, self.ambiguous = code, permanent, ambiguous


class ChannelDown(Exception):
    """No mail can leave at the moment: no connection, no trust, no sign-in. Nothing was sent."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who a mail is from and for, on the wire."""

    sender: str
    recipient: str


class Mail(flask_mail.Mail):
    """Flask-Mail that connects safely."""

    step_s = STEP_S
    final_s = FINAL_S
    local_name = "localhost"
    """What the desk calls itself to the server; never the machine's name."""
    dkim: Dkim | None = None
    """With what every mail is signed; None leaves that to the relay."""

    def signed(self, mime: bytes) -> bytes:
        """Return a mail with its DKIM signature above it, made anew at each sending (RFC 6376)."""
        return sign(self.dkim, mime) + mime if self.dkim is not None else mime

    def connect(self) -> "Connection":
        """Return a connection, to be used in a `with` block; it needs no application context any more."""
        return Connection(self.state, self)


class Connection(flask_mail.Connection):
    """One SMTP connection that sends stored bytes, one recipient at a time, as many as come."""

    def __init__(self, state: Any, channel: Mail) -> None:
        super().__init__(state)
        self.channel = channel
        self.used = 0
        self.tls = "none"
        """The TLS version of the newest connection."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        """Say goodbye; the server's answer to that means nothing."""
        if self.host is not None:
            try:
                self.host.quit()
            except (OSError, smtplib.SMTPException):
                log.debug("mail.quit_failed")
            self.abandon()

    def open(self) -> None:
        """Connect now, if not connected. Raises `ChannelDown`."""
        if self.host is None:
            self.host = self.configure_host()

    def cut(self) -> None:
        """Break the line from another thread, so that whoever waits on it stops waiting."""
        sock = self.host.sock if self.host is not None else None
        if sock is not None and sock.fileno() >= 0:
            sock.shutdown(socket.SHUT_RDWR)

    def abandon(self) -> None:
        """Drop the connection without a word."""
        host, self.host, self.used = self.host, None, 0
        if host is not None:
            host.close()

    def configure_host(self) -> smtplib.SMTP:
        """Connect, with TLS verified against the machine's authorities, and sign in. Raises `ChannelDown`."""
        if not (self.mail.use_tls or self.mail.use_ssl or is_loopback(self.mail.server)):
            raise ChannelDown("plain-refused")
        host: smtplib.SMTP | None = None
        try:
            host = self._connect()
            if self.mail.use_tls:
                host.starttls(context=ssl.create_default_context())
            if self.mail.username and self.mail.password:
                host.login(self.mail.username, self.mail.password)
            host.ehlo_or_helo_if_needed()
            self.tls = (host.sock.version() or "none") if isinstance(host.sock, ssl.SSLSocket) else "none"
        except (OSError, smtplib.SMTPException) as error:
            if host is not None:
                host.close()
            raise ChannelDown(_connect_code(error)) from error
        return host

    def deliver(self, envelope: Envelope, mime: bytes) -> str:
        """Send the stored bytes to one recipient and return the code of the reply to the final dot.

        Raises `Undeliverable` about this mail, `ChannelDown` about the whole channel (then nothing was sent).
        """
        wire = _dotted(self.channel.signed(mime))
        host = self._begin(_opening(envelope))
        try:
            host.send(wire)
            assert host.sock is not None  # noqa: S101 - it has just been written to
            host.sock.settimeout(self.channel.final_s)
            code, reply = host.getreply()
            if host.sock is not None:
                host.sock.settimeout(self.channel.step_s)
        except (OSError, smtplib.SMTPException) as error:
            self.abandon()
            raise Undeliverable(_cut_code(error, "after-data"), ambiguous=True) from error
        self.used += 1
        if code != 250:
            if code == 421:
                self.abandon()
            raise Undeliverable(_code(code, reply), permanent=code // 100 == 5)
        return _code(code, reply)

    def _connect(self) -> smtplib.SMTP:
        server, port = self.mail.server, self.mail.port
        ours, step = self.channel.local_name, self.channel.step_s
        if self.mail.use_ssl:
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(server, port, local_hostname=ours, timeout=step, context=context)
        return smtplib.SMTP(server, port, local_hostname=ours, timeout=step)

    def _begin(self, opening: list[str]) -> smtplib.SMTP:
        """Say from whom and for whom, up to the leave to send; a used connection that the server closed is replaced once."""
        used = self.host is not None and self.used > 0
        if self.host is None:
            self.host = self.configure_host()
        replies, error = _say(self.host, opening)
        if not replies:
            assert error is not None  # noqa: S101 - without one there is a reply
            self.abandon()
            if used:
                return self._begin(opening)
            raise Undeliverable(_cut_code(error, "at-mail")) from error
        code, reply = replies[0]
        if code not in GOOD[0]:
            self.abandon()
            if used and code == 421:
                return self._begin(opening)
            if code // 100 == 5 and code != 552:  # the server does not want us at all: no recipient's fault
                raise ChannelDown(_code(code, reply))
            raise Undeliverable(_code(code, reply), permanent=code == 552)
        refused = next((said for said, good in zip(replies[1:], GOOD[1:], strict=False) if said[0] not in good), None)
        if refused is not None:
            self._end_transaction(refused[0], is_clean=error is None and replies[-1][0] not in GOOD[-1])
            if refused[0] == 530:  # the server asks for TLS or a sign-in that it did not get
                raise ChannelDown(_code(*refused))
            raise Undeliverable(_code(*refused), permanent=refused[0] // 100 == 5)
        if error is not None:
            self.abandon()
            raise Undeliverable(_cut_code(error, "before-data")) from error
        return self.host

    def _end_transaction(self, code: int, *, is_clean: bool) -> None:
        """Have the server forget a transaction; where it waits for the mail itself, only hanging up tells it of none."""
        if code == 421 or self.host is None or not is_clean:
            self.abandon()
            return
        try:
            self.host.rset()
        except (OSError, smtplib.SMTPException):
            self.abandon()


def _opening(envelope: Envelope) -> list[str]:
    """Return the commands before the mail itself. Raises `Undeliverable` for an address that no command can carry."""
    for address in (envelope.sender, envelope.recipient):
        if not (address.isascii() and address.isprintable()) or "<" in address or ">" in address:
            raise Undeliverable("bad-address", permanent=True)
    return [f"MAIL FROM:<{envelope.sender}>", f"RCPT TO:<{envelope.recipient}>", "DATA"]


def _say(host: smtplib.SMTP, lines: list[str]) -> tuple[list[tuple[int, bytes]], Exception | None]:
    """Say some commands, all at once to a server that takes them so (RFC 2920); return the replies and what cut them off.

    To any other server the first that is refused is the last.
    """
    replies: list[tuple[int, bytes]] = []
    at_once = host.has_extn("pipelining")
    try:
        if at_once:
            host.send("".join(f"{line}\r\n" for line in lines))
        for line, good in zip(lines, GOOD, strict=True):
            replies.append(host.getreply() if at_once else host.docmd(line))
            if replies[-1][0] not in good and not at_once:
                break
    except (OSError, smtplib.SMTPException) as error:
        return replies, error
    return replies, None


def init_mail(app: Flask, config: Config) -> None:
    """Bind the channel to the application, with settings that never print what is sent."""
    settings = config.mail
    app.config.update(
        MAIL_SERVER=settings.server,
        MAIL_PORT=settings.port,
        MAIL_USERNAME=settings.username,
        MAIL_PASSWORD=settings.password,
        MAIL_USE_TLS=settings.use_tls,
        MAIL_USE_SSL=settings.use_ssl,
        MAIL_DEFAULT_SENDER=settings.sender,
        MAIL_DEBUG=False,
        MAIL_SUPPRESS_SEND=False,
    )
    channel = Mail(app)
    channel.dkim = settings.dkim
    name = urlsplit(config.base_url).hostname or ""
    if "." in name and not name[-1].isdigit():
        channel.local_name = name
    app.extensions["desk_mail"] = channel


def mail() -> Mail:
    """Return the current application's channel."""
    found: Any = current_app.extensions["desk_mail"]
    assert isinstance(found, Mail)  # noqa: S101 - tells the type checker what init_mail put there
    return found


def _dotted(mime: bytes) -> bytes:
    """Return the bytes as DATA wants them: dots at line starts doubled, ended by the final dot.

    The bytes hold CRLF only; a bare CR or LF would be read as a line end by some servers (SMTP smuggling).
    """
    bare = mime.replace(b"\r\n", b"")
    if b"\r" in bare or b"\n" in bare:
        raise Undeliverable("bare-line-end", permanent=True)
    body = mime.replace(b"\r\n.", b"\r\n..")
    if body.startswith(b"."):
        body = b"." + body
    return body + (b"" if body.endswith(b"\r\n") else b"\r\n") + b".\r\n"


def _code(code: int, reply: bytes) -> str:
    """Return `550 5.1.1`: the codes without the text, which often repeats the address."""
    second = reply.split(b" ", 1)[0].decode("ascii", "replace")
    return f"{code} {second}" if second.count(".") == 2 and second.replace(".", "").isdigit() else str(code)


def _cut_code(error: Exception, where: str) -> str:
    return f"timeout-{where}" if isinstance(error, TimeoutError) else f"cut-{where}"


def _connect_code(error: Exception) -> str:
    if isinstance(error, ssl.SSLError | smtplib.SMTPNotSupportedError):
        return "tls"
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"auth-{error.smtp_code}"
    if isinstance(error, smtplib.SMTPResponseException):
        return str(error.smtp_code)
    return "timeout-connect" if isinstance(error, TimeoutError) else "connect"
