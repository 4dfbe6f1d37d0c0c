"""E-mail addresses: which ones the desk can send to. One rule for every door, and for what is sent. Pure."""

import re
import unicodedata

LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}")
"""Dots may stand anywhere: Japanese carriers gave out addresses such as `a..b.@docomo.ne.jp`."""
DOMAIN = re.compile(
    r"(?=.{1,253}$)([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*"
)
MOST_CHARS = 254

CARRIERS = ("docomo.ne.jp", "ezweb.ne.jp", "au.com")
"""Carriers that once gave out addresses which break RFC 5321: dots in a row or at an end."""


class BadAddress(ValueError):
    """The text is not one address that this desk can send to."""


def check_address(text: str) -> str:
    """Return one bare address in ASCII, its domain in IDNA form. Raises `BadAddress`.

    Whatever could be read as a second address, a comment or a line end is refused, not repaired.
    """
    local, at, domain = text.rpartition("@")
    if not at or not LOCAL_PART.fullmatch(local):
        raise BadAddress("not one plain address")
    try:
        ascii_domain = domain if domain.isascii() else domain.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise BadAddress("not a domain name") from error
    if not DOMAIN.fullmatch(ascii_domain):
        raise BadAddress("not a domain name")
    return f"{local}@{ascii_domain}"


def is_mailable(text: str) -> bool:
    """Tell whether the desk takes an address: it can be sent to, and its domain is one that mail may reach.

    Old carrier addresses with odd dots are fine. What this lets in, `check_address` never refuses.
    """
    try:
        local, _, domain = check_address(text).rpartition("@")
    except BadAddress:
        return False
    if len(text) > MOST_CHARS:
        return False
    return domain.lower() in CARRIERS or _is_usual(local, domain)


def plain_address(text: str) -> str:
    """Return an address as it was meant: full-width letters narrow, no spaces around it."""
    return unicodedata.normalize("NFKC", text).strip()


def _is_usual(local: str, domain: str) -> bool:
    from email_validator import EmailNotValidError, validate_email

    # names kept for examples and tests are no places for mail, and the desk's own samples use them
    is_sample = domain.lower().endswith((".example", ".test")) and re.fullmatch(r"[\w.+-]+", local) is not None
    try:
        validate_email(f"{local}@{domain}", check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        return is_sample
    return True
