"""The rows that say whose desk this is."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from desk.db import Base, Row


class Company(Row):
    """The company behind the desk: one row, shown on every page and in every letter."""

    __tablename__ = "company"

    name_ja: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    contact_email: Mapped[str] = mapped_column(String(254))
    postal_code: Mapped[str] = mapped_column(String(20), default="")
    address_ja: Mapped[str] = mapped_column(Text, default="")
    address_en: Mapped[str] = mapped_column(Text, default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    policy_url: Mapped[str] = mapped_column(String(500), default="")
    closures: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """Company closures, in the shape that `desk.law.calendar` reads."""
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)


class Procedure(Row):
    """What the company has settled about requests: one row, for the procedure page, the letters and the desk itself."""

    __tablename__ = "procedure"

    representative_ja: Mapped[str] = mapped_column(String(200), default="")
    representative_en: Mapped[str] = mapped_column(String(200), default="")
    officer_ja: Mapped[str] = mapped_column(String(200), default="")
    """Who is responsible for personal information (個人情報保護管理者)."""
    officer_en: Mapped[str] = mapped_column(String(200), default="")
    hours_ja: Mapped[str] = mapped_column(String(200), default="")
    hours_en: Mapped[str] = mapped_column(String(200), default="")
    fee_yen: Mapped[int] = mapped_column(default=0)
    """For a notice of purposes or a disclosure, tax included; 0 is none."""
    has_body: Mapped[bool | None]
    """Whether the company belongs to a certified body (認定個人情報保護団体); None while nobody has said."""
    body_ja: Mapped[str] = mapped_column(String(300), default="")
    body_en: Mapped[str] = mapped_column(String(300), default="")
    commission_phone: Mapped[str] = mapped_column(String(40), default="")
    """The Commission's telephone line, once somebody has checked the number."""
    commission_checked_on: Mapped[date | None] = mapped_column(Date)
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)


class CalendarEdition(Row):
    """One calendar that the desk counted by, whole, so that an open case can be reckoned by it again."""

    __tablename__ = "calendar_edition"

    version: Mapped[str] = mapped_column(String(80))
    since: Mapped[datetime]
    """From when on it was in force, until the next one."""
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    """In the shape that `desk.law.calendar` reads."""


class LawEdition(Row):
    """One law's data, whole, so that a case can be handled again by the edition that it pins."""

    __tablename__ = "law_edition"

    version: Mapped[str] = mapped_column(String(40), unique=True)
    regime: Mapped[str] = mapped_column(String(20))
    source: Mapped[str] = mapped_column(Text)
    """The law's own file, in TOML."""
    shared: Mapped[str] = mapped_column(Text)
    """What all laws shared then."""
    kept_at: Mapped[datetime]


class Setting(Base):
    """One setting that an administrator changed; what is not here has its default."""

    __tablename__ = "setting"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)
    updated_at: Mapped[datetime]


class Activation(Row):
    """One decision about a kind whose source is not the law itself; the newest of a kind holds, the rest is its story."""

    __tablename__ = "kind_activation"

    regime: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(10))
    is_active: Mapped[bool]
    checked_by: Mapped[str] = mapped_column(String(100))
    """Who checked the source, or who switched the kind off."""
    checked_on: Mapped[date | None] = mapped_column(Date)
    source: Mapped[str | None] = mapped_column(String(500))
    at: Mapped[datetime]
