"""The desk's settings: one frozen `Config`, read once from the environment, refusing what cannot work."""

import base64
import binascii
import fcntl
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from nacl.public import PrivateKey
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from desk.config_inbound import Certificate, Mailbox, read_certificate, read_mailbox
from desk.config_outgoing import Mail, read_mail
from desk.environ import LOOPBACK, ConfigError
from desk.environ import Reader as _Reader
from desk.environ import refuse as _refuse

__all__ = ["LOOPBACK", "Config", "ConfigError", "read_config"]

DOORS = ("public", "staff", "manager", "auth", "admin", "api")
"""Every door there is; `DESK_DOORS` mounts a subset."""

KEYLESS_DOORS = {"public"}
"""Doors that must work with the public key alone."""

UNREADABLE = "cannot be read as an address: look at its host and port"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """All settings of one process; see `docs/administration.md` for each one's meaning."""

    production: bool
    data_dir: Path
    database_url: str = field(repr=False)
    redis_url: str | None = field(repr=False)
    secret_key: str = field(repr=False)
    base_url: str
    staff_url: str
    public_key: bytes
    private_key: bytes | None = field(repr=False)
    index_key: bytes | None = field(repr=False)
    mail: Mail
    mailbox: Mailbox | None
    """Where people's mail arrives; None when a mail server hands it over, or nothing does."""
    smtpd_certificate: Certificate | None
    doors: frozenset[str]
    trusted_proxies: int
    limits: bool
    storage_dir: Path
    metrics_token: str | None = field(repr=False)
    """Who bears it sees the details of /readyz and /metrics from another machine."""

    @property
    def is_sqlite(self) -> bool:
        """Tell whether rows live in SQLite."""
        return self.database_url.startswith("sqlite")

    @property
    def hosts(self) -> list[str]:
        """List the host names that this process answers to."""
        names = {urlsplit(self.base_url).hostname or "", urlsplit(self.staff_url).hostname or ""}
        return sorted(names | ({"127.0.0.1", "localhost"} if not self.production else set()))


def read_config(environ: Mapping[str, str] | None = None) -> Config:
    """Read the settings from `environ` (the process's own unless given).

    Raises `ConfigError` with one line that names the setting. In development the data folder and its keys are made
    on first use; in production nothing is made up.
    """
    reader = _Reader(os.environ if environ is None else environ)
    mode = reader.text("DESK_ENV") or "development"
    if mode not in {"development", "production"}:
        _refuse("DESK_ENV", "must be 'development' or 'production'")
    production = mode == "production"
    data_dir = Path(reader.text("DESK_DATA_DIR") or "var").absolute()
    doors = _doors(reader.text("DESK_DOORS"))
    keys = _production_keys(reader, doors) if production else _development_keys(reader, data_dir)
    base_url = _base_url(reader.text("DESK_BASE_URL"), production=production)
    return Config(
        production=production,
        data_dir=data_dir,
        database_url=_database_url(reader.text("DATABASE_URL"), data_dir, production=production),
        redis_url=_redis_url(reader.text("REDIS_URL"), production=production),
        secret_key=keys["SECRET_KEY"],
        base_url=base_url,
        staff_url=_base_url(reader.text("DESK_STAFF_URL") or base_url, production=production, name="DESK_STAFF_URL"),
        public_key=_key("DESK_PUBLIC_KEY", keys["DESK_PUBLIC_KEY"]),
        private_key=_key("DESK_PRIVATE_KEY", keys["DESK_PRIVATE_KEY"]) if keys["DESK_PRIVATE_KEY"] else None,
        index_key=_key("DESK_INDEX_KEY", keys["DESK_INDEX_KEY"]) if keys["DESK_INDEX_KEY"] else None,
        mail=read_mail(reader, production=production),
        mailbox=read_mailbox(reader),
        smtpd_certificate=read_certificate(reader),
        doors=doors,
        trusted_proxies=reader.number("DESK_TRUSTED_PROXIES", 0),
        limits=_limits(reader.text("DESK_LIMITS"), production=production),
        storage_dir=_storage_dir(reader.text("DESK_STORAGE_URL"), data_dir),
        metrics_token=_metrics_token(reader.text("DESK_METRICS_TOKEN")),
    )


def _doors(text: str | None) -> frozenset[str]:
    chosen = frozenset(part.strip() for part in text.split(",") if part.strip()) if text else frozenset(DOORS)
    if unknown := sorted(chosen - set(DOORS)):
        _refuse("DESK_DOORS", f"names unknown doors: {', '.join(unknown)}")
    return chosen


def _base_url(text: str | None, *, production: bool, name: str = "DESK_BASE_URL") -> str:
    if text is None:
        if production:
            _refuse(name, "is required in production")
        return "http://127.0.0.1:8000"
    parts = _parts(name, text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path not in {"", "/"} or parts.query:
        _refuse(name, "must be an address such as https://desk.example.jp, without a path")
    if production and parts.scheme != "https":
        _refuse(name, "must start with https:// in production")
    if not production and parts.hostname not in LOOPBACK:
        _refuse(name, "must be a loopback address in development; set DESK_ENV=production for a real one")
    return text.rstrip("/")


def _parts(name: str, text: str) -> SplitResult:
    """Return the parts of an address, whose port has been looked at too."""
    try:
        parts = urlsplit(text)
        if parts.port == 0:
            _refuse(name, "names port 0")
    except ValueError:
        _refuse(name, UNREADABLE)
    return parts


def _database_url(text: str | None, data_dir: Path, *, production: bool) -> str:
    if text is None:
        if production:
            _refuse("DATABASE_URL", "is required in production")
        return f"sqlite:///{data_dir / 'desk.sqlite3'}"
    text = re.sub(r"^postgres(ql)?(\+psycopg)?://", "postgresql+psycopg://", text)
    if not text.startswith(("postgresql+psycopg://", "sqlite:///")):
        _refuse("DATABASE_URL", "must start with postgresql:// or sqlite:///")
    try:
        make_url(text)
    except (ArgumentError, ValueError):
        _refuse("DATABASE_URL", UNREADABLE)
    return text


def _redis_url(text: str | None, *, production: bool) -> str | None:
    if text is None and production:
        _refuse("REDIS_URL", "is required in production")
    if text is not None and _parts("REDIS_URL", text).scheme not in {"redis", "rediss", "unix"}:
        _refuse("REDIS_URL", "must start with redis://, rediss:// or unix://")
    return text


def _limits(text: str | None, *, production: bool) -> bool:
    if text not in {None, "on", "off"}:
        _refuse("DESK_LIMITS", "must be on or off")
    if text == "off" and production:
        _refuse("DESK_LIMITS", "cannot be off in production")
    return text != "off"


def _metrics_token(text: str | None) -> str | None:
    if text is not None and len(text) < 16:
        _refuse("DESK_METRICS_TOKEN", "is too short; use 16 characters or more")
    return text


def _storage_dir(text: str | None, data_dir: Path) -> Path:
    if text is None:
        return data_dir / "files"
    if "://" in text:
        _refuse("DESK_STORAGE_URL", "must be a folder; object stores are not supported yet")
    return Path(text).absolute()


def _key(name: str, text: str) -> bytes:
    try:
        key = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != 32:
        _refuse(name, "must be 32 bytes in base64url")
    return key


def _production_keys(reader: _Reader, doors: frozenset[str]) -> dict[str, str]:
    needed = ["SECRET_KEY", "DESK_PUBLIC_KEY"]
    if not doors <= KEYLESS_DOORS:
        needed += ["DESK_PRIVATE_KEY", "DESK_INDEX_KEY"]
    keys = {}
    for name in ("SECRET_KEY", "DESK_PUBLIC_KEY", "DESK_PRIVATE_KEY", "DESK_INDEX_KEY"):
        keys[name] = reader.text(name) or ""
        if name in needed and not keys[name]:
            _refuse(name, "is required in production")
    if len(keys["SECRET_KEY"]) < 32 or re.fullmatch(
        r"(?i)(dev|test|secret|change.?me|password).*|(.)\2*", keys["SECRET_KEY"]
    ):
        _refuse("SECRET_KEY", "is too short or a default; use 32 random bytes or more")
    if keys["DESK_PRIVATE_KEY"]:
        private = PrivateKey(_key("DESK_PRIVATE_KEY", keys["DESK_PRIVATE_KEY"]))
        if bytes(private.public_key) != _key("DESK_PUBLIC_KEY", keys["DESK_PUBLIC_KEY"]):
            _refuse("DESK_PRIVATE_KEY", "does not belong to DESK_PUBLIC_KEY")
    return keys


def _development_keys(reader: _Reader, data_dir: Path) -> dict[str, str]:
    """Return the keys of a development folder, made on first use under a file lock."""
    names = ("SECRET_KEY", "DESK_PUBLIC_KEY", "DESK_PRIVATE_KEY", "DESK_INDEX_KEY")
    given = {name: text for name in names if (text := reader.text(name))}
    if len(given) == len(names):
        return given
    folder = data_dir / "keys"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (folder / "DESK_INDEX_KEY").exists():
                _make_keys(folder)
        return {name: (folder / name).read_text(encoding="ascii").strip() for name in names} | given
    except OSError as error:
        _refuse("DESK_DATA_DIR", f"cannot be used ({error.strerror})")


def _make_keys(folder: Path) -> None:
    private = PrivateKey.generate()
    made = {
        "SECRET_KEY": secrets.token_bytes(32),
        "DESK_PUBLIC_KEY": bytes(private.public_key),
        "DESK_PRIVATE_KEY": bytes(private),
        "DESK_INDEX_KEY": secrets.token_bytes(32),
    }
    for name, value in made.items():
        target = folder / name
        target.touch(mode=0o600)
        target.write_text(base64.urlsafe_b64encode(value).decode().rstrip("="), encoding="ascii")
