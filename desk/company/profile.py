"""The company's profile: whose name, address and contact stand on every page and in every letter."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, insert, select
from sqlalchemy.exc import IntegrityError

from desk import clock
from desk.company.models import Company
from desk.db import db, once, writing

SAMPLE_NAME_JA = "株式会社サンプル"
SAMPLE_NAME_EN = "Sample Inc."
SAMPLE_EMAIL = "privacy@desk.example"


@dataclass(frozen=True, slots=True)
class Profile:
    """The company as pages and letters show it, in one language."""

    name: str
    name_ja: str
    name_en: str
    contact_email: str
    postal_code: str
    address: str
    phone: str
    policy_url: str


def get_company() -> Row[Any]:
    """Return the columns of `Company`, read once in a transaction. Raises `NoResultFound` before `ensure_company`."""
    table = Company.__table__
    return once("company", lambda: db.session.connection().execute(select(table).order_by(table.c.id).limit(1)).one())


def profile(language: str) -> Profile:
    """Return the company's profile in `language` (`ja` or `en`)."""
    row = get_company()
    english = language == "en"
    return Profile(
        name=row.name_en if english else row.name_ja,
        name_ja=row.name_ja,
        name_en=row.name_en,
        contact_email=row.contact_email,
        postal_code=row.postal_code,
        address=row.address_en if english else row.address_ja,
        phone=row.phone,
        policy_url=row.policy_url,
    )


def ensure_company() -> None:
    """Make the company's row with sample values if there is none yet. Commits."""
    if db.session.scalar(select(Company.id).limit(1)) is not None:
        db.session.rollback()
        return
    values = {
        "id": 1,
        "name_ja": SAMPLE_NAME_JA,
        "name_en": SAMPLE_NAME_EN,
        "contact_email": SAMPLE_EMAIL,
        "closures": {},
        "updated_at": clock.now(),
    }
    db.session.rollback()
    with writing():
        try:
            db.session.execute(insert(Company), [values])
            db.session.commit()
        except IntegrityError:  # somebody else was first
            db.session.rollback()
