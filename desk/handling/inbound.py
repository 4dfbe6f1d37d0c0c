"""What becomes of a mail that was journaled: read it, find where it belongs, and do that in one transaction."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

import structlog
from sqlalchemy import select

from desk.attachments.files import IncomingFile, SealedFile
from desk.db import db
from desk.handling import mailcase
from desk.handling.mailcase import Arrival
from desk.handling.mailfacts import gather
from desk.mail.journal import raw_chunks
from desk.mail.models import InboxMail, InboxState, Outcome
from desk.mail.reading.parsed import ParsedMail
from desk.mail.reading.reader import Unparsable
from desk.mail.reading.salvage import read_headers_only
from desk.mail.received import Received, body_hash_of, open_received, seal_parsed
from desk.mail.routing import Facts, Match, Route, route

log = structlog.get_logger()

MOST_FILES = 100
"""Files of one mail that are kept as files of the case; the rest stand in the original alone."""
MOST_FILE_BYTES = 64 * 1024 * 1024
WITH_FILES = frozenset({Outcome.NEW, Outcome.REPLY})


class Reads(Protocol):
    """Whoever turns bytes into a mail: a child process, so that no mail can harm the one who asks."""

    def read(self, raw: bytes) -> ParsedMail:
        """Return the mail. Raises `Unparsable`, `ReaderDown`."""

    def attachment(self, number: int) -> Iterator[bytes]:
        """Yield the decoded bytes of one attachment of the mail read last. Raises `Unparsable`."""


@dataclass(frozen=True, slots=True)
class Ingested:
    """What became of a mail."""

    outcome: Outcome
    ticket_id: int | None
    inbox_id: int
    """The mail's row; of a duplicate the first one's."""
    parsed: ParsedMail


def read_mail(mail: InboxMail, reader: Reads) -> Received:
    """Read a journaled mail in the reader's process; one that cannot be read is known by its headers alone.

    Raises `desk.vault.seal.Unreadable`, `desk.attachments.storage.Missing`, `desk.mail.reading.reader.ReaderDown`.
    """
    key, hop = open_received(mail)
    raw = b"".join(raw_chunks(mail, key))
    try:
        parsed = reader.read(raw)
    except Unparsable as error:
        log.warning("mail.unparsable", inbox=mail.id, code=error.code)
        parsed = read_headers_only(raw)
    return Received(mail.id, key, hop, parsed, mail.raw_hash, body_hash_of(raw))


def anything_unread() -> bool:
    """Tell whether a mail waits to be read."""
    found = bool(list_unread(limit=1))
    db.session.rollback()
    return found


def list_unread(after: int = 0, limit: int = 100) -> list[int]:
    """Return the mails that wait to be read, oldest first, beginning behind the id `after`."""
    waiting = select(InboxMail.id).where(InboxMail.state == InboxState.JOURNALED, InboxMail.id > after)
    return list(db.session.scalars(waiting.order_by(InboxMail.id).limit(limit)))


def keep_files(got: Received, reader: Reads) -> tuple[list[SealedFile], Received]:
    """Seal a mail's attachments into the storage; no row names them yet. What fails stands in the original alone."""
    files: list[SealedFile] = []
    for part in got.parsed.attachments[:MOST_FILES]:
        incoming = IncomingFile(MOST_FILE_BYTES)
        try:
            for chunk in reader.attachment(part.number):
                incoming.write(chunk)
            files.append(incoming.finish(part.name or f"attachment-{part.number}"))
        except Unparsable:
            incoming.discard()
            return files, _without_some(got)
        except BaseException:
            incoming.discard()
            raise
    return files, got if len(got.parsed.attachments) <= MOST_FILES else _without_some(got)


def wants_files(mail: InboxMail, got: Received) -> bool:
    """Tell whether a mail's attachments will be files of a case, as far as can be seen before it is settled."""
    if not got.parsed.attachments or _first_of(got, mail.id) is not None:
        return False
    return _route(mail, gather(got)).outcome in WITH_FILES


def settle(mail_id: int, got: Received, files: list[SealedFile], now: datetime, base_url: str) -> Ingested:
    """Do what is to be done with a mail, in the current transaction; one settled meanwhile stays as it is."""
    mail = db.session.scalars(
        select(InboxMail).where(InboxMail.id == mail_id).with_for_update().execution_options(populate_existing=True)
    ).one()
    if mail.state != InboxState.JOURNALED:
        return told(mail, got)
    with db.session.no_autoflush:  # its row is written once, at the end
        _settle(mail, got, files, now, base_url)
    db.session.flush()
    return told(mail, got)


def _settle(mail: InboxMail, got: Received, files: list[SealedFile], now: datetime, base_url: str) -> None:
    mail.ingested_at, mail.parsed, mail.message_print = now, seal_parsed(got.key, got.parsed), got.message_print
    first = _first_of(got, mail.id)
    if first is not None:
        mail.state, mail.outcome = InboxState.DONE, Outcome.DUPLICATE
        mail.first_id, mail.ticket_id = first.id, first.ticket_id
        return
    facts = gather(got)
    found = _route(mail, facts)
    mail.identity, mail.verdict, mail.spam = got.identity, facts.verdict, min(facts.spam, 99)
    mail.outcome, mail.problems = found.outcome, " ".join(_problems(got, mail.id))[:200]
    ACTS[found.outcome](Arrival(mail, got, found, files, now, base_url))


def told(mail: InboxMail, got: Received) -> Ingested:
    """Return what became of a mail, as its row says."""
    return Ingested(Outcome(mail.outcome or Outcome.QUARANTINED), mail.ticket_id, mail.first_id or mail.id, got.parsed)


ACTS = {
    Outcome.NEW: mailcase.open_case,
    Outcome.REPLY: mailcase.join_case,
    Outcome.BOUNCE: mailcase.note_bounce,
    Outcome.AUTO_REPLY: mailcase.note_machine,
    Outcome.QUARANTINED: mailcase.set_aside,
}


def _route(mail: InboxMail, facts: Facts) -> Route:
    """Return where a mail goes: what somebody decided about it, else by the rules."""
    if mail.wish == "join" and mail.guess_id is not None:
        return Route(outcome=Outcome.REPLY, match=Match(mail.guess_id, None))
    if mail.wish is not None:
        return Route(outcome=Outcome.NEW, guess=mail.guess_id)
    return route(facts)


def _problems(got: Received, mail_id: int) -> list[str]:
    again = ["message-id-again"] if _same_id_other_content(got, mail_id) else []
    return list(dict.fromkeys((*got.parsed.problems, *again)))


def _first_of(got: Received, mail_id: int) -> InboxMail | None:
    """Return the mail that this one repeats, or None."""
    return db.session.scalar(select(InboxMail).where(InboxMail.identity == got.identity, InboxMail.id != mail_id))


def _same_id_other_content(got: Received, mail_id: int) -> bool:
    if got.message_print is None:
        return False
    same = select(InboxMail.id).where(InboxMail.message_print == got.message_print, InboxMail.id != mail_id)
    return db.session.scalar(same.limit(1)) is not None


def _without_some(got: Received) -> Received:
    return replace(got, parsed=replace(got.parsed, problems=(*got.parsed.problems, "files-left")))
