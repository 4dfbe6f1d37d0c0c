"""Watching the mailbox: a look whenever the server says that something came, until told to stop."""

import threading

import structlog
from sqlalchemy.exc import SQLAlchemyError

from desk import clock
from desk.config import Config
from desk.config_inbound import Mailbox
from desk.db import db
from desk.inlets.fetching import Busy, Tally, drain, note_failure, reading
from desk.mail import mailbox
from desk.mail.imap import Line, MailboxDown, open_line

log = structlog.get_logger()

IDLE_S = 9 * 60.0
"""How long one IDLE lasts: many firewalls forget a silent line after ten minutes."""
POLL_S = 60.0
"""How often a server without IDLE is asked."""
BUSY_S = 1.0
DATABASE_S = 5.0
REST_S = 2.0


class Vigil:
    """The loop and the way to end it."""

    def __init__(self, config: Config, settings: Mailbox) -> None:
        self.config, self.settings = config, settings
        self.stopped = threading.Event()
        self.line: Line | None = None
        self.passed_over: set[int] = set()

    def run(self) -> None:
        """Watch until stopped; whatever goes wrong is written down and tried again."""
        while not self.stopped.is_set():
            try:
                self._watch()
            except MailboxDown as error:
                self._rest(error)
            except SQLAlchemyError as error:
                log.error("mailbox.no_database", error=type(error).__name__)
                self.stopped.wait(DATABASE_S)
            finally:
                self.line = None
                db.session.remove()

    def stop(self) -> None:
        """Stop: whoever waits for the server stops waiting, and what was not committed is taken in next time."""
        self.stopped.set()
        if self.line is not None:
            self.line.cut()

    def _watch(self) -> None:
        """Look and wait in turn over one line. Raises `MailboxDown`."""
        with open_line(self.settings) as line:
            self.line = line
            while not self.stopped.is_set():
                if not self._look(line):
                    self.stopped.wait(BUSY_S)
                elif line.can("IDLE"):
                    line.wait(IDLE_S)
                else:
                    self.stopped.wait(POLL_S)

    def _look(self, line: Line) -> bool:
        """Take in what waits; False when somebody else is doing so. Raises `MailboxDown`."""
        tally = Tally()
        try:
            with reading(self.settings, tally):
                try:
                    drain(line, self.config.mail.most_bytes, tally, self.passed_over, lambda: not self.stopped.is_set())
                except MailboxDown as error:
                    error.noted = error.noted or self.stopped.is_set()  # `stop` cut the line: no failure of the mailbox
                    raise
                self.passed_over.clear()
                if tally.trouble is not None:
                    raise tally.trouble
        except Busy:
            return False
        return True

    def _rest(self, error: MailboxDown) -> None:
        """Leave the mailbox alone for as long as its row says; a mail that broke the line is passed over once."""
        if self.stopped.is_set():
            return
        if error.uid is not None:
            self.passed_over.add(error.uid)
        try:
            note_failure(self.settings, error)
            while mailbox.is_paused(self.settings.account, clock.now()) and not self.stopped.wait(REST_S):
                db.session.rollback()
        except SQLAlchemyError as trouble:
            log.error("mailbox.no_database", error=type(trouble).__name__)
            self.stopped.wait(DATABASE_S)
