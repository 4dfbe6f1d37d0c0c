"""The mail with a one-time link, for an invitation or a new password."""

from datetime import datetime

from flask import current_app

from desk.accounts.models import Staff, TokenPurpose
from desk.accounts.tokens import LIFE, issue_token
from desk.mail import letters, outbox
from desk.mail.models import MailKind
from desk.vault.seal import token_hash

PATHS = {TokenPurpose.INVITATION: "/invitation/", TokenPurpose.RESET: "/reset/"}
KINDS = {TokenPurpose.INVITATION: MailKind.INVITATION, TokenPurpose.RESET: MailKind.RESET}


def post_link(staff: Staff, purpose: TokenPurpose, now: datetime) -> int:
    """Issue a one-time link and post the mail that carries it; return the mail's number.

    The address begins with the configured one, never with what a browser called this desk.
    """
    token = issue_token(staff.id, purpose, now)
    base = str(current_app.extensions["config"].staff_url).rstrip("/")
    letter = letters.compose(
        purpose.value,
        staff.language,
        addressee=staff.name,
        url=f"{base}{PATHS[purpose]}{token}",
        expires_at=now + LIFE,
    )
    return outbox.post(
        kind=KINDS[purpose],
        letter=letter,
        to=staff.email,
        to_name=staff.name,
        ticket_id=None,
        dedupe_key=f"{purpose}:{token_hash(token).hex()[:32]}",
        at=now,
    )
