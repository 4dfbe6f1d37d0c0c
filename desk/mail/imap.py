"""One line to the mailbox: verified TLS, a time-out on every step, UIDs only, and short codes for what goes wrong."""

import imaplib
import select
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Self

import imap_tools
from imap_tools.errors import (
    ImapToolsError,
    MailboxFolderSelectError,
    MailboxLoginError,
    UnexpectedCommandStatusError,
)
from imap_tools.utils import encode_folder

from desk.config_inbound import Mailbox, Security
from desk.mail.bearer import NoToken, access_token, forget_token
from desk.mail.imapwords import Answer, Part, read_internal_dates, read_part

STEP_S = 30.0
"""How long the server may be silent in one step."""
CHUNK = 1024 * 1024
"""Bytes of a mail that are asked for at a time."""


class MailboxDown(Exception):
    """The mailbox cannot be used. `lasting` tells that somebody has to change something; `uid` names the mail at it."""

    def __init__(self, code: str, *, lasting: bool = False) -> None:
        super().__init__(code)
        self.code, self.lasting = code, lasting
        self.uid: int | None = None
        self.noted = False


class NotRead(MailboxDown):
    """The server will not give one mail; the others can be read."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One mail in the mailbox, its first bytes read."""

    uid: int
    received_at: datetime | None
    head: bytes
    chunks: Iterator[bytes]
    """The whole mail, piece by piece. Raises `MailboxDown`."""


class Line:
    """A connection that is signed in; use `open_line`."""

    def __init__(self, box: imap_tools.BaseMailBox, settings: Mailbox) -> None:
        self.box, self.settings = box, settings
        self.client = box.client
        self.abilities: frozenset[str] = frozenset()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: object, error: object, _trace: object) -> None:
        """Say goodbye, unless the line is broken; the server's answer to that means nothing."""
        if error is None:
            with suppress(OSError, imaplib.IMAP4.error, ValueError):
                self.client.logout()
        with suppress(OSError, ValueError):
            self.client.shutdown()

    def cut(self) -> None:
        """Break the line from a signal or another thread, so that whoever waits on it stops waiting."""
        with suppress(OSError):  # it was broken already
            self.client.sock.shutdown(socket.SHUT_RDWR)

    def can(self, *abilities: str) -> bool:
        """Tell whether the server has all of these abilities."""
        return self.abilities.issuperset(abilities)

    def select(self) -> int:
        """Open the folder anew and return its UIDVALIDITY. Raises `MailboxDown`."""
        with _asking("select"):
            self.box.folder.set(self.settings.folder)
            _name, found = self.client.response("UIDVALIDITY")
        if not found or not found[0]:
            raise MailboxDown("no-uidvalidity", lasting=True)
        return int(found[0])

    def uids(self, criterion: str = "ALL") -> list[int]:
        """Return the numbers of the mails in the folder, oldest first. Raises `MailboxDown`."""
        answer = self._ask("SEARCH", criterion)
        return sorted(int(number) for some in answer if isinstance(some, bytes) for number in some.split())

    def fetch(self, uid: int) -> Incoming | None:
        """Begin to read a mail without marking it as seen; None when it is gone. Raises `MailboxDown`."""
        first = self._part(uid, "UID INTERNALDATE RFC822.SIZE", 0)
        if first is None:
            return None
        return Incoming(uid, first.received_at, first.body, self._chunks(uid, first))

    def move(self, uids: Sequence[int]) -> None:
        """Move mails that were committed into the folder of what is done. Raises `MailboxDown`.

        Without MOVE they are copied and marked, then removed by number. A server that cannot remove by number would
        remove what others had marked as well: there they stay, marked.
        """
        if not uids:
            return
        numbers, target = _numbers(uids), encode_folder(self.settings.processed).decode("ascii")
        if self.can("MOVE"):
            self._ask("MOVE", numbers, target)
        else:
            self._ask("COPY", numbers, target)
            self._ask("STORE", numbers, "+FLAGS.SILENT", r"(\Deleted \Seen)")
            self.expunge(uids)
        self.client.untagged_responses.clear()  # the library keeps the news of every removal

    def expunge(self, uids: Sequence[int]) -> None:
        """Remove marked mails by number, where the server can. Raises `MailboxDown`."""
        if uids and self.can("UIDPLUS"):
            self._ask("EXPUNGE", _numbers(uids))

    def ensure_processed(self) -> None:
        """Make the folder of what is done if it is missing. Raises `MailboxDown`."""
        with _asking("processed"):
            if not self.box.folder.exists(self.settings.processed):
                self.box.folder.create(self.settings.processed)

    def list_processed(self, since: datetime) -> Iterator[datetime]:
        """Yield the arrival of each mail in the folder of what is done, from a day on. Raises `MailboxDown`."""
        with _asking("processed"):
            self.box.folder.set(self.settings.processed, readonly=True)
        uids = self.uids(f"SINCE {since.day}-{MONTHS[since.month - 1]}-{since.year}")
        for at in range(0, len(uids), 500):
            yield from read_internal_dates(self._ask("FETCH", _numbers(uids[at : at + 500]), "(INTERNALDATE)"))

    def wait(self, seconds: float) -> None:
        """Wait with IDLE until the server says anything, at most so many seconds. Raises `MailboxDown`."""
        with _asking("idle"):
            self.box.idle.start()  # type: ignore[no-untyped-call]  # the library's own
            if not self._has_more():
                poller = select.poll()
                poller.register(self.client.sock.fileno(), select.POLLIN)
                poller.poll(seconds * 1000)
            self.box.idle.stop()  # type: ignore[no-untyped-call]  # the library's own

    def _has_more(self) -> bool:
        """Tell whether the server's next words came together with its last ones: then the socket stays silent."""
        self.client.sock.settimeout(0)
        try:
            return bool(self.client.file.peek(1))  # type: ignore[union-attr]  # a buffered reader
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        finally:
            self.client.sock.settimeout(STEP_S)

    def _chunks(self, uid: int, part: Part) -> Iterator[bytes]:
        """Yield a mail's bytes. A server's idea of the size may be wrong in both directions (Exchange)."""
        size, offset = part.size, 0
        while part.body:
            yield part.body
            offset += len(part.body)
            if len(part.body) != CHUNK and offset >= size:
                return
            more = self._part(uid, "UID", offset)
            if more is None:
                raise NotRead("gone")
            part = more

    def _part(self, uid: int, items: str, offset: int) -> Part | None:
        """Return a stretch of a mail; asking again ends with an empty one."""
        try:
            answer = self._ask("FETCH", str(uid), f"({items} BODY.PEEK[]<{offset}.{CHUNK}>)")
        except _Refused as error:
            raise NotRead(error.code) from error
        return read_part(answer, uid)

    def _ask(self, verb: str, *arguments: str) -> Answer:
        with _asking(verb.lower()):
            status, answer = self.client.uid(verb, *arguments)
        if status != "OK":
            raise _Refused(f"refused-{verb.lower()}")
        return answer


class _Refused(MailboxDown):
    """The server answered NO."""


MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@contextmanager
def open_line(settings: Mailbox) -> Iterator[Line]:
    """Connect and sign in. Raises `MailboxDown`."""
    with _connect(settings) as line:
        if settings.security is Security.STARTTLS:
            _secure(line)
        _sign_in(line)
        with _asking("capability"):
            _status, found = line.client.capability()
        line.abilities = frozenset(b" ".join(one for one in found if one).decode("ascii", "replace").upper().split())
        yield line


def _connect(settings: Mailbox) -> Line:
    host, port = settings.host, settings.port
    try:
        if settings.security is Security.TLS:
            context = ssl.create_default_context()
            return Line(imap_tools.MailBox(host, port, timeout=STEP_S, ssl_context=context), settings)
        return Line(imap_tools.MailBoxUnencrypted(host, port, timeout=STEP_S), settings)
    except TimeoutError as error:
        raise MailboxDown("timeout-connect") from error
    except (OSError, imaplib.IMAP4.error, ValueError) as error:
        raise _no_trust(error) or MailboxDown("connect") from error


def _secure(line: Line) -> None:
    """Go over to TLS; whatever was said before does not count."""
    if "STARTTLS" not in line.client.capabilities:
        raise MailboxDown("no-starttls", lasting=True)
    try:
        line.client.starttls(ssl.create_default_context())
    except (OSError, imaplib.IMAP4.error, ValueError) as error:
        raise _no_trust(error) or MailboxDown("cut-starttls") from error


def _no_trust(error: Exception) -> MailboxDown | None:
    """Tell a server that cannot be trusted from one that only hung up."""
    if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return MailboxDown("tls", lasting=True)
    return None


def _sign_in(line: Line) -> None:
    settings = line.settings
    try:
        with _asking("login"):
            if settings.bearer is not None:
                line.box.xoauth2(settings.user, access_token(settings.bearer), None)
            elif settings.password and settings.password.isascii() and settings.user.isascii():
                line.box.login(settings.user, settings.password, None)
            else:
                line.box.login_utf8(settings.user, settings.password or "", None)
    except NoToken as error:
        raise MailboxDown("oauth-refused" if error.refused else "oauth", lasting=error.refused) from error
    except MailboxDown:
        if settings.bearer is not None:
            forget_token(settings.bearer)
        raise


@contextmanager
def _asking(step: str) -> Iterator[None]:
    """Turn what the libraries raise in one step into the family of `MailboxDown`."""
    try:
        yield
    except TimeoutError as error:
        raise MailboxDown(f"timeout-{step}") from error
    except (OSError, imaplib.IMAP4.abort) as error:
        raise MailboxDown(f"cut-{step}") from error
    except MailboxFolderSelectError as error:
        raise MailboxDown("folder", lasting=True) from error
    except (imaplib.IMAP4.error, MailboxLoginError) as error:
        if step == "login":
            raise _login_trouble(error) from error
        raise MailboxDown(f"refused-{step}", lasting=step == "processed") from error
    except (ImapToolsError, ValueError, LookupError) as error:
        raise MailboxDown(f"refused-{step}", lasting=step == "processed") from error


def _login_trouble(error: Exception) -> MailboxDown:
    """Tell a wrong password from a server that cannot check it just now (RFC 5530)."""
    words = str(error.command_result) if isinstance(error, UnexpectedCommandStatusError) else str(error)
    if "[UNAVAILABLE]" in words.upper() or "[INUSE]" in words.upper():
        return MailboxDown("unavailable")
    return MailboxDown("auth", lasting=True)


def _numbers(uids: Sequence[int]) -> str:
    return ",".join(map(str, uids))
