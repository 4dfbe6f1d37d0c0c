"""Passwords: argon2id, and the same work whether or not there is anybody to compare with."""

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

LEAST = 12
MOST = 200

KNOWN = (
    "administrator", "password", "passw0rd", "p@ssword", "p@ssw0rd", "1234567890", "0123456789", "123456789", "12345678", "987654321", "qwertyuiop",
    "asdfghjkl", "zxcvbnm", "1qaz2wsx", "3edc4rfv", "qwerty", "abc123", "123456", "iloveyou", "letmein", "welcome", "changeme",
    "madoguchi", "abcdefgh", "admin", "sakura", "pasuwado",
)  # fmt: skip
"""What guessing programs begin with; a password that is little else is refused."""

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)  # OWASP's 2025 figures for argon2id
NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$qafBGwdscTcDqC/rHnd4Zg$7zDkMtvBrxPx5RK4kt3ZAyYza2M6u5tVjnUaxnp6lPA"
"""What an unknown or disabled name is compared with: of a word drawn at random and thrown away, and as much work."""


class WeakPassword(Exception):
    """The password is too short, too long or one that everybody knows."""


def hash_password(password: str) -> str:
    """Return the hash to store. Raises `WeakPassword`."""
    check_strength(password)
    return _hasher.hash(password)


def check_strength(password: str) -> None:
    """Refuse what is too short, too long or mostly made of what everybody tries first. Raises `WeakPassword`."""
    rest = password.lower()
    for word in KNOWN:
        rest = rest.replace(word, "")
    if not LEAST <= len(password) <= MOST or len(set(password)) < 5 or len(rest) < LEAST // 2:
        raise WeakPassword


def matches(stored: str | None, password: str) -> bool:
    """Compare in the same time for a known, an unknown and a disabled name (None)."""
    try:
        return _hasher.verify(stored or NOBODY, password[:MOST]) and stored is not None
    except (VerifyMismatchError, VerificationError, InvalidHashError):
        return False


def one_time_password() -> str:
    """Return a password to be read off a screen once: four groups of five letters and digits (about 98 bits)."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(5)) for _ in range(4))
