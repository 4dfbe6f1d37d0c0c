"""How people were told of a version of the policy: on the pages, by mail, or in another way; and how far the mails are."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, func, select, text
from sqlalchemy.orm import Mapped, mapped_column

from desk.db import Row, db
from desk.tickets.models import OPEN_ONLY, Ticket

BY_MAIL = text("channel = 'mail'")


class NoticeChannel(StrEnum):
    """By what people were told."""

    PAGE = "page"
    """The announcement on the public pages, from the version's adoption until its day."""
    MAIL = "mail"
    """A mail to everybody whose case was open."""
    OTHER = "other"
    """What somebody did elsewhere, in their own words: a notice in the service, a letter."""


class PolicyNotice(Row):
    """One notice of a version: the evidence that Article 21(3) and the policy's own promise were kept."""

    __tablename__ = "policy_notice"

    version_id: Mapped[int] = mapped_column(ForeignKey("policy_version.id"), index=True)
    channel: Mapped[NoticeChannel] = mapped_column(String(10))
    words_ja: Mapped[str] = mapped_column(Text, default="")
    """What changes, as the mail says it; of another notice what was done."""
    words_en: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    posted: Mapped[int] = mapped_column(default=0)
    """How many mails were posted so far."""
    unreached: Mapped[int] = mapped_column(default=0)
    """How many open cases had no address that a mail can be sent to, so far."""
    after_id: Mapped[int | None]
    """The last ticket whose people were told; None when there is nobody left to tell."""

    __table_args__ = (
        # at most one round of mails for a version
        Index("uq_policy_notice_mail", "version_id", unique=True, postgresql_where=BY_MAIL, sqlite_where=BY_MAIL),
    )


def list_notices(version_id: int) -> Sequence[PolicyNotice]:
    """Return how people were told of a version, the first notice first."""
    told = select(PolicyNotice).where(PolicyNotice.version_id == version_id)
    return db.session.scalars(told.order_by(PolicyNotice.at, PolicyNotice.id)).all()


def find_unfinished() -> PolicyNotice | None:
    """Return the oldest round of mails that is not finished, locked for the caller; None when there is none or it is taken."""
    waiting = select(PolicyNotice).where(PolicyNotice.after_id.is_not(None)).order_by(PolicyNotice.id).limit(1)
    return db.session.scalar(waiting.with_for_update(skip_locked=True).execution_options(populate_existing=True))


def count_open_cases() -> int:
    """Return how many cases a mail to everybody would be about."""
    return db.session.scalar(select(func.count()).select_from(Ticket).where(OPEN_ONLY)) or 0
