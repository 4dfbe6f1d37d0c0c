"""What was read in a mail: frozen values that travel between processes as JSON."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox of a header; `address` is empty when the header named somebody without an address."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Part:
    """One attachment; `number` asks the reader for its content."""

    name: str
    type: str
    size: int
    """Bytes, after the transfer encoding is undone."""
    is_inline: bool
    content_id: str | None
    number: int


@dataclass(frozen=True, slots=True)
class Nested:
    """A mail within the mail; it is also the attachment of the same number."""

    number: int
    subject: str
    sender: Address | None
    message_id: str | None
    date: datetime | None


@dataclass(frozen=True, slots=True)
class Recipient:
    """What a report says of one recipient (RFC 3464 section 2.3); what it does not say is empty."""

    address: str
    action: str
    status: str
    diagnostic: str


@dataclass(frozen=True, slots=True)
class Report:
    """A machine's word about an earlier mail."""

    kind: str
    """`dsn` (RFC 3464), `mdn` (RFC 8098), `arf` (RFC 5965), or `bounce`: a bounce in plain words."""
    recipients: tuple[Recipient, ...]
    original_message_id: str | None
    original_envelope_id: str | None
    disposition: str
    """Of an MDN: `displayed`, `deleted`, …; of an ARF report its feedback type."""


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """All that is read in a mail. Texts hold no NUL and no half characters; header texts are one line each."""

    subject: str = ""
    sender: Address | None = None
    senders: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    delivered_to: tuple[str, ...] = ()
    """Addresses that receiving servers noted, nearest first: Delivered-To, X-Original-To, Envelope-To."""
    message_id: str | None = None
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    date: datetime | None = None
    """As its sender wrote it, with his offset (UTC when he gave none)."""
    text: str = ""
    html: str | None = None
    attachments: tuple[Part, ...] = ()
    nested: tuple[Nested, ...] = ()
    auto_submitted: str = ""
    """Lower case, without parameters: `auto-replied` (RFC 3834 section 5); empty when absent."""
    precedence: str = ""
    list_id: str = ""
    x_auto_response_suppress: str = ""
    return_path: str | None = None
    """The bare address; empty for `<>`; None when no server noted it."""
    content_language: str = ""
    authentication_results: tuple[str, ...] = ()
    received: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()
    """Further signs of a machine: lower-case names of the headers, and `subject` for a subject that sounds like one."""
    report: Report | None = None
    problems: tuple[str, ...] = ()
    """Codes of what was not as it should be, in the order met, each once."""

    def as_json(self) -> dict[str, Any]:
        """Return plain values for `json.dumps`."""
        values = asdict(self)
        values["date"] = _instant(self.date)
        for nested, plain in zip(self.nested, values["nested"], strict=True):
            plain["date"] = _instant(nested.date)
        return values

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """Take back what `as_json` gave. Raises `KeyError`, `TypeError` or `ValueError` for anything else."""
        made: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in values.items()
        }
        for field in ("senders", "reply_to", "to", "cc"):
            made[field] = tuple(Address(**one) for one in values[field])
        made["sender"] = _address(values["sender"])
        made["attachments"] = tuple(Part(**one) for one in values["attachments"])
        made["nested"] = tuple(_nested(one) for one in values["nested"])
        made["date"] = _parse_instant(values["date"])
        made["report"] = _report(values["report"])
        return cls(**made)


def _instant(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _parse_instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _address(values: dict[str, str] | None) -> Address | None:
    return Address(**values) if values else None


def _nested(values: dict[str, Any]) -> Nested:
    return Nested(**{**values, "sender": _address(values["sender"]), "date": _parse_instant(values["date"])})


def _report(values: dict[str, Any] | None) -> Report | None:
    if values is None:
        return None
    return Report(**{**values, "recipients": tuple(Recipient(**one) for one in values["recipients"])})
