"""The settings of the ways in for mail: the mailbox that the desk reads, and the listener that a mail server hands mail to."""

import hashlib
import re
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from desk.environ import Reader, is_loopback, refuse

OAUTH = (
    "DESK_IMAP_OAUTH_TOKEN_URL",
    "DESK_IMAP_OAUTH_CLIENT_ID",
    "DESK_IMAP_OAUTH_CLIENT_SECRET",
    "DESK_IMAP_OAUTH_REFRESH_TOKEN",
    "DESK_IMAP_OAUTH_SCOPE",
)
LONGEST_FOLDER = 200
CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Security(StrEnum):
    """How the line to a mailbox is kept from others."""

    TLS = "tls"
    STARTTLS = "starttls"
    PLAIN = "plain"
    """For a server on this machine only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """Where access tokens of a hosted mailbox come from (OAuth 2.0, RFC 6749)."""

    token_url: str
    client_id: str
    client_secret: str | None = field(repr=False)
    refresh_token: str | None = field(repr=False)
    """None means that the desk signs in by itself: the grant of client credentials."""
    scope: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """The mailbox behind the published address."""

    host: str
    port: int
    security: Security
    user: str
    folder: str
    processed: str
    """Where a mail goes once the desk has it."""
    password: str | None = field(repr=False)
    bearer: Bearer | None

    @property
    def account(self) -> str:
        """Name the mailbox in rows and alerts without its address (16 hex digits)."""
        return hashlib.sha256(f"{self.user}@{self.host}".lower().encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """With what the listener offers STARTTLS."""

    chain: Path
    key: Path


def read_mailbox(reader: Reader) -> Mailbox | None:
    """Return the mailbox of the settings, None when there is none. Raises `ConfigError`."""
    text = reader.text("DESK_IMAP_URL")
    if text is None:
        for name in ("DESK_IMAP_PASSWORD", "DESK_IMAP_PROCESSED", *OAUTH):
            if reader.text(name):
                refuse(name, "is set without DESK_IMAP_URL")
        return None
    parts, port = _split(text)
    folder = _folder("DESK_IMAP_URL", unquote(parts.path.removeprefix("/")) or "INBOX")
    processed = _folder("DESK_IMAP_PROCESSED", reader.text("DESK_IMAP_PROCESSED") or "Processed")
    if folder.lower() == processed.lower():
        refuse("DESK_IMAP_PROCESSED", "must be another folder than the one of DESK_IMAP_URL")
    host, security = parts.hostname or "", _security(parts)
    password, bearer = _sign_in(reader)
    return Mailbox(
        host=host,
        port=port or (993 if security is Security.TLS else 143),
        security=security,
        user=unquote(parts.username or ""),
        folder=folder,
        processed=processed,
        password=password,
        bearer=bearer,
    )


def read_certificate(reader: Reader) -> Certificate | None:
    """Return the listener's certificate, None when it offers no TLS. Raises `ConfigError`."""
    found = {name: reader.text(name) for name in ("DESK_SMTPD_CERT", "DESK_SMTPD_KEY")}
    chain, key = found.values()
    if chain and key:
        return Certificate(chain=Path(chain), key=Path(key))
    for name, text in found.items():
        if text is None and (chain or key):
            refuse(name, "is missing: certificate and key belong together")
    return None


def _split(text: str) -> tuple[SplitResult, int | None]:
    form = "must be an address such as imaps://desk%40example.jp@imap.example.jp/INBOX"
    try:
        parts, port = urlsplit(text), urlsplit(text).port
    except ValueError:
        refuse("DESK_IMAP_URL", form)
    if parts.password is not None:
        refuse("DESK_IMAP_URL", "must not hold the password; set DESK_IMAP_PASSWORD")
    whole = parts.scheme in {"imap", "imaps"} and parts.hostname and parts.username
    if not whole or parts.query or parts.fragment or CONTROL.search(unquote(text)):
        refuse("DESK_IMAP_URL", form)
    return parts, port


def _security(parts: SplitResult) -> Security:
    if parts.scheme == "imaps":
        return Security.TLS
    return Security.PLAIN if is_loopback(parts.hostname or "") else Security.STARTTLS


def _folder(name: str, text: str) -> str:
    if len(text) > LONGEST_FOLDER or CONTROL.search(text):
        refuse(name, f"must name a folder in at most {LONGEST_FOLDER} characters")
    return text


def _sign_in(reader: Reader) -> tuple[str | None, Bearer | None]:
    """Return the password or the source of tokens, exactly one of the two."""
    password, bearer = reader.text("DESK_IMAP_PASSWORD"), _bearer(reader)
    if password and bearer:
        refuse("DESK_IMAP_PASSWORD", "and DESK_IMAP_OAUTH_TOKEN_URL exclude each other")
    if not password and not bearer:
        refuse("DESK_IMAP_PASSWORD", "or DESK_IMAP_OAUTH_TOKEN_URL is required with DESK_IMAP_URL")
    return password, bearer


def _bearer(reader: Reader) -> Bearer | None:
    token_url, client_id, client_secret, refresh_token, scope = found = tuple(reader.text(name) for name in OAUTH)
    if not any(found):
        return None
    if not token_url:
        refuse("DESK_IMAP_OAUTH_TOKEN_URL", "is required when another DESK_IMAP_OAUTH_* is set")
    if not client_id:
        refuse("DESK_IMAP_OAUTH_CLIENT_ID", "is required with DESK_IMAP_OAUTH_TOKEN_URL")
    if not client_secret and not refresh_token:
        refuse("DESK_IMAP_OAUTH_CLIENT_SECRET", "is required when there is no DESK_IMAP_OAUTH_REFRESH_TOKEN")
    address = urlsplit(token_url)
    safe = address.scheme == "https" or (address.scheme == "http" and is_loopback(address.hostname or ""))
    if not safe or not address.hostname:
        refuse("DESK_IMAP_OAUTH_TOKEN_URL", "must start with https://")
    return Bearer(
        token_url=token_url,
        client_id=client_id,
        client_secret=client_secret,
        refresh_token=refresh_token,
        scope=scope,
    )
