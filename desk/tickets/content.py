"""What a person wrote, as typed values, and how it is sealed into a ticket's rows."""

from dataclasses import asdict, dataclass, field
from typing import Any

from desk.vault.seal import seal_json, unseal_json

PARTY, MESSAGE, SUMMARY, TRACE, FILE = "party", "message", "summary", "trace", "file"
"""Labels that bind a sealed text to its place."""

ADDITION_KEY = "addition-key"
"""Label that binds the key of an addition to the case that it is wrapped for."""

SUBJECT_CHARS = 60


@dataclass(frozen=True, slots=True)
class Contact:
    """Who somebody is and how to reach them; an absent value is an empty string."""

    name: str = ""
    reading: str = ""
    company: str = ""
    department: str = ""
    email: str = ""
    phone: str = ""
    postal_code: str = ""
    address: str = ""
    relation: str = ""
    """For an agent: statutory representative, appointed agent, lawyer."""

    @property
    def is_reachable(self) -> bool:
        """Tell whether there is an address to write to, by mail or by post."""
        return bool(self.email or self.address)

    def seal(self, key: bytes) -> bytes:
        """Return the contact sealed under the case key."""
        return seal_json(key, {name: value for name, value in asdict(self).items() if value}, PARTY)

    @classmethod
    def unseal(cls, key: bytes, sealed: bytes) -> "Contact":
        """Open a sealed contact. Raises `desk.vault.seal.Unreadable`."""
        return cls(**unseal_json(key, sealed, PARTY))


OWN_CHANNEL = frozenset({"statutory", "lawyer"})
"""Agents in whose place nobody writes to the person: a legal representative stands for somebody who cannot receive for
themselves, and who has a lawyer wants dealings to pass through them."""


def correspondent(person: Contact, agent: Contact | None) -> Contact:
    """Return who the desk writes to: the agent if one acts, else the person.

    An agent without any address who acts by the person's own mandate is passed over for the person: the data and the
    answer are theirs, the mail carries no more than a link, and if nobody was appointed they are the first who should
    know (decision 005).
    """
    if agent is None:
        return person
    passed_over = not agent.is_reachable and agent.relation not in OWN_CHANNEL
    return person if passed_over else agent


@dataclass(frozen=True, slots=True)
class Said:
    """The text of one message; `details` are the form's further answers by field name."""

    text: str
    details: dict[str, str] = field(default_factory=dict)

    def seal(self, key: bytes) -> bytes:
        """Return the message sealed under `key`."""
        return seal_json(key, {"text": self.text, "details": self.details}, MESSAGE)

    @classmethod
    def unseal(cls, key: bytes, sealed: bytes) -> "Said":
        """Open a sealed message. Raises `desk.vault.seal.Unreadable`."""
        found = unseal_json(key, sealed, MESSAGE)
        return cls(text=found["text"], details=found.get("details", {}))


@dataclass(frozen=True, slots=True)
class Summary:
    """What one row of the queue shows."""

    name: str
    subject: str

    def seal(self, key: bytes) -> bytes:
        """Return the summary sealed under the case key."""
        return seal_json(key, [self.name, self.subject], SUMMARY)

    @classmethod
    def unseal(cls, key: bytes, sealed: bytes) -> "Summary":
        """Open a sealed summary. Raises `desk.vault.seal.Unreadable`."""
        name, subject = unseal_json(key, sealed, SUMMARY)
        return cls(name, subject)


@dataclass(frozen=True, slots=True)
class Origin:
    """From where a submission came, kept for defects and attacks only."""

    address: str
    user_agent: str
    referrer: str

    def seal(self, key: bytes) -> bytes:
        """Return the origin sealed under its own key."""
        return seal_json(key, asdict(self), TRACE)

    @classmethod
    def unseal(cls, key: bytes, sealed: bytes) -> "Origin":
        """Open a sealed origin. Raises `desk.vault.seal.Unreadable`."""
        values: dict[str, Any] = unseal_json(key, sealed, TRACE)
        return cls(**values)


def subject_of(text: str) -> str:
    """Return the first words of a text on one line, at most 60 characters."""
    line = " ".join(text.split())
    return line if len(line) <= SUBJECT_CHARS else line[: SUBJECT_CHARS - 1] + "…"
