"""Files on their way out: always a download, never a page, whatever they claim to be."""

from collections.abc import Iterator
from urllib.parse import quote

from flask import Response

from desk.attachments.files import FileInfo


def attachment(name: str) -> str:
    """Return the Content-Disposition of a download: a plain name, and the true one encoded (RFC 6266, RFC 8187).

    A header holds Latin letters only: a server drops the whole answer over any other.
    """
    plain = "".join(char if (char.isascii() and char.isalnum()) or char in "._-" else "_" for char in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def sandboxed(content: Iterator[bytes], info: FileInfo) -> Response:
    """Return a file as an attachment that no browser shows or runs (CSP sandbox)."""
    response = download(content, info.name)
    response.content_length = info.size
    return response


def download(content: Iterator[bytes] | bytes, name: str) -> Response:
    """Return bytes as `sandboxed` does a file, such as a paper that the desk has just made."""
    response = Response(content, content_type="application/octet-stream")
    response.headers["Content-Disposition"] = attachment(name)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
