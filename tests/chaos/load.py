"""Who writes to the desk meanwhile: people at the intake, and mails of every sort in the mailbox; both remember what they were told."""

import http.client
import json
import random
import threading
import time
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from typing import Any

from desk.develop.ports import LOOPBACK
from tests.mail.arriving import mail_bytes
from tests.services.imap import ImapPeer
from tests.services.smtp import SmtpServer
from tests.web.api.calls import GOOD

PATIENCE_S = 0.2
"""How long somebody waits before trying again with the same key."""


@dataclass
class People:
    """People at the intake, each with a key: whoever gets no answer tries again until there is one."""

    port: int
    refs: dict[str, str] = field(default_factory=dict)
    """By key: the reference that the desk named."""
    contradictions: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    begun: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, most: int) -> None:
        """Send one request after the other until `most` have been begun by all of them together; never give one up."""
        while not self.over.is_set():
            with self._lock:
                if self.begun >= most:
                    return
                self.begun += 1
                number = self.begun
            self._send_until_answered(number)

    def _send_until_answered(self, number: int) -> None:
        key = f"chaos-{number:06d}"
        body = GOOD | {"email": f"person{number}@person.example", "body": f"{number}番の者です。配信を止めてください。"}
        while not self.over.is_set():
            answer = self._post(key, body)
            if answer is None:
                time.sleep(PATIENCE_S)
                continue
            self.refs[key] = answer
            if number % 10 == 0 and (again := self._post(key, body)) not in {None, answer}:
                self.contradictions.append(f"O1 {key} was told {answer}, then {again}")
            return

    def _post(self, key: str, body: dict[str, Any]) -> str | None:
        """Return the reference that the desk names; None when there was no answer or the desk could not take it."""
        line = http.client.HTTPConnection(LOOPBACK, self.port, timeout=60)
        try:
            headers = {"Content-Type": "application/json", "Idempotency-Key": key}
            line.request("POST", "/api/v1/requests", json.dumps(body), headers)
            answer = line.getresponse()
            said = answer.read()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            line.close()
        if answer.status == 201:
            return str(json.loads(said)["ref"])
        if answer.status < 500:
            self.contradictions.append(f"O1 {key} was refused with {answer.status}: {said[:200]!r}")
        return None


@dataclass
class Writers:
    """Mails that arrive in the mailbox; `sent` keeps each sort's bytes."""

    peer: ImapPeer
    smtp: SmtpServer
    chance: random.Random
    sent: dict[str, list[bytes]] = field(default_factory=dict)
    number: int = 0

    def write(self) -> None:
        """Let one more mail arrive, or the same once more."""
        self.number += 1
        sort = self.chance.choices(
            ("plain", "twice", "other content", "machine", "broken", "reply", "stranger"), (8, 2, 1, 1, 1, 4, 1)
        )[0]
        getattr(self, f"_{sort.replace(' ', '_')}")()

    def _put(self, sort: str, raw: bytes) -> None:
        self.sent.setdefault(sort, []).append(raw)
        self.peer.put(raw)

    def _mail(self, text: str, **headers: str) -> bytes:
        given = {"message_id": f"<{self.number}@writer.example>", "sender": f"writer{self.number}@writer.example"}
        return mail_bytes(f"{self.number}: {text}", **(given | headers))

    def _plain(self) -> None:
        self._put("plain", self._mail("開示を求めます。"))

    def _twice(self) -> None:
        raw = self._mail("削除を求めます。")
        self._put("twice", raw)
        self.peer.put(raw)

    def _other_content(self) -> None:
        for text in ("訂正を求めます。", "やはり削除を求めます。"):
            self._put("other content", self._mail(text))

    def _machine(self) -> None:
        self._put("machine", self._mail("休暇中です。", Auto_Submitted="auto-replied"))

    def _broken(self) -> None:
        noise = bytes(self.chance.randrange(1, 256) for _ in range(200))
        self._put(
            "broken",
            b"From: writer@writer.example\r\nContent-Type: multipart/mixed; boundary=\xff\r\n%d" % self.number + noise,
        )

    def _reply(self) -> None:
        self._answer("reply", "続きです。")

    def _stranger(self) -> None:
        self._answer("stranger", "本人です。内容を教えてください。", sender=f"somebody{self.number}@elsewhere.example")

    def _answer(self, sort: str, text: str, **headers: str) -> None:
        """Answer a mail of the desk's own, from the address that it went to unless another is given."""
        received = self.smtp.received
        if not received:
            self._plain()
            return
        chosen = self.chance.choice(received[-50:])
        name = message_from_bytes(chosen.content, policy=policy.default)["Message-ID"]
        given = {"sender": chosen.recipients[0], "In_Reply_To": str(name), "References": str(name)}
        self._put(sort, self._mail(text, **(given | headers)))
