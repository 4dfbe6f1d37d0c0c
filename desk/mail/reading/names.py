"""Names of attachments: without path, controls and invisible characters, and never empty."""

import mimetypes
import re
import unicodedata

LONGEST = 200
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"})
ENDINGS = {
    "text/plain": ".txt",
    "text/html": ".html",
    "text/calendar": ".ics",
    "text/rfc822-headers": ".txt",
    "message/rfc822": ".eml",
    "message/global": ".eml",
    "message/partial": ".eml",
    "message/delivery-status": ".txt",
    "message/disposition-notification": ".txt",
    "message/feedback-report": ".txt",
    "image/jpeg": ".jpg",
    "image/jpg": ".jpg",
    "image/pjpeg": ".jpg",
    "image/tiff": ".tif",
    "application/pgp-signature": ".asc",
    "application/pgp-encrypted": ".asc",
    "application/pgp-keys": ".asc",
    "application/pkcs7-signature": ".p7s",
    "application/x-pkcs7-signature": ".p7s",
    "application/pkcs7-mime": ".p7m",
    "application/x-pkcs7-mime": ".p7m",
    "application/ms-tnef": ".dat",
    "application/octet-stream": ".bin",
    "audio/mpeg": ".mp3",
}
"""Fixed here, because the tables of `mimetypes` differ between machines."""


_TYPES = mimetypes.MimeTypes(filenames=())
"""Python's own table alone: the machine's would be read from a file when first asked, which the child cannot."""


def clean_name(name: str) -> str:
    """Return the name as a person should see it, or an empty text when nothing is left."""
    plain = "".join(char for char in name if char == "\t" or unicodedata.category(char) not in UNSEEN)
    plain = re.split(r"[\\/]", plain.replace("\t", " "))[-1].strip()
    return _shorten(plain) if plain.strip(". ") else ""


def subject_name(subject: str) -> str:
    """Return the file name of a mail within the mail: its subject with `.eml`; empty when it has none."""
    plain = clean_name(re.sub(r"[\\/]", "_", subject))
    return f"{plain[: LONGEST - 4].rstrip()}.eml" if plain else ""


def invented_name(number: int, media_type: str) -> str:
    """Return a name for a part that has none: `attachment-1.pdf`."""
    ending = ENDINGS.get(media_type) or _ending(media_type)
    return f"attachment-{number}{ending}"


def _ending(media_type: str) -> str:
    return _TYPES.guess_extension(media_type, strict=False) or ".bin"


def _shorten(name: str) -> str:
    if len(name) <= LONGEST:
        return name
    stem, dot, ending = name.rpartition(".")
    if dot and len(ending) <= 20:
        return f"{stem[: LONGEST - len(ending) - 1]}.{ending}"
    return name[:LONGEST]
