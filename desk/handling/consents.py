"""The consent register: a consent is written down once, and withdrawn once, by the ticket that asks for it."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, select, update

from desk.db import db, new_id
from desk.events.kinds import EventKind
from desk.events.trail import Actor, record
from desk.policy.consents import PERSON_LABEL, Consent
from desk.search.identifiers import IdentifierKind, fingerprint, read_email
from desk.tickets.errors import NotAllowed
from desk.tickets.models import Channel, Ticket
from desk.vault.keys import DataKey, Purpose, vault
from desk.vault.seal import seal_json, unseal_json


class BadEmail(Exception):
    """This is no e-mail address."""


@dataclass(frozen=True, slots=True)
class Who:
    """Whose consent it is."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class ConsentWords:
    """A consent as checked by the door."""

    who: Who
    wording: str
    version_id: int | None
    given_on: date
    channel: Channel


def mark_of(email: str) -> bytes:
    """Return the fingerprint by which a person's consents are found. Raises `BadEmail`, `desk.vault.seal.Unreadable`."""
    read = read_email(email)
    if read is None:
        raise BadEmail
    return fingerprint(vault(), IdentifierKind.EMAIL, read)


def record_consent(words: ConsentWords, *, actor: Actor, now: datetime) -> tuple[Consent, bool]:
    """Write a consent down; return it, and whether it is new: the same one that still stands is not written twice.

    Raises `BadEmail`.
    """
    mark = mark_of(words.who.email)
    same = select(Consent).where(*_same(mark, words.version_id, words.wording))
    standing = db.session.scalar(same.limit(1))
    if standing is not None:
        return standing, False
    key_row, key = vault().make(Purpose.CONSENT, None)
    db.session.add(key_row)
    db.session.flush()
    row = Consent(
        id=new_id(),
        key_id=key_row.id,
        mark=mark,
        sealed=seal_json(key, asdict(words.who), PERSON_LABEL),
        version_id=words.version_id,
        wording=words.wording,
        given_on=words.given_on,
        channel=words.channel,
        recorded_at=now,
        recorded_by=actor.staff_id,
    )
    db.session.add(row)
    record(EventKind.CONSENT_RECORDED, actor=actor, at=now, facts={"consent": str(row.id)})
    return row, True


def withdraw_consent(ticket: Ticket, consent_id: int, marks: Iterable[bytes], actor: Actor, now: datetime) -> None:
    """Write down that the person of a ticket has withdrawn a consent. Raises `NotAllowed` when it is none of theirs, or over.

    The same consent may stand twice when two people wrote it down at the same moment: both end.
    """
    row = db.session.get(Consent, consent_id)
    if row is None or row.mark not in set(marks):
        raise NotAllowed("no consent of theirs")
    ended = db.session.scalars(
        update(Consent)
        .where(*_same(row.mark, row.version_id, row.wording))
        .values(withdrawn_at=now, withdrawn_ticket_id=ticket.id)
        .returning(Consent.id)
    ).all()
    if consent_id not in ended:
        raise NotAllowed("withdrawn already")
    record(EventKind.CONSENT_WITHDRAWN, actor=actor, at=now, ticket_id=ticket.id, facts={"consent": str(consent_id)})


def _same(mark: bytes, version_id: int | None, wording: str) -> tuple[ColumnElement[bool], ...]:
    """Return what the standing consents of one person to one matter have in common."""
    return (
        Consent.mark == mark,
        Consent.version_id.is_(None) if version_id is None else Consent.version_id == version_id,
        Consent.wording == wording,
        Consent.withdrawn_at.is_(None),
    )


def people_of(consents: Iterable[Consent]) -> dict[int, Who]:
    """Open whose consents they are, by the consents' numbers. Raises `desk.vault.seal.Unreadable`."""
    rows = {row.id: row for row in consents}
    sealed = dict(
        db.session.execute(
            select(DataKey.id, DataKey.sealed).where(DataKey.id.in_([row.key_id for row in rows.values()]))
        ).all()
    )
    return {
        number: Who(**unseal_json(vault().unwrap(sealed[row.key_id]), row.sealed, PERSON_LABEL))
        for number, row in rows.items()
    }
