"""The company's profile: whose name, address and contact stand on every page and in every letter."""

from dataclasses import dataclass
from time import monotonic
from typing import Any

from flask import current_app
from sqlalchemy import Row

from desk.company.standing import get_standing

POSTAL_CODE = r"^\d{3}-?\d{4}$"
PHONE = r"^\+?[\d() -]{6,38}$"
RECENT_S = 1.0


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
    """Return the columns of `Company`, read once in a transaction. The schema brings the row."""
    return get_standing().company


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


def recent_profile(language: str) -> Profile:
    """Return `profile(language)` as it was at most a second ago, for the page that a crowd asks for at once."""
    kept: dict[str, tuple[float, Profile]] = current_app.extensions.setdefault("recent_profile", {})
    now = monotonic()
    if language not in kept or kept[language][0] < now:
        kept[language] = (now + RECENT_S, profile(language))
    return kept[language][1]
