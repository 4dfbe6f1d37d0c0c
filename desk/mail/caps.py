"""How many acknowledgements may leave: a few a day to one mailbox, and so many an hour to mailboxes never seen.

A form that answers by mail can be made to write to a victim. What is over a cap is held with an alert; the ticket stays.
"""

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import and_, exists, func, or_, select, update
from sqlalchemy.orm import aliased

from desk.company.settings import get_setting
from desk.db import db
from desk.events.alerts import open_alert
from desk.mail.addresses import mailbox_of
from desk.mail.fates import hold
from desk.mail.models import MailKind, MailState, OutboxMail
from desk.mail.moves import Claimed
from desk.vault.keys import vault

PER_ADDRESS = "ack_cap_address"
PER_HOUR = "ack_cap_hour"
UNDERWAY = (MailState.CLAIMED, MailState.SENDING, MailState.RETRY, MailState.UNCERTAIN)
"""States in which an admitted acknowledgement has not been counted as sent and still may arrive."""


class Caps:
    """The counts of one run of the sender, which is the only one that sends."""

    def __init__(self, at: datetime) -> None:
        """Read the settings, and how many first-time acknowledgements the last hour had."""
        self.per_address = get_setting("ack_per_address")
        self.room = get_setting("ack_per_hour") - _strangers_since(at - timedelta(hours=1))
        self.admitted: Counter[bytes] = Counter()

    def admit(self, mails: list[Claimed], run: str, at: datetime) -> list[Claimed]:
        """Hold what is over a cap; return the rest, and note which mailbox each acknowledgement goes to."""
        prints = {mail.id: fingerprint_of(mail) for mail in mails if mail.kind is MailKind.ACKNOWLEDGEMENT}
        today, seen = _counts(set(prints.values()), at - timedelta(days=1))
        allowed = []
        for mail in mails:
            mark = prints.get(mail.id)
            over = self._over(mail, mark, today, seen) if mark is not None else None
            if over is None:
                allowed.append(mail)
            elif hold(mail, run, at, over):
                open_alert(over, 0, at, mail.ticket_id)
        noted = [{"id": mail.id, "recipient_print": prints[mail.id]} for mail in allowed if mail.id in prints]
        if noted:
            db.session.execute(update(OutboxMail), noted)
        return allowed

    def _over(self, mail: Claimed, mark: bytes, today: dict[bytes, int], seen: set[bytes]) -> str | None:
        """Return the cap that this acknowledgement is over, or None; what was let through once is through."""
        if mail.attempts or mail.released:
            return None
        if today.get(mark, 0) + self.admitted[mark] >= self.per_address:
            return PER_ADDRESS
        if mark not in seen and not self.admitted[mark]:
            if self.room <= 0:
                return PER_HOUR
            self.room -= 1
        self.admitted[mark] += 1
        return None


def fingerprint_of(mail: Claimed) -> bytes:
    """Return the keyed fingerprint of the mailbox a mail goes to."""
    return vault().fingerprint("mailbox", mailbox_of(mail.envelope.recipient))


def _counts(prints: set[bytes], since: datetime) -> tuple[dict[bytes, int], set[bytes]]:
    """Return how many acknowledgements each mailbox had since then, and which ever had one."""
    if not prints:
        return {}, set()
    lately = or_(OutboxMail.sent_at >= since, and_(OutboxMail.sent_at.is_(None), OutboxMail.state.in_(UNDERWAY)))
    rows = db.session.execute(
        select(OutboxMail.recipient_print, func.count().filter(lately), func.count(OutboxMail.sent_at))
        .where(OutboxMail.recipient_print.in_(prints))
        .group_by(OutboxMail.recipient_print)
    ).all()
    today, seen = {}, set()
    for mark, count, ever in rows:
        assert mark is not None  # noqa: S101 - it was asked for
        today[mark] = count
        if ever:
            seen.add(mark)
    return today, seen


def _strangers_since(since: datetime) -> int:
    earlier = aliased(OutboxMail)
    before = exists().where(earlier.recipient_print == OutboxMail.recipient_print, earlier.sent_at < OutboxMail.sent_at)
    statement = select(func.count()).where(
        OutboxMail.sent_at >= since, OutboxMail.recipient_print.is_not(None), ~before
    )
    return db.session.scalar(statement) or 0
