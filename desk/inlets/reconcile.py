"""Once a day: is everything that the mailbox has filed as done also in the desk's rows?"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select

from desk import clock
from desk.config_inbound import Mailbox
from desk.db import db
from desk.mail import mailbox
from desk.mail.imap import open_line
from desk.mail.models import InboxMail
from desk.transaction import transaction

SPAN = timedelta(days=30)
"""How far back the two are compared; rows of long ago may have been erased by right."""
AHEAD = timedelta(minutes=10)
"""How far a server's clock may be ahead: then a row bears our time instead of the server's."""


def reconcile(settings: Mailbox) -> int:
    """Return how many mails stand in the folder of what is done that the desk never read; alert when there are any.

    Moving keeps a mail's arrival (RFC 3501 section 6.4.7, RFC 6851), so each filed mail needs a row of its own with
    that arrival. That finds rows lost with an old backup and mails filed by somebody else. It does not find a mail
    that a person deleted from the folder: the desk has its bytes, and nobody needs to be told. Raises `MailboxDown`.
    """
    now = clock.now()
    since = now - SPAN
    with open_line(settings) as line:
        line.ensure_processed()
        # the server counts days in a zone of its own
        filed = [at for at in line.list_processed(since - timedelta(days=1)) if at >= since]
    rows = select(InboxMail.received_at).where(
        InboxMail.account == settings.account, InboxMail.received_at >= since - AHEAD
    )
    unknown = count_unmatched(filed, db.session.scalars(rows))
    with transaction():
        mailbox.reconciled(settings.account, now, unknown)
    return unknown


def count_unmatched(filed: Iterable[datetime], rows: Iterable[datetime]) -> int:
    """Return how many of `filed` have no row of their own; rows may be earlier by `AHEAD`, never later by a second."""
    waiting, unmatched = sorted(rows, reverse=True), 0
    for at in sorted(filed):
        while waiting and waiting[-1] < at - AHEAD:
            waiting.pop()
        if waiting and waiting[-1] < at + timedelta(seconds=1):
            waiting.pop()
        else:
            unmatched += 1
    return unmatched
