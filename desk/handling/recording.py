"""Requests that reach the desk by telephone, letter or visit, written down by staff: the same ticket as by form."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select

from desk.clock import date_of
from desk.db import db, take_turn
from desk.events.trail import Actor
from desk.handling import intake
from desk.handling.intake import Submission
from desk.tickets.asking import Asked
from desk.tickets.models import Channel, Message, Population, Ticket
from desk.vault.seal import token_hash

CHANNELS = (Channel.PHONE, Channel.LETTER, Channel.VISIT)
"""By which staff may write down that something arrived."""


class BadArrival(Exception):
    """The dates contradict each other: it had not arrived yet, or arrived before it was posted."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """How something reached the desk: the end of a call, the delivery of a letter, the hour of a visit."""

    channel: Channel
    at: datetime
    posted_on: date | None = None
    """The date of the postmark."""
    tracking: str = ""
    """The number of a registered letter, or what else the envelope says."""

    @property
    def details(self) -> Mapping[str, str]:
        """Return what the envelope says, as answers beside the text."""
        said = {"posted_on": self.posted_on.isoformat() if self.posted_on else "", "tracking": self.tracking}
        return {name: text for name, text in said.items() if text}


def record_request(
    asked: Asked, arrival: Arrival, language: str, nonce: str, actor: Actor, now: datetime, base_url: str
) -> Ticket:
    """Open a ticket for what reached the desk by another way than its form, and return it; a form sent twice opens one.

    The clock runs from the arrival. Whoever has an e-mail address gets the acknowledgement by mail. Raises `BadArrival`.
    """
    if arrival.channel not in CHANNELS or arrival.at > now:
        raise BadArrival
    if arrival.posted_on is not None and arrival.posted_on > date_of(arrival.at):
        raise BadArrival
    take_turn(token_hash(nonce))
    if found := find_recorded(nonce):
        return found
    said = asked.said()
    submission = Submission(
        kind=asked.kind,
        population=Population(asked.population),
        language=language,
        channel=arrival.channel,
        person=asked.person(),
        agent=asked.agent(),
        said=replace(said, details={**said.details, **arrival.details}),
        nonce=nonce,
        received_at=arrival.at,
    )
    opened = intake.open_ticket(submission, now, base_url, actor)
    return db.session.get_one(Ticket, opened.ticket_id)


def find_recorded(nonce: str) -> Ticket | None:
    """Return the ticket that a form of this nonce has opened already, or None."""
    return db.session.scalar(
        select(Ticket).join(Message, Message.ticket_id == Ticket.id).where(Message.nonce == token_hash(nonce))
    )
