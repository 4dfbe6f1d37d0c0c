"""How reading the mailbox fares: when it last worked, why it does not, how long to leave it alone, and the alert."""

from datetime import datetime, timedelta

import structlog

from desk.db import db
from desk.events.alerts import close_alert, open_alert
from desk.mail.models import MailboxState

log = structlog.get_logger()

ALERT, UNKNOWN_ALERT = "mail_inbox", "mail_reconcile"
PATIENCE = timedelta(minutes=10)
"""A server that is away for less is nobody's business; one that refuses us is at once."""
FIRST_S, LONGEST_S = 15, 300
FIRST_LASTING_S, LONGEST_LASTING_S = 60, 900
"""A refused password is not tried again and again: servers lock accounts for that."""


def find_state(account: str) -> MailboxState | None:
    """Return what is known of a mailbox; None before it was read for the first time."""
    return db.session.get(MailboxState, account, populate_existing=True)


def is_paused(account: str, at: datetime) -> bool:
    """Tell whether nobody should knock now. A date beyond every pause came from a clock that had jumped."""
    row = find_state(account)
    until = row.paused_until if row else None
    return until is not None and at < until <= at + timedelta(seconds=2 * LONGEST_LASTING_S)


def knock(account: str) -> None:
    """End a mailbox's pause, in the current transaction: a person wants it read now."""
    row = find_state(account)
    if row is not None:
        row.paused_until = None


def worked(account: str, at: datetime, *, journaled: int, waiting: int) -> None:
    """Write down that the mailbox was read, in the current transaction."""
    row = _row(account)
    if row.failures:
        log.info("mailbox.open_again", failures=row.failures)
    row.last_success_at, row.failing_since, row.paused_until, row.last_code, row.failures = at, None, None, None, 0
    row.journaled, row.waiting = row.journaled + journaled, waiting
    close_alert(ALERT, 0, at)


def failed(account: str, at: datetime, code: str, *, lasting: bool, journaled: int = 0) -> None:
    """Write down that the mailbox could not be read, in the current transaction; pause, longer each time."""
    row = _row(account)
    row.failures, row.last_code, row.failing_since = row.failures + 1, code[:40], row.failing_since or at
    row.journaled += journaled
    first, longest = (FIRST_LASTING_S, LONGEST_LASTING_S) if lasting else (FIRST_S, LONGEST_S)
    row.paused_until = at + timedelta(seconds=min(first * 2 ** min(row.failures - 1, 10), longest))
    if lasting or at - row.failing_since >= PATIENCE:
        open_alert(ALERT, 0, at)
    log.warning("mailbox.failed", code=code, failures=row.failures)


def reconciled(account: str, at: datetime, unknown: int) -> None:
    """Write down how many mails are filed as done that the desk never read, in the current transaction."""
    row = _row(account)
    row.reconciled_at, row.unknown = at, unknown
    if unknown:
        open_alert(UNKNOWN_ALERT, 0, at)
        log.error("mailbox.unknown_mails", count=unknown)
    else:
        close_alert(UNKNOWN_ALERT, 0, at)


def _row(account: str) -> MailboxState:
    row = find_state(account)
    if row is None:
        row = MailboxState(account=account, failures=0, journaled=0, waiting=0, unknown=0)
        db.session.add(row)
    return row
