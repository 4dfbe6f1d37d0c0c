"""The holding list: mail that a person has to judge, and what happens when nobody does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import func, select, update

from desk.clock import date_of
from desk.db import after_commit, db
from desk.events.kinds import EventKind
from desk.events.trail import DESK, Actor, record
from desk.mail.models import InboxMail, InboxState
from desk.mail.received import open_received, parsed_of
from desk.tickets.models import Ticket

SHOWN = 100
"""How many held mails one page lists; those to be decided first."""
SNIPPET = 240
"""Characters of a mail's text that the list shows."""


class Wish(StrEnum):
    """What a person decides about a held mail."""

    JOIN = "join"
    NEW = "new"
    DISMISS = "dismiss"
    """Nobody asks for anything: it stays in the inbox, and no ticket comes of it."""


class NotHeld(Exception):
    """The mail is not on the holding list any more: somebody was quicker."""


@dataclass(frozen=True, slots=True)
class HeldMail:
    """One line of the holding list, opened."""

    id: int
    received_at: datetime
    decide_by: date
    reason: str
    verdict: str | None
    spam: int
    sender_name: str
    sender: str
    subject: str
    snippet: str
    files: int
    guess_ref: str | None


def count_held() -> int:
    """Return how many mails wait for a person."""
    return db.session.scalar(select(func.count(InboxMail.id)).where(InboxMail.state == InboxState.HELD)) or 0


def list_held() -> list[HeldMail]:
    """Return the mails that wait for a person, those to be decided first. Raises `desk.vault.seal.Unreadable`."""
    rows = db.session.execute(
        select(InboxMail, Ticket.ref)
        .outerjoin(Ticket, Ticket.id == InboxMail.guess_id)
        .where(InboxMail.state == InboxState.HELD)
        .order_by(InboxMail.decide_by, InboxMail.id)
        .limit(SHOWN)
    ).all()
    return [_opened(mail, ref) for mail, ref in rows]


def judge(mail_id: int, wish: Wish, ticket: Ticket | None, actor: Actor, now: datetime) -> None:
    """Decide about a held mail; the worker carries it out at once. Raises `NotHeld`.

    `ticket` is the one it joins; it wants no other check, since a person has looked.
    """
    values = {"wish": wish, "decided_at": now, "decided_by": actor.staff_id}
    if wish is Wish.JOIN:
        assert ticket is not None  # noqa: S101 - the door asks for it
        values["guess_id"] = ticket.id
    _move([mail_id], values | {"state": InboxState.DONE if wish is Wish.DISMISS else InboxState.JOURNALED})
    record(EventKind.MAIL_JUDGED, actor=actor, at=now, facts={"inbox": mail_id, "wish": wish})
    after_commit("ingest", mail_id)


def lapse(now: datetime) -> int:
    """Make tickets of their own of the mails that nobody judged in time; return how many. The worker opens them."""
    late = list(
        db.session.scalars(
            select(InboxMail.id)
            .where(InboxMail.state == InboxState.HELD, InboxMail.decide_by < date_of(now))
            .limit(500)
        )
    )
    if not late:
        return 0
    _move(late, {"wish": Wish.NEW, "decided_at": now, "state": InboxState.JOURNALED})
    for mail_id in late:
        record(EventKind.MAIL_JUDGED, actor=DESK, at=now, facts={"inbox": mail_id, "wish": Wish.NEW})
    return len(late)


def _move(ids: Sequence[int], values: dict[str, object]) -> None:
    held = (InboxMail.id.in_(ids), InboxMail.state == InboxState.HELD)
    done = db.session.scalars(update(InboxMail).where(*held).values(values).returning(InboxMail.id)).all()
    if len(done) != len(ids):
        raise NotHeld


def _opened(mail: InboxMail, guess_ref: str | None) -> HeldMail:
    key, _hop = open_received(mail)
    read = parsed_of(mail, key)
    assert read is not None  # noqa: S101 - it was read before it was held
    return HeldMail(
        id=mail.id,
        received_at=mail.received_at,
        decide_by=mail.decide_by or date_of(mail.received_at),
        reason=mail.reason or "",
        verdict=mail.verdict,
        spam=mail.spam,
        sender_name=read.sender.name if read.sender else "",
        sender=read.sender.address if read.sender else "",
        subject=read.subject,
        snippet=" ".join(read.text.split())[:SNIPPET],
        files=len(read.attachments),
        guess_ref=guess_ref,
    )
