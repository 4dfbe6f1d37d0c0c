"""The way out as a whole: paused when the server cannot be used, with one alert, and open again when it can."""

from datetime import datetime, timedelta

import structlog

from desk.db import db
from desk.events.alerts import close_alert, open_alert
from desk.mail.models import Channel

log = structlog.get_logger()

NAME = "smtp"
ALERT = "mail_channel"
FIRST_S, LONGEST_S = 15, 300
"""The first pause, and the longest that doubling it may lead to."""


def is_paused(at: datetime) -> bool:
    """Tell whether nobody should knock now. A date beyond every pause came from a clock that had jumped."""
    row = db.session.get(Channel, NAME)
    return row is not None and at < row.paused_until <= at + timedelta(seconds=2 * LONGEST_S)


def pause(at: datetime, code: str) -> None:
    """Stop knocking for a while, longer each time; one alert is open as long as it lasts."""
    row = db.session.get(Channel, NAME)
    if row is None:
        row = Channel(name=NAME, failures=0)
        db.session.add(row)
    row.failures += 1
    row.last_code = code
    row.paused_until = at + timedelta(seconds=min(FIRST_S * 2 ** min(row.failures - 1, 10), LONGEST_S))
    open_alert(ALERT, 0, at)
    log.warning("mail.channel_paused", code=code, failures=row.failures)


def resume(at: datetime) -> None:
    """Say that the server took a connection; the alert is over."""
    row = db.session.get(Channel, NAME)
    if row is not None:
        db.session.delete(row)
        close_alert(ALERT, 0, at)
        log.info("mail.channel_open")
