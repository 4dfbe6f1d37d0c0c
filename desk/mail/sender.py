"""The sender: alone on the outbox, it drains what is due over one connection and leaves nothing behind."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime

import structlog

from desk import clock
from desk.db import db, writing
from desk.mail import channel, fates, ledger
from desk.mail.alone import sole
from desk.mail.caps import Caps
from desk.mail.moves import Claimed
from desk.mail.transport import ChannelDown, Connection, Undeliverable, mail

log = structlog.get_logger()

RUN_S = 60.0
"""A run takes no new batch after this; the next run goes on."""
HARD_S = 880.0
"""After this the connection is cut, before the queue's own time-out ends the job in the middle of a mail."""
LANES = 8
"""How many connections a run may use; at most one mail on each has an unknown fate after a crash."""
BATCH = 10 * LANES
ROLE = "sender"
"""The name of the lock that the one sender holds."""
MAX_CUTS = 3
"""So many mails in a row that could not be said to the server: then it is the channel, not the mails."""


@dataclass(slots=True)
class Report:
    """What one call of `drain` did."""

    sent: int = 0
    failed: int = 0
    more: bool = False
    """Mail is still due: the time was up."""
    busy: bool = False
    """Another sender is at work."""
    paused: bool = False


def drain(may_go_on: Callable[[], bool] = lambda: True) -> Report:
    """Send what is due and return what was done; needs an application context and no open changes.

    After letting go of the lock it looks once more, so that a row posted at the last moment does not wait for the sweep.
    """
    report = Report()
    end = time.monotonic() + RUN_S
    while not report.paused and _anything_due():
        if time.monotonic() >= end or not may_go_on():
            report.more = True
            break
        with sole(ROLE) as alone:
            report.busy = not alone
            if not alone:
                break
            _Run(report, lambda: time.monotonic() < end and may_go_on()).go()
    db.session.remove()
    return report


def is_late(since: datetime) -> bool:
    """Tell whether mail has been due since then, and nobody took it."""
    late = ledger.overdue(since)
    db.session.rollback()
    return late


def _anything_due() -> bool:
    due = ledger.anything_due(clock.now())
    db.session.rollback()
    return due


@contextmanager
def _commit() -> Iterator[datetime]:
    """One short transaction that begins as a writer. None is open while the server is spoken to."""
    with writing():
        try:
            yield clock.now()
            db.session.commit()
        except BaseException:
            db.session.rollback()
            raise


@dataclass(slots=True)
class _Fate:
    """How the dialogue about one mail ended, to be written down with the beginning of the next."""

    mail: Claimed
    code: str = ""
    error: Undeliverable | None = None
    down: ChannelDown | None = None


class _Run:
    """One stretch of being the sender: rounds of up to one mail a connection, one commit between two rounds."""

    def __init__(self, report: Report, may_go_on: Callable[[], bool]) -> None:
        self.report, self.may_go_on = report, may_go_on
        self.name = ledger.new_run()
        self.lanes = [mail().connect() for _ in range(LANES)]
        self.fates: list[_Fate] = []
        self.cuts = 0

    def go(self) -> None:
        """Take over what a dead sender left, then send until nothing is due."""
        with _commit() as at:
            ledger.recover(at)
            self.report.paused = channel.is_paused(at)
            caps = None if self.report.paused else Caps(at)
        if caps is None:
            return
        with ExitStack() as stack:
            pool = stack.enter_context(ThreadPoolExecutor(LANES))
            for lane in self.lanes:
                stack.enter_context(lane)
            watchdog = threading.Timer(HARD_S, self._cut)
            watchdog.daemon = True
            watchdog.start()
            stack.callback(watchdog.cancel)
            try:
                while self._batch(pool, caps):
                    pass
            except ChannelDown as error:
                self._pause(error.code)

    def _batch(self, pool: ThreadPoolExecutor, caps: Caps) -> bool:
        """Send one batch; False when there was none or the time is up."""
        with _commit() as at:
            self._write_down(at)
            mails = caps.admit(ledger.claim(self.name, at, BATCH), self.name, at) if self.may_go_on() else []
        if not mails:
            return False
        if self.lanes[0].host is None:
            self.lanes[0].open()
            with _commit() as at:
                channel.resume(at)
        while mails and self.may_go_on():
            chosen, mails = mails[: len(self.lanes)], mails[len(self.lanes) :]
            with _commit() as at:
                self._write_down(at)
                mine = ledger.begin(chosen, self.name, at)
            self._round(pool, [mail for mail in chosen if mail.id in mine])
        if mails:
            with _commit() as at:
                self._write_down(at)
                ledger.put_back(self.name)
        return not mails

    def _round(self, pool: ThreadPoolExecutor, mails: list[Claimed]) -> None:
        """Speak about one mail on each connection, all at once, and keep what became of them."""
        if len(mails) == 1:
            self.fates = [_speak(self.lanes[0], mails[0])]
        else:
            self.fates = list(pool.map(_speak, self.lanes, mails))
        for fate in self.fates:
            cut = fate.error is not None and fate.error.code.startswith(("cut-", "timeout-"))
            self.cuts = self.cuts + 1 if cut else 0
        down = [number for number, fate in enumerate(self.fates) if fate.down is not None]
        if down and (down[0] == 0 or self.cuts >= MAX_CUTS):
            raise self.fates[0].down or ChannelDown("cut")
        if self.cuts >= MAX_CUTS:
            raise ChannelDown("cut")
        if down:  # the server wants fewer connections at a time
            self.lanes[down[0] :] = []

    def _write_down(self, at: datetime) -> None:
        """Write how the last mails fared into the open transaction."""
        done, self.fates = self.fates, []
        taken: dict[str, list[Claimed]] = {}
        for fate in done:
            if fate.error is not None:
                self.report.failed += fates.failed(fate.mail, self.name, at, fate.error)
                log.info("mail.not_sent", mail=fate.mail.id, code=fate.error.code)
            elif fate.down is None:
                taken.setdefault(fate.code, []).append(fate.mail)
        for code, mails in taken.items():
            self.report.sent += fates.sent(mails, self.name, at, code, self.lanes[0].tls)
        if any(fate.down for fate in done):
            fates.give_back([fate.mail for fate in done if fate.down], self.name)

    def _pause(self, code: str) -> None:
        self.report.paused = True
        with _commit() as at:
            self._write_down(at)
            ledger.put_back(self.name)
            channel.pause(at, code)

    def _cut(self) -> None:
        for lane in self.lanes:
            lane.cut()


def _speak(lane: Connection, claimed: Claimed) -> _Fate:
    try:
        return _Fate(claimed, code=lane.deliver(claimed.envelope, claimed.mime))
    except Undeliverable as error:
        return _Fate(claimed, error=error)
    except ChannelDown as error:
        return _Fate(claimed, down=error)
