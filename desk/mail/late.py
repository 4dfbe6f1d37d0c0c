"""Mail that has waited too long: one alert as long as there is any, and it closes by itself."""

from datetime import datetime, timedelta

from desk.events.alerts import close_alert, open_alert
from desk.mail import ledger

ALERT = "mail_late"
AFTER = timedelta(hours=1)
"""An acknowledgement is promised within minutes; whoever waits for one so long should not wait for somebody to notice."""


def watch_late(at: datetime) -> None:
    """Open the alert when a mail has been due for an hour and has not left, close it when there is none."""
    since = ledger.waiting_since()
    if since is not None and since <= at - AFTER:
        open_alert(ALERT, 0, at)
    else:
        close_alert(ALERT, 0, at)
