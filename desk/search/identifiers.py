"""What a person can be looked up by exactly: e-mail address, telephone number, name; as keyed fingerprints."""

import re
import unicodedata
from collections.abc import Iterator
from enum import StrEnum

from desk.search.folding import fold
from desk.tickets.content import Contact
from desk.vault.keys import Vault

REGION = "JP"
"""Where a number without a country code is taken to be."""

DASHES = re.compile("[ー‐‑‒–—―−]")
"""What stands for a hyphen between digits when a number is typed with a Japanese keyboard."""


class IdentifierKind(StrEnum):
    """What a fingerprint was made of."""

    EMAIL = "email"
    PHONE = "phone"
    NAME = "name"


def read_email(text: str) -> str | None:
    """Return an e-mail address as it is compared (folded widths, lower case), or None if the text is none."""
    plain = unicodedata.normalize("NFKC", text).strip().casefold()
    local, at, domain = plain.rpartition("@")
    return plain if at and local and "." in domain and not any(char.isspace() for char in plain) else None


def read_phone(text: str) -> str | None:
    """Return a telephone number in E.164 form (`+81312345678`), or None if the text is none.

    Any width, spaces, hyphens and brackets are forgiven; without a country code it is a Japanese one.
    """
    plain = DASHES.sub("-", unicodedata.normalize("NFKC", text))
    if sum(char.isdigit() for char in plain) < 9 or any(char.isalpha() for char in plain):
        return None
    import phonenumbers

    try:
        number = phonenumbers.parse(plain, REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def read_name(text: str) -> str | None:
    """Return a name as it is compared (folded, without gaps), or None when nothing is left of it."""
    return fold(text).replace(" ", "") or None


def identifiers_of(contact: Contact) -> Iterator[tuple[IdentifierKind, str]]:
    """Yield what one contact can be looked up by; the reading of a name counts as a name."""
    for kind, value in (
        (IdentifierKind.EMAIL, read_email(contact.email)),
        (IdentifierKind.PHONE, read_phone(contact.phone)),
        (IdentifierKind.NAME, read_name(contact.name)),
        (IdentifierKind.NAME, read_name(contact.reading)),
    ):
        if value is not None:
            yield kind, value


def fingerprint(vault: Vault, kind: IdentifierKind, value: str) -> bytes:
    """Return the fingerprint (16 bytes) of a value in its compared form. Raises `Unreadable` without the index key."""
    return vault.fingerprint(f"identifier/{kind}", value)[:16]
