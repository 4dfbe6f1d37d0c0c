"""Settings by name: read from the environment or from the file that `NAME_FILE` names, refused in one line."""

from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import NoReturn

LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class ConfigError(Exception):
    """A setting is missing or contradicts another; the message names it in one line."""


class Reader:
    """Settings by name, each secret also through a `*_FILE` that holds it."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ

    def text(self, name: str) -> str | None:
        """Return a setting, from `NAME` or the file that `NAME_FILE` names; None when neither is set."""
        direct, path = self.environ.get(name), self.environ.get(f"{name}_FILE")
        if direct and path:
            refuse(name, f"is set twice: {name} and {name}_FILE")
        if not path:
            return direct.strip() if direct else None
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            refuse(f"{name}_FILE", f"cannot be read ({error.__class__.__name__})")

    def number(self, name: str, default: int) -> int:
        """Return a whole number, or `default` when the setting is absent."""
        text = self.text(name)
        if text is None:
            return default
        if not text.isascii() or not text.isdigit():
            refuse(name, "must be a whole number")
        return int(text)

    def flag(self, name: str) -> bool:
        """Return a yes/no setting; absent means no."""
        text = (self.text(name) or "off").lower()
        if text not in {"on", "off", "true", "false", "1", "0", "yes", "no"}:
            refuse(name, "must be on or off")
        return text in {"on", "true", "1", "yes"}


def refuse(name: str, why: str) -> NoReturn:
    """Say what is wrong with a setting. Raises `ConfigError`."""
    raise ConfigError(f"{name} {why}") from None  # what failed underneath may quote a password


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine itself."""
    try:
        return host in LOOPBACK or ip_address(host).is_loopback
    except ValueError:
        return False
