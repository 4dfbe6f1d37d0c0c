"""One look into the mailbox: every mail journaled and committed before it is moved, oldest first."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from sqlalchemy.exc import IntegrityError

from desk import clock
from desk.config import Config
from desk.config_inbound import Mailbox
from desk.db import db
from desk.mail import mailbox
from desk.mail.alone import sole
from desk.mail.imap import Incoming, Line, MailboxDown, NotRead, open_line
from desk.mail.journal import Place, Receipt, find_place, journal, keep, known_uids
from desk.mail.lasthop import last_hop_tls
from desk.mail.models import Door
from desk.transaction import transaction

BATCH = 50
"""So many mails are journaled, each in a transaction of its own, and then moved at once."""
MOST_CUTS = 3
"""So many mails may break the line, or be refused, before a look into the mailbox ends."""

GoOn = Callable[[], bool]


class Busy(Exception):
    """Another living process reads this mailbox now."""


@dataclass(slots=True)
class Tally:
    """What one look did."""

    journaled: int = 0
    moved: int = 0
    known: int = 0
    """Mails that were journaled before and only had to be moved."""
    refused: int = 0
    """Mails over the size limit: kept, and read no further."""
    waiting: int = 0
    """Mails left in the folder."""
    trouble: MailboxDown | None = field(default=None, repr=False)
    """The first thing that went wrong with a single mail."""

    def as_json(self) -> dict[str, int]:
        """Return the summary that `desk mail fetch` prints."""
        return {"journaled": self.journaled, "moved": self.moved, "known": self.known, "refused": self.refused}


def fetch(config: Config, settings: Mailbox, may_go_on: GoOn = lambda: True) -> Tally:
    """Connect, take in what waits in the mailbox and leave. Raises `MailboxDown` and `Busy`.

    A mail that breaks the line is passed over and tried again next time, so that it does not keep the others waiting.
    """
    tally, passed_over = Tally(), set[int]()
    with reading(settings, tally):
        for left in reversed(range(MOST_CUTS)):
            try:
                with open_line(settings) as line:
                    drain(line, config.mail.most_bytes, tally, passed_over, may_go_on)
                break
            except MailboxDown as error:
                if error.uid is None or left == 0:
                    raise
                passed_over.add(error.uid)
                tally.trouble = tally.trouble or error
        if tally.trouble is not None:
            raise tally.trouble
    return tally


@contextmanager
def reading(settings: Mailbox, tally: Tally) -> Iterator[None]:
    """Hold the lock of a mailbox and write down how it fared. Raises `Busy`, and what was raised inside."""
    with sole(f"mailbox-{settings.account}") as alone:
        if not alone:
            raise Busy
        try:
            yield
        except MailboxDown as error:
            note_failure(settings, error, tally.journaled)
            raise
        with transaction():
            mailbox.worked(settings.account, clock.now(), journaled=tally.journaled, waiting=tally.waiting)


def note_failure(settings: Mailbox, error: MailboxDown, journaled: int = 0) -> None:
    """Write down, once, that the mailbox could not be read."""
    if not error.noted:
        error.noted = True
        with transaction():
            mailbox.failed(settings.account, clock.now(), error.code, lasting=error.lasting, journaled=journaled)


def drain(line: Line, most_bytes: int, tally: Tally, passed_over: set[int], may_go_on: GoOn) -> None:
    """Take in what waits, a batch at a time. Raises `MailboxDown`, with the number of the mail that it happened at."""
    settings = line.settings
    folder = Place(settings.account, settings.folder, line.select(), 0)
    uids = line.uids()
    tally.waiting = len(uids)
    if not uids:
        return
    line.ensure_processed()
    marked = set() if line.can("MOVE") else set(line.uids("DELETED"))
    for at in range(0, len(uids), BATCH):
        if not may_go_on():
            return
        batch = [uid for uid in uids[at : at + BATCH] if uid not in passed_over]
        known = known_uids(folder, batch)
        db.session.rollback()
        # what is known and marked was copied before: another copy each time would fill the server's disk
        done = known & marked
        line.expunge(sorted(done))
        ready = sorted(known - done)
        for uid in (uid for uid in batch if uid not in known and may_go_on()):
            try:
                if _take(line, replace(folder, uid=uid), most_bytes, tally):
                    ready.append(uid)
            except NotRead as error:
                tally.trouble = tally.trouble or error
        line.move(ready)
        tally.known += len(known)
        tally.moved += len(ready)
        tally.waiting -= len(ready) + len(done)


def _take(line: Line, place: Place, most_bytes: int, tally: Tally) -> bool:
    """Journal one mail and commit; False when it is gone. Raises `MailboxDown`."""
    try:
        mail = line.fetch(place.uid)
        if mail is None:
            return False
        kept = keep(mail.chunks)
    except MailboxDown as error:
        error.uid = place.uid
        raise
    except OSError as error:
        raise MailboxDown("storage", lasting=True) from error
    refused = "too-large" if kept.size > most_bytes else None
    try:
        with transaction():
            journal(kept, _receipt(mail, place), clock.now(), refused=refused)
    except IntegrityError:
        if find_place(place) is None:
            raise
        db.session.rollback()
        return True  # another process was quicker
    tally.journaled += 1
    tally.refused += refused is not None
    return True


def _receipt(mail: Incoming, place: Place) -> Receipt:
    now = clock.now()
    return Receipt(
        door=Door.IMAP,
        received_at=min(mail.received_at or now, now),  # a server whose clock is ahead
        tls=last_hop_tls(mail.head),
        place=place,
    )
