"""Signing what leaves with the domain's DKIM key, when one is configured (RFC 6376, RFC 8463)."""

from desk.config_outgoing import Dkim

HEADERS = (
    b"from", b"to", b"subject", b"date", b"message-id", b"reply-to", b"in-reply-to", b"references", b"mime-version",
    b"content-type", b"content-transfer-encoding", b"auto-submitted",
)  # fmt: skip
"""What is signed; From twice, so that no second one can be put above it."""


def sign(key: Dkim, mime: bytes) -> bytes:
    """Return the DKIM-Signature header of a mail, ended by CRLF."""
    import dkim  # loaded where a key is configured only

    present = {line.split(b":", 1)[0].lower() for line in mime.split(b"\r\n\r\n", 1)[0].split(b"\r\n")}
    chosen = [name for name in HEADERS if name in present] + [b"from"]
    algorithm = b"ed25519-sha256" if key.is_ed25519 else b"rsa-sha256"
    made: bytes = dkim.sign(
        mime,
        key.selector.encode("ascii"),
        key.domain.encode("ascii"),
        key.private_key.encode("ascii"),
        include_headers=chosen,
        canonicalize=(b"relaxed", b"relaxed"),
        signature_algorithm=algorithm,
    )
    return made
