"""The rows of the policy register."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, LargeBinary, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from desk.db import Row


class PolicyVersion(Row):
    """One text of the company's policy: a draft until somebody gives it a date, then a version for good."""

    __tablename__ = "policy_version"

    number: Mapped[int | None] = mapped_column(unique=True)
    """Counted in the order of adoption; None of a draft."""
    effective_on: Mapped[date | None] = mapped_column(Date, unique=True)
    """From the first second of this day in Japan; None of a draft."""
    title: Mapped[str] = mapped_column(String(300))
    original: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    """The file as it was handed over."""
    original_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    """Its SHA-256."""
    text_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    """The SHA-256 of its words, by which the same text is known again."""
    content: Mapped[dict[str, Any]] = mapped_column(JSON, deferred=True)
    """What it says, in the shape of `desk.policy.data`."""
    imported_at: Mapped[datetime]
    imported_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    adopted_at: Mapped[datetime | None]
    adopted_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    needs_consent: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether its purposes go beyond those before it, so that earlier data may be used so only with consent."""
    version: Mapped[int] = mapped_column(default=1)
    """Of the row: two people who place at once are told apart by it."""


class PolicyGap(Row):
    """What somebody does about one sort of gap, and what to answer meanwhile; it stands whatever version comes."""

    __tablename__ = "policy_gap"

    code: Mapped[str] = mapped_column(String(40), unique=True)
    """As in `desk/policy/gaps.toml`."""
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    due_on: Mapped[date | None] = mapped_column(Date)
    """Until when the text is to be mended."""
    answer_ja: Mapped[str] = mapped_column(Text, default="")
    """What to answer on request; empty for the words of the table."""
    answer_en: Mapped[str] = mapped_column(Text, default="")
    approved_at: Mapped[datetime | None]
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    """Who approved the answer as it stands."""
    version: Mapped[int] = mapped_column(default=1)


class OutsideService(Row):
    """A service outside, or a host of the company's own, that handles or receives personal data."""

    __tablename__ = "outside_service"

    name: Mapped[str] = mapped_column(String(100), unique=True)
    relation: Mapped[str] = mapped_column(String(20))
    """What it is to the company under the law, as `desk.policy.placing.Relation`."""
    does: Mapped[str] = mapped_column(Text, default="")
    """What it does for the company."""
    holds: Mapped[str] = mapped_column(Text, default="")
    """Which data it handles or receives."""
    country: Mapped[str] = mapped_column(String(100), default="")
    contract: Mapped[str] = mapped_column(Text, default="")
    vetting: Mapped[str] = mapped_column(Text, default="")
    """How its fitness was looked into."""
    vetted_on: Mapped[date | None] = mapped_column(Date)
    review_on: Mapped[date | None] = mapped_column(Date)
    """When it is looked into again."""
    is_used: Mapped[bool] = mapped_column(default=True)
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)


class ServiceCheck(Row):
    """That somebody looked at how a service is set on a day, and what they saw: evidence, never changed."""

    __tablename__ = "service_check"

    service_id: Mapped[int] = mapped_column(ForeignKey("outside_service.id"), index=True)
    checked_on: Mapped[date] = mapped_column(Date)
    seen: Mapped[str] = mapped_column(Text)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class ServiceTask(Row):
    """That a service outside must act in the matter of one ticket: told when, confirmed when."""

    __tablename__ = "service_task"
    __table_args__ = (UniqueConstraint("ticket_id", "service_id"),)

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    service_id: Mapped[int] = mapped_column(ForeignKey("outside_service.id"))
    needed_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
