"""Files on their way out: always a download, never a page, whatever they claim to be."""

from collections.abc import Iterator
from urllib.parse import quote

from flask import Response

from desk.attachments.files import FileInfo


def sandboxed(content: Iterator[bytes], info: FileInfo) -> Response:
    """Return a file as an attachment that no browser shows or runs (RFC 6266; CSP sandbox)."""
    response = Response(content, content_type="application/octet-stream")
    response.content_length = info.size
    plain = "".join(char if (char.isascii() and char.isalnum()) or char in "._-" else "_" for char in info.name)
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(info.name, safe='')}"
    )
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
