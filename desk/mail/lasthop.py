"""How the last hop to our own mail server was kept from others, as that server itself wrote on top of the mail."""

import re

HEAD_BYTES = 16 * 1024
"""How much of a mail is looked at; the newest Received stands at the top."""
MOST_HOPS = 4
RECEIVED = re.compile(rb"(?im)^received:((?:[^\r\n]|\r?\n[ \t]){0,2000})")
INSIDE = re.compile(
    rb"(?i)\A\s*from\s+(?:localhost\b|\S{0,255}\s*\(?[^()]{0,255}\[(?:127\.|::1\]|ipv6:::1\]))"
    rb"|\bwith\s+(?:utf8)?lmtp"
)
"""A hop within the server: from its queue into the mailbox, or through a filter on the same machine."""
VERSION = re.compile(rb"(?i)\btls_?v?1[._]([0-3])\b")
ENCRYPTED = re.compile(rb"(?i)\bwith\s+(?:utf8)?e?smtps")
BARE = re.compile(rb"(?i)\bwith\s+(?:utf8)?e?smtp")


def last_hop_tls(head: bytes) -> str | None:
    """Return `TLSv1.3`, `TLS` without a version, `none`, or None when the server did not say.

    `head` is the beginning of the mail. Hops within the receiving server are passed over; what a sender writes stands
    below them.
    """
    top = re.split(rb"\r?\n\r?\n", head[:HEAD_BYTES], maxsplit=1)[0]
    for number, found in enumerate(RECEIVED.finditer(top)):
        if number == MOST_HOPS:
            break
        hop = found[1]
        if INSIDE.search(hop):
            continue
        if version := VERSION.search(hop):
            return f"TLSv1.{version[1].decode()}"
        if ENCRYPTED.search(hop):
            return "TLS"
        return "none" if BARE.search(hop) else None
    return None
