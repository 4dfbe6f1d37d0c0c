"""A tiny IMAP peer in memory that misbehaves when told to, and remembers what it was asked."""

import base64
import re
import socket
import socketserver
import threading
from dataclasses import dataclass, field
from enum import StrEnum


class Act(StrEnum):
    """What a fault does instead of the right answer."""

    NO = "no"
    DROP = "drop"
    HALF = "half"
    """Begin to answer, then hang up: with a literal, in the middle of it."""
    DONE_AND_DROP = "done and drop"
    """Do what was asked, then hang up without saying so."""
    SILENCE = "silence"


@dataclass(slots=True)
class Fault:
    """One thing that goes wrong at a verb, `times` times (None: always), for one mail or for all."""

    verb: str
    act: Act
    times: int | None = 1
    uid: int | None = None
    words: str = "not now"


@dataclass(slots=True)
class ImapPeer:
    """A server with one INBOX on a loopback port."""

    abilities: str = "IMAP4rev1 UIDPLUS MOVE IDLE"
    password: str = "open-sesame"
    token: str | None = None
    uidvalidity: int = 7
    size_factor: float = 1.0
    """How wrong the announced size is."""
    mails: dict[int, bytes] = field(default_factory=dict)
    processed: list[bytes] = field(default_factory=list)
    marked: set[int] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    arriving: threading.Lock = field(default_factory=threading.Lock)
    next_uid: int = 0
    server: "_Server | None" = None

    def __enter__(self) -> "ImapPeer":
        self.server = _Server(("127.0.0.1", 0), _Dialogue)
        self.server.peer = self
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        assert self.server is not None
        self.server.shutdown()
        self.server.server_close()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        assert self.server is not None
        return int(self.server.server_address[1])

    def put(self, *mails: bytes) -> None:
        """Let mails arrive."""
        with self.arriving:
            for mail in mails:
                self.next_uid += 1
                self.mails[self.next_uid] = mail

    def fault(self, verb: str, argument: str) -> Fault | None:
        """Return what goes wrong now, counting it."""
        uid = int(found[1]) if (found := re.match(r"(\d+)", argument)) else None
        fault = next((one for one in self.faults if one.verb == verb and one.uid in {None, uid}), None)
        if fault is not None and fault.times is not None:
            fault.times -= 1
            if fault.times <= 0:
                self.faults.remove(fault)
        return fault


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    peer: ImapPeer


class _Dialogue(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        """Answer until the client leaves."""
        self.peer = self.server.peer
        try:
            self.say(f"* OK [CAPABILITY {self.peer.abilities}] ready")
            while line := self.rfile.readline():
                tag, verb, argument = [*line.decode().strip().split(" ", 2), ""][:3]
                if verb.upper() == "UID":
                    verb, _, argument = argument.partition(" ")
                self.peer.asked.append(f"{verb.upper()} {argument}".strip())
                if not self.answer(tag, verb.upper(), argument):
                    return
        except OSError:
            return

    def say(self, words: str) -> None:
        """Send one line."""
        self.wfile.write(words.encode() + b"\r\n")

    def answer(self, tag: str, verb: str, argument: str) -> bool:
        """Do what was asked; False hangs up."""
        fault = self.peer.fault(verb, argument)
        if fault is not None and fault.act is Act.NO:
            self.say(f"{tag} NO {fault.words}")
            return True
        if fault is not None and fault.act is Act.DROP:
            return False
        if fault is not None and fault.act is Act.SILENCE:
            self.rfile.read()
            return False
        self.half = fault is not None and fault.act is Act.HALF
        words = getattr(self, f"do_{verb}", self.do_nothing)(argument)
        if words is None or (fault is not None and fault.act is Act.DONE_AND_DROP) or self.half:
            return False
        self.say(f"{tag} {words}")
        return verb != "LOGOUT"

    def do_nothing(self, _argument: str) -> str:
        """Agree."""
        return "OK done"

    def do_CAPABILITY(self, _argument: str) -> str:  # noqa: N802
        """Say what it can."""
        self.say(f"* CAPABILITY {self.peer.abilities}")
        return "OK done"

    def do_LOGIN(self, argument: str) -> str:  # noqa: N802
        """Check the password."""
        return "OK in" if f'"{self.peer.password}"' in argument else "NO [AUTHENTICATIONFAILED] no"

    def do_AUTHENTICATE(self, argument: str) -> str:  # noqa: N802
        """Check the token of XOAUTH2."""
        self.say("+ ")
        given = base64.b64decode(self.rfile.readline()).decode()
        right = argument == "XOAUTH2" and given.endswith(f"\1auth=Bearer {self.peer.token}\1\1")
        return "OK in" if right else "NO [AUTHENTICATIONFAILED] no"

    def do_LOGOUT(self, _argument: str) -> str:  # noqa: N802
        """Say goodbye."""
        self.say("* BYE")
        return "OK bye"

    def do_LIST(self, _argument: str) -> str:  # noqa: N802
        """Have every folder."""
        self.say('* LIST () "/" "Processed"')
        return "OK done"

    def do_SELECT(self, _argument: str) -> str:  # noqa: N802
        """Open INBOX."""
        self.say(f"* {len(self.peer.mails)} EXISTS")
        self.say(f"* OK [UIDVALIDITY {self.peer.uidvalidity}] valid")
        return "OK [READ-WRITE] done"

    do_EXAMINE = do_SELECT  # noqa: N815

    def do_SEARCH(self, argument: str) -> str:  # noqa: N802
        """Find all, or what is marked."""
        found = sorted(self.peer.marked if argument == "DELETED" else self.peer.mails)
        self.say(" ".join(["* SEARCH", *map(str, found)]))
        return "OK done"

    def do_FETCH(self, argument: str) -> str | None:  # noqa: N802
        """Give a stretch of one mail."""
        number, _, items = argument.partition(" ")
        uid, asked = int(number), re.search(r"<(\d+)\.(\d+)>", items)
        if uid not in self.peer.mails or asked is None:
            return "OK nothing"
        whole, offset, length = self.peer.mails[uid], int(asked[1]), int(asked[2])
        body = whole[offset : offset + length]
        size = int(len(whole) * self.peer.size_factor)
        date = "01-Nov-2025 12:34:56 +0900"
        head = f'* 1 FETCH (UID {uid} INTERNALDATE "{date}" RFC822.SIZE {size} BODY[]<{offset}> {{{len(body)}}}\r\n'
        self.wfile.write(head.encode() + (body[: len(body) // 2] if self.half else body))
        if not self.half:
            self.say(")")
        return "OK done"

    def do_MOVE(self, argument: str) -> str:  # noqa: N802
        """File mails."""
        self.do_COPY(argument)
        return self._remove(argument)

    def do_COPY(self, argument: str) -> str:  # noqa: N802
        """File copies."""
        self.peer.processed += [self.peer.mails[uid] for uid in _uids(argument) if uid in self.peer.mails]
        return "OK done"

    def do_STORE(self, argument: str) -> str:  # noqa: N802
        """Mark mails."""
        self.peer.marked |= set(_uids(argument))
        return "OK done"

    def do_EXPUNGE(self, argument: str) -> str:  # noqa: N802
        """Remove mails by number."""
        return self._remove(argument)

    def do_IDLE(self, _argument: str) -> str:  # noqa: N802
        """Wait for a mail, and tell of it in the same breath as the answer when it came before."""
        before = len(self.peer.mails)
        told = b"+ idling\r\n" + (b"* %d EXISTS\r\n" % before if before else b"")
        self.wfile.write(told)
        if not before:
            self.connection.settimeout(0.05)
            while not self.peer.mails:
                try:
                    if not self.connection.recv(1, socket.MSG_PEEK):
                        return "OK gone"
                    break
                except TimeoutError:
                    continue
            self.connection.settimeout(None)
            self.say(f"* {len(self.peer.mails)} EXISTS")
        self.rfile.readline()
        return "OK done"

    def _remove(self, argument: str) -> str:
        for number, uid in enumerate(_uids(argument), 1):
            if self.peer.mails.pop(uid, None) is not None:
                self.say(f"* {number} EXPUNGE")
            self.peer.marked.discard(uid)
        return "OK done"


def _uids(argument: str) -> list[int]:
    return [int(number) for number in argument.split(" ", 1)[0].split(",")]
