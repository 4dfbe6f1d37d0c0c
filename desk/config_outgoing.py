"""The settings of the way out for mail: the server that takes it, who it is from and how it is signed."""

import re
from dataclasses import dataclass, field

from desk.environ import Reader, refuse

CATCHER_HEADER = "DESK_MAIL_CATCHER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dkim:
    """With what outgoing mail is signed."""

    domain: str
    selector: str
    private_key: str = field(repr=False)
    """An RSA key as PEM, or an Ed25519 one as base64."""

    @property
    def is_ed25519(self) -> bool:
        """Tell which kind of key it is."""
        return not self.private_key.startswith("-----")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """How mail leaves: Flask-Mail's settings, by their usual names."""

    server: str
    port: int
    username: str | None
    password: str | None = field(repr=False)
    use_tls: bool
    use_ssl: bool
    sender: str | None
    """The From address; None means the contact address of the company's profile."""
    reply_address: str | None
    """Where answers to one mail go, with `{token}` in its local part; None joins by Message-ID alone."""
    dkim: Dkim | None
    html: bool
    """Whether each letter leaves as a page too, beside its plain text."""
    most_bytes: int
    """A larger mail is kept and refused."""
    authserv_id: str | None
    """The name under which our own receiving server writes Authentication-Results; None believes nobody."""


def read_mail(reader: Reader, *, production: bool) -> Mail:
    """Return how mail leaves. Raises `desk.environ.ConfigError`."""
    server = reader.text("MAIL_SERVER")
    if production and server is None:
        refuse("MAIL_SERVER", "is required in production")
    if production and reader.text(CATCHER_HEADER):
        refuse(CATCHER_HEADER, "is for development only: the mail catcher never runs in production")
    use_tls, use_ssl = reader.flag("MAIL_USE_TLS"), reader.flag("MAIL_USE_SSL")
    if use_tls and use_ssl:
        refuse("MAIL_USE_TLS", "and MAIL_USE_SSL exclude each other")
    return Mail(
        server=server or "127.0.0.1",
        port=reader.number("MAIL_PORT", 465 if use_ssl else 587 if use_tls else 25),
        username=reader.text("MAIL_USERNAME"),
        password=reader.text("MAIL_PASSWORD"),
        use_tls=use_tls,
        use_ssl=use_ssl,
        sender=reader.text("MAIL_DEFAULT_SENDER"),
        reply_address=_reply_address(reader.text("DESK_REPLY_ADDRESS")),
        dkim=_dkim(reader),
        html=reader.flag("DESK_MAIL_HTML"),
        most_bytes=reader.number("DESK_MAIL_MOST_BYTES", 50 * 1024 * 1024),
        authserv_id=reader.text("DESK_AUTHSERV_ID"),
    )


def _dkim(reader: Reader) -> Dkim | None:
    given = {name: reader.text(f"DESK_DKIM_{name}") for name in ("DOMAIN", "SELECTOR", "KEY")}
    if not any(given.values()):
        return None
    for name, text in given.items():
        if not text:
            refuse(f"DESK_DKIM_{name}", "is needed too when mail is to be signed")
        if name != "KEY" and not re.fullmatch(r"[A-Za-z0-9._-]{1,200}", text):
            refuse(f"DESK_DKIM_{name}", "must be a plain name")
    return Dkim(domain=given["DOMAIN"] or "", selector=given["SELECTOR"] or "", private_key=given["KEY"] or "")


def _reply_address(text: str | None) -> str | None:
    if text is not None and not re.fullmatch(r"[A-Za-z0-9._-]{1,20}[+-]\{token\}@[A-Za-z0-9.-]+\.[A-Za-z0-9-]+", text):
        refuse("DESK_REPLY_ADDRESS", "must be an address such as cs+{token}@example.jp")
    return text
