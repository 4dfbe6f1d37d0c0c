"""What goes wrong, drawn from one seed: deaths, a queue that forgets, a database that crashes, peers that misbehave, clocks, disks."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from tests.chaos.processes import Processes
from tests.services import imap, smtp
from tests.services.postgres import PostgresServer
from tests.services.valkey import RedisServer

SMTP_FAULTS = (
    smtp.Fault(smtp.Stage.MAIL, reply="421 4.3.2 closing"),
    smtp.Fault(smtp.Stage.RCPT, reply="450 4.2.1 later"),
    smtp.Fault(smtp.Stage.RCPT, reply="550 5.1.1 unknown"),
    smtp.Fault(smtp.Stage.DATA, reply="451 4.3.0 later"),
    smtp.Fault(smtp.Stage.DATA, reply="552 5.3.4 too big"),
    smtp.Fault(smtp.Stage.DATA, smtp.Act.DROP),
    smtp.Fault(smtp.Stage.DATA, smtp.Act.DROP, keeps=True),
    smtp.Fault(smtp.Stage.DATA, smtp.Act.REPLY_AND_DROP, "250 2.0.0 kept", keeps=True),
    smtp.Fault(smtp.Stage.MAIL, smtp.Act.DROP),
)
IMAP_VERBS = ("SELECT", "SEARCH", "FETCH", "MOVE", "IDLE")
IMAP_ACTS = (imap.Act.NO, imap.Act.DROP, imap.Act.HALF, imap.Act.DONE_AND_DROP)
FARTHEST = timedelta(minutes=40)
"""How far a clock is set at once, forwards or back."""


@dataclass
class Trouble:
    """Draws what goes wrong next, and does it."""

    processes: Processes
    redis: RedisServer
    smtp: smtp.SmtpServer
    imap: imap.ImapPeer
    postgres: PostgresServer | None
    chance: random.Random
    done: Counter[str] = field(default_factory=Counter)

    def act(self) -> None:
        """Do one thing, and start again what ended."""
        acts: list[tuple[int, Callable[[], str]]] = [
            (12, self._kill),
            (3, self._smtp_fault),
            (2, self._imap_fault),
            (1, self._flush_redis),
            (1, self._stop_redis),
            (1, self._stop_smtp),
            (1, self._fill_disk),
            (1, self._set_clock),
        ]
        if self.postgres is not None:
            acts.append((1, self._crash_database))
        (chosen,) = self.chance.choices([act for _, act in acts], [weight for weight, _ in acts])
        self.done[chosen()] += 1
        self.processes.start_all()

    def heal(self) -> None:
        """Let everything work again."""
        self.smtp.faults.clear()
        self.imap.faults.clear()
        self.processes.fill_disk(full=False)

    def _kill(self) -> str:
        return f"killed {self.processes.kill(self.chance)}"

    def _smtp_fault(self) -> str:
        fault = self.chance.choice(SMTP_FAULTS)
        self.smtp.faults.append(
            smtp.Fault(fault.stage, fault.act, fault.reply, self.chance.randrange(1, 4), fault.keeps)
        )
        return "SMTP misbehaves"

    def _imap_fault(self) -> str:
        verb, act = self.chance.choice(IMAP_VERBS), self.chance.choice(IMAP_ACTS)
        self.imap.faults.append(imap.Fault(verb, act))
        return "IMAP misbehaves"

    def _flush_redis(self) -> str:
        self.redis.flush()
        return "Redis forgets"

    def _stop_redis(self) -> str:
        self.redis.stop()
        self._pause()
        self.redis.start()
        return "Redis is away"

    def _stop_smtp(self) -> str:
        self.smtp.stop()
        self._pause()
        self.smtp.start()
        return "SMTP is away"

    def _crash_database(self) -> str:
        assert self.postgres is not None
        self.postgres.crash()
        self.postgres.start()
        return "PostgreSQL crashes"

    def _fill_disk(self) -> str:
        self.processes.fill_disk(full=True)
        self._pause()
        self.processes.fill_disk(full=False)
        return "the disk is full"

    def _set_clock(self) -> str:
        self.processes.jump = timedelta(seconds=self.chance.uniform(-1, 1) * FARTHEST.total_seconds())
        return "clocks are set"

    def _pause(self) -> None:
        time.sleep(self.chance.uniform(0.1, 1.5))  # how long something stays away is part of the trouble


@dataclass
class Watcher:
    """Counts rows again and again while trouble lasts: what was stored never becomes less, what has ended stays ended."""

    look: Callable[[], tuple[dict[str, int], dict[int, str]] | None]
    """Returns how many rows each table holds, and the state of each mail that has come to an end; None if it could not look."""
    broken: list[str] = field(default_factory=list)
    looks: int = 0
    over: threading.Event = field(default_factory=threading.Event)
    _most: dict[str, int] = field(default_factory=dict)
    _ended: dict[int, str] = field(default_factory=dict)

    def run(self) -> None:
        """Look until told to stop."""
        while not self.over.wait(0.5):
            self.check()

    def check(self) -> None:
        """Look once."""
        if (seen := self.look()) is None:
            return
        counted, ended = seen
        self.looks += 1
        for table, count in counted.items():
            if count < self._most.get(table, 0):
                self.broken.append(f"O3/N8 {table} went from {self._most[table]} rows to {count}")
            self._most[table] = max(count, self._most.get(table, 0))
        for mail, state in self._ended.items():
            if ended.get(mail) not in {state, "bounced"}:
                self.broken.append(f"O7 mail {mail} was {state} and became {ended.get(mail)}")
        self._ended = ended
