"""Reference numbers: unguessable, easy to read aloud, with a check letter. Pure."""

import re
import secrets
import unicodedata

from stdnum import luhn

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""32 signs; no I, O, 0 or 1, which are mistaken for each other on paper and on the telephone."""

LENGTH = 12

IN_TEXT = re.compile(rf"(?<![A-Z0-9])[{ALPHABET}]{{4}}-?[{ALPHABET}]{{4}}-?[{ALPHABET}]{{4}}(?![A-Z0-9])")


def new_reference() -> str:
    """Return a new reference: eleven random signs (55 bits) and a check sign, without separators."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))
    return body + str(luhn.calc_check_digit(body, ALPHABET))


def read_reference(text: str) -> str | None:
    """Return the reference that a person typed, or None: full width, lower case, spaces and hyphens are forgiven."""
    plain = unicodedata.normalize("NFKC", text).upper()
    plain = "".join(char for char in plain if char not in " -‐‑‒–—―ーｰ−_\u3000\t")
    if len(plain) != LENGTH or any(char not in ALPHABET for char in plain):
        return None
    return plain if luhn.is_valid(plain, ALPHABET) else None


def grouped(reference: str) -> str:
    """Return a reference in groups of four, as it is shown: `ABCD-EFGH-JKLM`."""
    return "-".join(reference[i : i + 4] for i in range(0, len(reference), 4))


def references_in(text: str) -> list[str]:
    """Return the references that stand in a line such as a mail's subject, at most five."""
    plain = unicodedata.normalize("NFKC", text[:500]).upper()
    found = (read_reference(one) for one in IN_TEXT.findall(plain))
    return list(dict.fromkeys(one for one in found if one))[:5]
