"""The rows that say whose desk this is."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String, Text
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


class Setting(Base):
    """One setting that an administrator changed; what is not here has its default."""

    __tablename__ = "setting"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)
    updated_at: Mapped[datetime]
