"""Which mail of the desk another one answers: by its Message-ID or its reply address, both 128 random bits in the outbox."""

import re
from collections.abc import Iterable

from flask import current_app
from sqlalchemy import select

from desk.db import db
from desk.mail.models import OutboxMail
from desk.mail.routing import Match

OWN_ID = re.compile(r"<ob\.([0-9a-f]{32})@[^<>\s]{1,255}>")
MOST_IDS = 20
"""How many of a mail's ids are looked up: the nearest ones."""


def reply_address(message_id: str) -> str | None:
    """Return the address that answers to one mail of the desk go to; None when the desk has no such address."""
    template, token = _template(), OWN_ID.fullmatch(message_id)
    return template.replace("{token}", token[1]) if template and token else None


def tokens_in(addresses: Iterable[str]) -> list[str]:
    """Return the secrets of those addresses that are reply addresses of the desk."""
    template = _template()
    if template is None:
        return []
    before, after = (re.escape(part) for part in template.lower().split("{token}"))
    form = re.compile(f"{before}([0-9a-f]{{32}}){after}")
    return [found[1] for address in addresses if (found := form.fullmatch(address.strip().lower()))]


def find_match(addresses: Iterable[str], message_ids: Iterable[str]) -> Match | None:
    """Return the desk's mail that somebody answers who writes to `addresses` and names `message_ids`, nearest first."""
    tokens = tokens_in(addresses)
    tokens += [found[1] for text in message_ids if (found := OWN_ID.fullmatch(text))]
    for token in dict.fromkeys(tokens[:MOST_IDS]):
        match = _find(token)
        if match is not None:
            return match
    return None


def _find(token: str) -> Match | None:
    # "@" is followed by "A": every Message-ID of this token, whatever the domain was then, by the unique index
    row = db.session.execute(
        select(OutboxMail.id, OutboxMail.ticket_id)
        .where(OutboxMail.message_id > f"<ob.{token}@", OutboxMail.message_id < f"<ob.{token}A")
        .limit(1)
    ).first()
    return Match(row.ticket_id, row.id) if row else None


def _template() -> str | None:
    found: str | None = current_app.extensions["config"].mail.reply_address
    return found
