"""A real SMTP peer that keeps every envelope with its exact bytes and misbehaves when told to."""

import asyncio
import ssl
import threading
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.waiting import wait_until


class Stage(StrEnum):
    """Where in the dialogue a fault happens."""

    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    """The reply after the final dot."""


class Act(StrEnum):
    """What a fault does besides answering."""

    REPLY = "reply"
    DROP = "drop"
    """Hang up without a reply."""
    REPLY_AND_DROP = "reply and drop"
    """Answer, then hang up before QUIT."""
    SILENCE = "silence"
    """Say nothing more and keep the line open."""


@dataclass(slots=True)
class Fault:
    """One thing that goes wrong, `times` times (None: always)."""

    stage: Stage
    act: Act = Act.REPLY
    reply: str = "451 4.3.0 try again later"
    times: int | None = 1
    keeps: bool = False
    """At DATA: the message is kept although the client is not told so."""


@dataclass(frozen=True, slots=True)
class Received:
    """One message as it came over the wire."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes
    tls: bool


@dataclass(slots=True)
class SmtpServer:
    """An SMTP server on a loopback port; with `certificate` (a PEM file with its key) it offers STARTTLS."""

    certificate: Path | None = None
    faults: list[Fault] = field(default_factory=list)
    pipelining: bool = False
    """Whether it says that it takes several commands at once (RFC 2920)."""
    connections: int = 0
    host: str = "127.0.0.1"
    port: int = 0
    _received: list[Received] = field(default_factory=list)
    _arrival: threading.Condition = field(default_factory=threading.Condition)
    _listener: "_Listener | None" = None

    def start(self) -> None:
        """Listen, on the port of before if there was one."""
        self._listener = _Listener(self)
        self._listener.start()
        self._listener.ready.wait(60)
        assert self._listener.port, "the SMTP peer could not listen"
        self.port = self._listener.port

    def stop(self) -> None:
        """Stop listening; whoever is connected is cut off."""
        if self._listener is not None:
            self._listener.stop()
            self._listener = None

    def reset(self) -> None:
        """Forget the messages and the faults; start again when a test stopped the server."""
        self.faults.clear()
        self.pipelining = False
        self._received.clear()
        self.connections = 0
        if self._listener is None:
            self.start()

    @property
    def received(self) -> list[Received]:
        """The messages taken so far, in order."""
        return list(self._received)

    def wait_for(self, count: int, seconds: float = 60) -> list[Received]:
        """Return the messages as soon as there are `count`; fails after `seconds`."""
        with self._arrival:
            enough = self._arrival.wait_for(lambda: len(self._received) >= count, seconds)
        assert enough, f"{len(self._received)} of {count} messages after {seconds} s"
        return self.received

    def wait_for_faults(self) -> None:
        """Return once everything that should go wrong has gone wrong."""
        wait_until(lambda: not self.faults, f"the client meets {self.faults}")

    def keep(self, message: Received) -> None:
        """Store a message and wake whoever waits for it."""
        with self._arrival:
            self._received.append(message)
            self._arrival.notify_all()

    def next_fault(self, stage: Stage) -> Fault | None:
        """Return what goes wrong now at `stage`, counting it; None when all is well."""
        fault = next((fault for fault in self.faults if fault.stage is stage), None)
        if fault is not None and fault.times is not None:
            fault.times -= 1
            if fault.times <= 0:
                self.faults.remove(fault)
        return fault


class _Handler:
    """Answers the dialogue: faults first, then as a plain server would."""

    def __init__(self, server: SmtpServer) -> None:
        self.server = server

    async def handle_EHLO(  # noqa: N802 - the library's name
        self, _smtp: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        if self.server.pipelining:
            responses.insert(1, "250-PIPELINING")
        return responses

    async def handle_MAIL(  # noqa: N802 - the library's name
        self, smtp: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refusal = await self._misbehave(smtp, Stage.MAIL)
        if refusal is None:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return refusal or "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, smtp: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        refusal = await self._misbehave(smtp, Stage.RCPT)
        if refusal is None:
            envelope.rcpt_tos.append(address)
        return refusal or "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 - the library's name
        self, smtp: SMTP, session: Session, envelope: Envelope
    ) -> str:
        content = envelope.original_content or b""
        message = Received(envelope.mail_from or "", tuple(envelope.rcpt_tos), content, tls=session.ssl is not None)
        fault = next((fault for fault in self.server.faults if fault.stage is Stage.DATA), None)
        if fault is None or fault.keeps:
            self.server.keep(message)
        return await self._misbehave(smtp, Stage.DATA) or "250 2.0.0 kept"

    async def _misbehave(self, smtp: SMTP, stage: Stage) -> str | None:
        fault = self.server.next_fault(stage)
        if fault is None:
            return None
        if fault.act is Act.SILENCE:
            await asyncio.sleep(3600)
        if fault.act is Act.REPLY_AND_DROP:
            await smtp.push(fault.reply)
        if fault.act in {Act.DROP, Act.REPLY_AND_DROP} and smtp.transport is not None:
            smtp.transport.close()
            await asyncio.sleep(3600)  # ended by the lost connection, so that nothing more is said
        return fault.reply


class _Dialogue(SMTP):
    """One connection, listed from its first moment to its last."""

    def __init__(self, listed: set[SMTP], *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.listed = listed

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin; once more when TLS begins."""
        super().connection_made(transport)
        self.listed.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        """End."""
        super().connection_lost(error)
        self.listed.discard(self)


class _Listener(threading.Thread):
    """The event loop of one server, in a thread of its own.

    The library's own controller wants to know the port in advance, and leaves connections open when it stops.
    """

    def __init__(self, server: SmtpServer) -> None:
        super().__init__(name="smtp peer", daemon=True)
        self.server = server
        self.loop = asyncio.new_event_loop()
        self.ready = threading.Event()
        self.port = 0
        self.over = asyncio.Event()
        self.open: set[SMTP] = set()
        self.tls: ssl.SSLContext | None = None
        if server.certificate is not None:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(server.certificate)

    def run(self) -> None:
        """Serve until `stop` is called."""
        try:
            self.loop.run_until_complete(self._serve())
        finally:
            self.ready.set()
            self.loop.close()

    def stop(self) -> None:
        """Cut off whoever is connected, stop listening and end the thread."""
        self.loop.call_soon_threadsafe(self.over.set)
        self.join(60)

    async def _serve(self) -> None:
        listening = await self.loop.create_server(self._protocol, self.server.host, self.server.port)
        self.port = listening.sockets[0].getsockname()[1]
        self.ready.set()
        await self.over.wait()
        # Whoever was let in a moment ago gets a connection first: closed before, the server leaves the socket open.
        self.loop.remove_reader(listening.sockets[0].fileno())
        await asyncio.sleep(0)
        listening.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        while self.open or others:
            for protocol in self.open:
                if protocol.transport is not None:
                    protocol.transport.abort()
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            await asyncio.sleep(0)  # lets the lost connections end their dialogues
            others = asyncio.all_tasks() - {asyncio.current_task()}
        await listening.wait_closed()
        await asyncio.sleep(0)  # what lay under a TLS connection is closed one turn later

    def _protocol(self) -> SMTP:
        self.server.connections += 1
        return _Dialogue(
            self.open,
            _Handler(self.server),
            hostname="peer.test",
            tls_context=self.tls,
            data_size_limit=50 * 2**20,
            loop=self.loop,
        )
