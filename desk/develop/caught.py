"""The mails that the catcher took, as files: one `.eml` with the exact bytes, one `.json` with its envelope."""

import json
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from pathlib import Path
from urllib.parse import urlsplit

from desk import clock

ID_PATTERN = re.compile(r"[0-9]{8}T[0-9]{12}-[0-9a-f]{8}")
LINK_PATTERN = re.compile(r"https?://[^\s<>\"'、。）」]+")
UNREADABLE = (LookupError, ValueError, AttributeError, TypeError, MessageError)
"""What the email package raises on malformed mail instead of a defect."""

LOCAL_HOSTS = {"127.0.0.1", "localhost"}


@dataclass(frozen=True, slots=True)
class Summary:
    """One mail in the list; `sender` and `recipients` are those of the envelope."""

    id: str
    sender: str
    recipients: list[str]
    subject: str
    received_at: datetime
    size: int


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text, with an address when it may be followed."""

    text: str
    href: str | None


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail as it is shown."""

    summary: Summary
    headers: list[tuple[str, str]]
    text: str
    attachments: list[str]


class Caught:
    """The folder of caught mails."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; it is made when the first mail arrives."""
        self.folder = folder

    def keep(self, sender: str, recipients: list[str], content: bytes) -> str:
        """Store one mail; return its id. It is listed only when both files are whole."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        now = clock.now()
        mail_id = f"{now:%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}"
        envelope = {"from": sender, "to": recipients, "received_at": now.isoformat()}
        self._write(f"{mail_id}.json", json.dumps(envelope, ensure_ascii=False).encode())
        self._write(f"{mail_id}.eml", content)
        return mail_id

    def list_mails(self, limit: int = 200) -> list[Summary]:
        """List the newest mails first, at most `limit`."""
        ids = sorted((path.stem for path in self.folder.glob("*.eml")), reverse=True)
        return [self._summary(mail_id) for mail_id in ids[:limit]]

    def find_letter(self, mail_id: str) -> Letter | None:
        """Return one mail decoded, or None when there is none of that id."""
        raw = self.find_bytes(mail_id)
        if raw is None:
            return None
        message = message_from_bytes(raw, policy=policy.default)
        headers = [(name, _decode(value)) for name, value in message.raw_items()]
        return Letter(self._summary(mail_id), headers, _read_text(message), _list_attachments(message))

    def find_bytes(self, mail_id: str) -> bytes | None:
        """Return one mail as it came over the wire, or None."""
        path = self.folder / f"{mail_id}.eml"
        return path.read_bytes() if ID_PATTERN.fullmatch(mail_id) and path.is_file() else None

    def _summary(self, mail_id: str) -> Summary:
        envelope = json.loads((self.folder / f"{mail_id}.json").read_text(encoding="utf-8"))
        path = self.folder / f"{mail_id}.eml"
        with path.open("rb") as file:
            headers = list(BytesHeaderParser(policy=policy.default).parse(file).raw_items())
        received_at = datetime.fromisoformat(envelope["received_at"])
        subject = next((_decode(value) for name, value in headers if name.lower() == "subject"), "")
        return Summary(mail_id, envelope["from"], envelope["to"], subject, received_at, path.stat().st_size)

    def _write(self, name: str, content: bytes) -> None:
        draft = self.folder / f".{name}.part"
        draft.write_bytes(content)
        draft.replace(self.folder / name)


def split_links(text: str) -> Iterator[Piece]:
    """Cut a text at its web addresses; only those of this machine get an `href`."""
    position = 0
    for match in LINK_PATTERN.finditer(text):
        yield Piece(text[position : match.start()], None)
        yield Piece(match[0], match[0] if _is_local(match[0]) else None)
        position = match.end()
    yield Piece(text[position:], None)


def _is_local(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme == "http" and parts.hostname in LOCAL_HOSTS and parts.username is None


def _decode(raw: str) -> str:
    """Return a header in one readable line; the library's own parser fails on some malformed addresses."""
    text = raw.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    try:
        text = str(make_header(decode_header(text)))
    except UNREADABLE:
        return " ".join(text.split())
    return " ".join(text.split())


def _read_text(message: EmailMessage) -> str:
    try:
        body = message.get_body(("plain", "html"))
        return "" if body is None else str(body.get_content())
    except UNREADABLE:
        return bytes(message).partition(b"\n\n")[2].decode("utf-8", "replace")


def _list_attachments(message: EmailMessage) -> list[str]:
    try:
        return [part.get_filename() or part.get_content_type() for part in message.iter_attachments()]
    except UNREADABLE:
        return []
