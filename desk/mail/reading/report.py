"""Reports about earlier mail: delivery status (RFC 3464), read receipts (RFC 8098), complaints (RFC 5965), plain bounces."""

import re
from collections.abc import Iterator

from desk.mail.reading.bare import bare_address
from desk.mail.reading.bounces import read_bounce
from desk.mail.reading.headers import Headers, split_headers
from desk.mail.reading.parsed import Address, Recipient, Report
from desk.mail.reading.tree import MESSAGES, Node

ID = re.compile(r"<[^<>\s]{1,500}>")
MOST = 100
DELIVERY = frozenset({"message/delivery-status", "message/global-delivery-status"})
DISPOSITION = frozenset({"message/disposition-notification", "message/global-disposition-notification"})


def read_report(root: Node, subject: str, text: str, senders: tuple[Address, ...]) -> Report | None:
    """Return what a mail reports, None for an ordinary mail."""
    nodes = list(root.walk_shallow())
    for node in nodes:
        if node.type in DELIVERY:
            return _delivery(node, nodes)
        if node.type in DISPOSITION:
            return _disposition(node, nodes)
        if node.type == "message/feedback-report":
            return _complaint(node, nodes)
    return read_bounce(root, subject, text, senders)


def blocks(raw: bytes) -> Iterator[Headers]:
    """Yield the groups of fields that empty lines part."""
    at = 0
    for _ in range(MOST + 1):
        while at < len(raw) and raw[at] in b"\r\n":
            at += 1
        if at >= len(raw):
            return
        headers, after, _ = split_headers(raw, at, len(raw))
        if headers.fields:
            yield headers
        at = after if after > at else len(raw)


def _delivery(node: Node, nodes: list[Node]) -> Report:
    envelope: str | None = None
    recipients: list[Recipient] = []
    for headers in blocks(node.content()):
        envelope = envelope or typed(headers.get("original-envelope-id")) or None
        if headers.get("final-recipient") or headers.get("original-recipient") or headers.get("action"):
            recipients.append(_recipient(headers))
    return Report("dsn", tuple(recipients), original_id(nodes), envelope, "")


def _recipient(headers: Headers) -> Recipient:
    final = typed(headers.get("final-recipient")) or typed(headers.get("original-recipient"))
    found = re.search(r"\d\.\d{1,3}\.\d{1,3}", headers.get("status"))
    return Recipient(
        address=bare_address(final) or final,
        action=headers.get("action").partition(" ")[0].lower(),
        status=found[0] if found else "",
        diagnostic=typed(headers.get("diagnostic-code"))[:500],
    )


def typed(text: str) -> str:
    """Return the value of a field such as `rfc822; a@example.jp` without its type."""
    kind, semicolon, value = text.partition(";")
    return value.strip() if semicolon and "@" not in kind else text.strip()


def _disposition(node: Node, nodes: list[Node]) -> Report:
    headers = next(blocks(node.content()), Headers())
    recipient = typed(headers.get("final-recipient")) or typed(headers.get("original-recipient"))
    recipients = (Recipient(bare_address(recipient) or recipient, "", "", ""),) if recipient else ()
    found = ID.search(headers.get("original-message-id"))
    disposition = headers.get("disposition").rpartition(";")[2].strip().lower()
    return Report("mdn", recipients, found[0] if found else original_id(nodes), None, disposition)


def _complaint(node: Node, nodes: list[Node]) -> Report:
    headers = next(blocks(node.content()), Headers())
    addresses = [bare_address(field.text) for field in headers.all("original-rcpt-to")[:MOST]]
    recipients = tuple(Recipient(address, "", "", "") for address in addresses if address)
    envelope = headers.get("original-envelope-id") or None
    return Report("arf", recipients, original_id(nodes), envelope, headers.get("feedback-type").lower())


def original_id(nodes: list[Node]) -> str | None:
    """Return the Message-ID of the mail that a report gives back, whole or only its header."""
    for node in nodes:
        if node.type in MESSAGES and node.children:
            headers = node.children[0].headers
        elif node.type in ("text/rfc822-headers", "message/rfc822-headers", "message/global-headers"):
            headers = next(blocks(node.content()), Headers())
        else:
            continue
        found = ID.search(headers.get("message-id"))
        if found:
            return found[0]
    return None
