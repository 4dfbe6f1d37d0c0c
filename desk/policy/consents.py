"""Who has consented to what: one row a consent, the person sealed, found by a keyed fingerprint of the e-mail address."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, LargeBinary, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from desk.db import Row, db
from desk.policy.models import PolicyVersion
from desk.tickets.models import Channel

PERSON_LABEL = "consent"


class Consent(Row):
    """One consent: given on a day, to these words or to a version of the policy, until it is withdrawn."""

    __tablename__ = "consent"

    key_id: Mapped[int] = mapped_column(ForeignKey("data_key.id"))
    mark: Mapped[bytes] = mapped_column(LargeBinary(16), index=True)
    """Keyed fingerprint of the person's e-mail address."""
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """Name and e-mail address, under a key of their own."""
    version_id: Mapped[int | None] = mapped_column(ForeignKey("policy_version.id"))
    """The version of the policy whose purposes were consented to; None for any other matter."""
    wording: Mapped[str] = mapped_column(Text)
    """What the person was asked, word for word."""
    given_on: Mapped[date] = mapped_column(Date)
    channel: Mapped[Channel] = mapped_column(String(10))
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    """The ticket by which the person withdrew it."""


def list_consents_of(marks: Collection[bytes]) -> Sequence[Consent]:
    """Return the consents of the people behind some fingerprints, the newest first."""
    found = select(Consent).where(Consent.mark.in_(marks)).order_by(Consent.given_on.desc(), Consent.id.desc())
    return db.session.scalars(found).all()


def list_newest_consents(before_id: int | None, limit: int) -> Sequence[Consent]:
    """Return one page of all consents, the last recorded first."""
    found = select(Consent).order_by(Consent.id.desc()).limit(limit)
    return db.session.scalars(found if before_id is None else found.where(Consent.id < before_id)).all()


def consented_versions(marks: Collection[bytes]) -> frozenset[int]:
    """Return the ids of the policy versions to which a person's consent stands."""
    stands = select(Consent.version_id).where(
        Consent.mark.in_(marks), Consent.withdrawn_at.is_(None), Consent.version_id.is_not(None)
    )
    return frozenset(version_id for version_id in db.session.scalars(stands) if version_id is not None)


def follow_versions(
    acquired: PolicyVersion, later: Sequence[PolicyVersion], consented: Collection[int]
) -> tuple[PolicyVersion, PolicyVersion | None]:
    """Return which version's purposes apply to data acquired under `acquired`, and the one that only a consent would bring.

    `later` holds the versions in force since, the earliest first. A change of purposes that needs no consent applies to
    earlier data once it was published (Act, Article 21(3)); one that needs it applies only to whoever consented to it
    or to a later version (Article 18(1)).
    """
    applies, withheld = acquired, None
    for version in later:
        if version.id in consented:
            applies, withheld = version, None
        elif withheld is None and version.needs_consent:
            withheld = version
        elif withheld is None:
            applies = version
    return applies, withheld
