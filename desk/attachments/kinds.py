"""Which files the desk takes: by their content, with the ending that belongs to it. Pure."""

import filetype

ALLOWED: dict[str, tuple[str, ...]] = {
    "application/pdf": ("pdf",),
    "image/jpeg": ("jpg", "jpeg"),
    "image/png": ("png",),
    "image/gif": ("gif",),
    "image/webp": ("webp",),
    "image/heic": ("heic", "heif"),
    "image/tiff": ("tif", "tiff"),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ("docx",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ("xlsx",),
    "application/zip": ("zip",),
    "text/plain": ("txt", "csv", "log"),
    "message/rfc822": ("eml",),
}
"""Media type as the content shows it, and the endings that go with it."""

ENDINGS = tuple(ending for endings in ALLOWED.values() for ending in endings)
SNIFF_BYTES = 8192


class NotAllowed(Exception):
    """The file's content or its ending is not one that the desk takes."""


def sniff(head: bytes, name: str) -> str:
    """Return the media type that the first 8 KiB of a file show. Raises `NotAllowed`.

    The ending must belong to the type found, so that a page never comes dressed as a picture.
    """
    ending = name.rpartition(".")[2].lower()
    found = filetype.guess_mime(head)
    if found is None and _is_text(head) and not _looks_like_markup(head):
        found = "message/rfc822" if ending == "eml" else "text/plain"
    if found == "application/zip" and ending in {"docx", "xlsx"}:
        found = next(kind for kind, endings in ALLOWED.items() if ending in endings)
    if found not in ALLOWED or ending not in ALLOWED[found]:
        raise NotAllowed(ending)
    return str(found)


def sniffed(head: bytes, name: str) -> str:
    """Return the media type of a file that came by mail, whatever it is: one that the desk would not take is plain bytes."""
    try:
        return sniff(head, name)
    except NotAllowed:
        return "application/octet-stream"


def _is_text(head: bytes) -> bool:
    if b"\0" in head:
        return False
    for encoding in ("utf-8", "cp932", "iso2022_jp", "euc_jp"):
        for cut in range(4):  # the head may end inside a character
            try:
                head[: len(head) - cut].decode(encoding)
            except UnicodeDecodeError:
                continue
            return True
    return False


def _looks_like_markup(head: bytes) -> bool:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<", b"%!ps", b"#!")) or b"<script" in head.lower()
