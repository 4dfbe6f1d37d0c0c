"""The words of the listener: SMTP and LMTP as a mail server speaks them, the mail's bytes handed on as they come."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any, Protocol

import structlog
from aiosmtpd.smtp import SMTP, Envelope, Session, syntax

from desk.environ import is_loopback

log = structlog.get_logger()

COMMAND_S = 300.0
"""How long a client may think between two commands (RFC 5321 section 4.5.3.2.7)."""
DATA_S = 180.0
"""How long it may be silent within a mail (RFC 5321 section 4.5.3.2.5)."""
LONGEST_LINE = 64 * 1024
"""Bytes read at a time. Mails hold longer lines than the 998 bytes of RFC 5321; they are kept as they are."""
COMMAND_BYTES = 1024

HELLO = "250 HELP"
OK_SENDER = "250 2.1.0 sender accepted"
OK_RECIPIENT = "250 2.1.5 recipient accepted"
KEPT = "250 2.0.0 kept {inbox}"
GO_ON = "354 end with <CR><LF>.<CR><LF>"
TOO_MANY_LINES = "421 4.3.2 too many connections, try again later"
TROUBLE = "451 4.3.0 cannot keep mail now, try again later"
MOST_RECIPIENTS = 100
TOO_MANY_RECIPIENTS = "452 4.5.3 too many recipients"
NO_RECIPIENT = "503 5.5.1 name a recipient first"
NO_ARGUMENT = "501 5.5.4 DATA takes no argument"
NOT_VERIFIED = "252 2.1.5 not verified, send the mail"
UNKNOWN = "550 5.1.1 no such mailbox here"
TOO_LARGE = "552 5.3.4 the mail is larger than {size} bytes"

PATH = re.compile(r"<(?:@[^<>:\s]*:)?([^<>\s]*)>(.*)", re.DOTALL)
"""A path of RFC 5321, with a source route that means nothing. What stands in it need not follow that RFC: carriers gave
out addresses such as `a..b.@docomo.ne.jp`."""


class Taker(Protocol):
    """Whoever takes the mail in."""

    most_bytes: int
    open: "set[Dialogue]"
    """The connections."""

    async def knows(self, recipient: str) -> bool:
        """Tell whether a recipient is ours. Raises `Trouble`."""

    async def take(self, dialogue: "Dialogue", chunks: AsyncIterator[bytes]) -> int | None:
        """Keep and commit a mail and return its row's id; None when it is too large. Raises `Trouble`."""


class Trouble(Exception):
    """The mail cannot be kept at the moment; whoever sends it tries again."""


class Handler:
    """The answers of the dialogue that do not depend on the mail's bytes."""

    def __init__(self, taker: Taker) -> None:
        self.taker = taker

    async def handle_EHLO(  # noqa: N802 - the library's name
        self, _smtp: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Announce the size limit; nobody signs in here."""
        session.host_name = hostname
        abilities = [line for line in responses[1:-1] if "AUTH" not in line]
        return [responses[0], f"250-SIZE {self.taker.most_bytes}", "250-ENHANCEDSTATUSCODES", *abilities, HELLO]

    async def handle_MAIL(  # noqa: N802 - the library's name
        self, _smtp: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take the sender, unless the mail is announced as too large."""
        for option in options:
            name, _, size = option.partition("=")
            if name == "SIZE" and size.isdigit() and int(size) > self.taker.most_bytes:
                return TOO_LARGE.format(size=self.taker.most_bytes)
        envelope.mail_from = address
        return OK_SENDER

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, _smtp: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take a recipient that is ours, before any byte of the mail."""
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return TOO_MANY_RECIPIENTS
        try:
            known = await self.taker.knows(address)
        except Trouble:
            return TROUBLE
        if not known:
            return UNKNOWN
        envelope.rcpt_tos.append(address)
        return OK_RECIPIENT

    async def handle_exception(self, error: Exception) -> str:
        """Answer what nobody expected; the library would tell the client what it was."""
        log.error("listener.failed", error=type(error).__name__)
        return TROUBLE


class Dialogue(SMTP):
    """One connection. The library speaks the commands; the bytes of a mail never stand in memory as a whole."""

    line_length_limit = LONGEST_LINE
    lmtp = False

    def __init__(self, taker: Taker, **settings: Any) -> None:
        super().__init__(
            Handler(taker),
            data_size_limit=None,  # announced and kept here, with codes that say what it is
            auth_exclude_mechanism=["LOGIN", "PLAIN"],
            timeout=COMMAND_S,
            **settings,
        )
        self.command_size_limits.update({"MAIL": COMMAND_BYTES, "RCPT": COMMAND_BYTES})
        self.taker = taker
        self.in_data = False

    @property
    def tls(self) -> str | None:
        """Return the connection's TLS version, None without TLS."""
        seal = self.transport.get_extra_info("ssl_object") if self.transport is not None else None
        return str(seal.version()) if seal is not None else None

    @property
    def is_local(self) -> bool:
        """Tell whether the client is on this machine."""
        peer: Any = self.transport.get_extra_info("peername") if self.transport is not None else None
        return bool(peer) and is_loopback(str(peer[0]))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count the connection; after STARTTLS the library calls this again."""
        self.taker.open.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Count it no more."""
        self.taker.open.discard(self)
        super().connection_lost(error)

    async def smtp_VRFY(self, _arg: str) -> None:  # noqa: N802 - the library's name
        """Tell nothing about who is here."""
        await self.push(NOT_VERIFIED)

    @syntax("DATA")
    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - the library's name
        """Hand the mail on while it comes; answer once, or once a recipient in LMTP."""
        if await self.check_helo_needed():
            return
        if arg or self.envelope is None or not self.envelope.rcpt_tos:
            await self.push(NO_ARGUMENT if arg else NO_RECIPIENT)
            return
        self.in_data = True
        await self.push(GO_ON)
        answers = len(self.envelope.rcpt_tos) if self.lmtp else 1
        chunks = self._chunks()
        try:
            inbox = await self.taker.take(self, chunks)
            reply = TOO_LARGE.format(size=self.taker.most_bytes) if inbox is None else KEPT.format(inbox=inbox)
        except Trouble:
            reply = TROUBLE
        async for _rest in chunks:
            pass
        self.envelope = self._create_envelope()
        self._reset_timeout()
        for _recipient in range(answers):
            await self.push(reply)
        self.in_data = False

    async def _chunks(self) -> AsyncIterator[bytes]:
        """Yield the mail's bytes without the doubled dots, until CRLF, dot, CRLF and nothing else ends them.

        Only CRLF ends a line: a bare LF before or after a dot is part of the mail (SMTP smuggling).
        """
        begins, gathered = True, bytearray()
        while True:
            try:
                line = await self._reader.readuntil(b"\r\n")
            except asyncio.LimitOverrunError as error:
                line = await self._reader.read(error.consumed)
            if begins and line == b".\r\n":
                self._reset_timeout()
                break
            gathered += line[1:] if begins and line.startswith(b".") else line
            begins = line.endswith(b"\r\n")
            if len(gathered) >= LONGEST_LINE:
                self._reset_timeout(DATA_S)
                yield bytes(gathered)
                gathered.clear()
        if gathered:
            yield bytes(gathered)

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """Split a command's argument into an address and what follows it; `<>` is an address too."""
        found = PATH.fullmatch(arg.strip())
        if found is None:
            return (None, None) if arg else ("", "")
        return found[1] or "<>", found[2]


class LocalDialogue(Dialogue):
    """The same in LMTP (RFC 2033): another greeting, and one answer a recipient."""

    lmtp = True

    @syntax("LHLO hostname")
    async def smtp_LHLO(self, arg: str) -> None:  # noqa: N802 - the library's name
        """Greet."""
        await super().smtp_EHLO(arg)

    async def smtp_HELO(self, _arg: str) -> None:  # noqa: N802 - the library's name
        """Refuse what belongs to SMTP."""
        await self.push("500 5.5.1 this is LMTP, say LHLO")

    smtp_EHLO = smtp_HELO  # noqa: N815 - the library's name


class TurnedAway(asyncio.Protocol):
    """A connection beyond the limit."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say so and hang up."""
        assert isinstance(transport, asyncio.WriteTransport)  # noqa: S101 - tells the type checker what a server gives
        transport.write(f"{TOO_MANY_LINES}\r\n".encode("ascii"))
        transport.close()
