"""The listener that a mail server hands mail to: 250 is said when the journal has committed, and not before."""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from desk import clock
from desk.config_inbound import Certificate
from desk.db import db
from desk.inlets.dialogue import Dialogue, LocalDialogue, Trouble, TurnedAway
from desk.inlets.recipients import is_ours
from desk.mail.journal import Kept, Receipt, journal
from desk.mail.lasthop import HEAD_BYTES, last_hop_tls
from desk.mail.models import Door
from desk.mail.transport import mail
from desk.transaction import transaction

log = structlog.get_logger()

MOST_CONNECTIONS = 50
HANDS = 4
"""How many mails are sealed and committed at the same time."""
GRACE_S = 3.0
"""How long a mail that is being handed over may take when the listener is told to stop."""

T = TypeVar("T")


class Listener:
    """One port and whoever is connected to it. All waiting for disk and database happens in threads."""

    def __init__(self, app: Flask, *, lmtp: bool, certificate: Certificate | None = None) -> None:
        """Raises `OSError` (`ssl.SSLError` is one) when certificate or key cannot be used."""
        self.app, self.lmtp = app, lmtp
        self.most_bytes: int = app.extensions["config"].mail.most_bytes
        self.open: set[Dialogue] = set()
        self.port = 0
        self.tls = _context(certificate) if certificate else None
        self.pool = ThreadPoolExecutor(HANDS, thread_name_prefix="listener")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._told = asyncio.Event()
        with app.app_context():
            self.name = mail().local_name

    def run(self, host: str, port: int, ready: Callable[[], None] = lambda: None) -> None:
        """Listen until `stop`; `ready` is called when the port is open. Raises `OSError` when it cannot be opened."""
        logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # the library logs what strangers say
        with self.pool:
            asyncio.run(self._serve(host, port, ready))

    def stop(self) -> None:
        """Stop, from any thread or signal: no new connection, a moment for mails on their way."""
        if self._loop is None:
            self._told.set()
            return
        with suppress(RuntimeError):  # it has ended meanwhile
            self._loop.call_soon_threadsafe(self._told.set)

    async def knows(self, recipient: str) -> bool:
        """Tell whether a recipient is ours. Raises `Trouble`."""
        return await self._do(is_ours, recipient)

    async def take(self, dialogue: Dialogue, chunks: AsyncIterator[bytes]) -> int | None:
        """Keep and commit a mail and return its row's id; None when it is too large. Raises `Trouble`."""
        head, kept = b"", await self._do(Kept)
        try:
            async for chunk in chunks:
                if kept.size + len(chunk) > self.most_bytes:
                    return None
                head = head or chunk[:HEAD_BYTES]
                await self._do(kept.write, chunk)
            return await self._do(_commit, kept, self._receipt(dialogue, head))
        finally:
            kept.discard()

    def _receipt(self, dialogue: Dialogue, head: bytes) -> Receipt:
        envelope = dialogue.envelope
        assert envelope is not None  # noqa: S101 - tells the type checker that DATA follows MAIL and RCPT
        # a server on this machine hands over what it received from afar itself, and says how
        tls = dialogue.tls or (last_hop_tls(head) if dialogue.is_local else "none")
        return Receipt(
            door=Door.LMTP if self.lmtp else Door.SMTP,
            received_at=clock.now(),
            sender="" if envelope.mail_from == "<>" else envelope.mail_from,
            recipients=tuple(envelope.rcpt_tos),
            tls=tls,
        )

    async def _do(self, act: Callable[..., T], *arguments: object) -> T:
        """Do what may block in a thread with an application context. Raises `Trouble`."""
        work = asyncio.get_running_loop().run_in_executor(self.pool, self._in_context, act, arguments)
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:  # the client is gone; what the thread writes to must not be taken from it
            with suppress(Exception):
                await work
            raise
        except (OSError, SQLAlchemyError) as error:
            log.error("listener.not_kept", error=type(error).__name__)
            raise Trouble from error

    def _in_context(self, act: Callable[..., T], arguments: tuple[object, ...]) -> T:
        with self.app.app_context():
            try:
                return act(*arguments)
            finally:
                db.session.remove()

    async def _serve(self, host: str, port: int, ready: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        server = await self._loop.create_server(self._answer, host, port)
        self.port = server.sockets[0].getsockname()[1]
        ready()
        await self._told.wait()
        server.close()
        give_up_at = self._loop.time() + GRACE_S
        while any(dialogue.in_data for dialogue in self.open) and self._loop.time() < give_up_at:
            await asyncio.sleep(0.05)
        for dialogue in list(self.open):
            if dialogue.transport is not None:
                dialogue.transport.abort()  # type: ignore[attr-defined]  # a socket's transport
        await asyncio.sleep(0)  # lets the lost connections end their dialogues

    def _answer(self) -> asyncio.Protocol:
        if len(self.open) >= MOST_CONNECTIONS:
            return TurnedAway()
        kind = LocalDialogue if self.lmtp else Dialogue
        return kind(self, hostname=self.name, ident="ready", tls_context=self.tls, loop=self._loop)


def _commit(kept: Kept, receipt: Receipt) -> int:
    kept.finish()
    with transaction():
        return journal(kept, receipt, clock.now())


def _context(certificate: Certificate) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate.chain, certificate.key)
    return context
