"""Outlook's winmail.dat (MS-OXTNEF): the files and the text within, under limits."""

import logging
import struct
from dataclasses import dataclass
from typing import Any

from desk.mail.reading.charsets import decode

SIGNATURE = b"\x78\x9f\x3e\x22"
MOST_OBJECTS = 2_000
MOST_BYTES = 64 * 1024 * 1024
LONG_NAME, DISPLAY_NAME = 0x3707, 0x3001


@dataclass(frozen=True, slots=True)
class Tnef:
    """What a winmail.dat holds."""

    text: str
    html: str
    files: tuple[tuple[str, bytes], ...]


def is_tnef(content: bytes) -> bool:
    """Tell whether the bytes begin as TNEF does."""
    return content.startswith(SIGNATURE)


def read_tnef(content: bytes) -> Tnef | None:
    """Return what is within, None when it is damaged or too large."""
    if not is_tnef(content) or not _is_bounded(content):
        return None
    logging.getLogger("tnefparse").setLevel(logging.CRITICAL + 1)  # it would print what a stranger wrote
    try:
        from tnefparse.tnef import TNEF

        found = TNEF(content, do_checksum=False)
        files = tuple((_file_name(one), bytes(one.data or b"")) for one in found.attachments)
        return Tnef(_text(found.body, found.codepage), _text(found.htmlbody, found.codepage), files)
    except Exception:  # noqa: BLE001 - an old library, which raises anything; the file itself stays listed
        return None


def _is_bounded(content: bytes) -> bool:
    """Walk the objects' lengths: the library copies the rest of the file for each, and embedded files are files."""
    at, count = 6, 0
    while at + 11 <= len(content) and count <= MOST_OBJECTS:
        (length,) = struct.unpack_from("<I", content, at + 5)
        at += length + 11
        count += 1
    return count <= MOST_OBJECTS and count * len(content) <= MOST_BYTES * 100


def _file_name(file: Any) -> str:
    for code in (LONG_NAME, DISPLAY_NAME):
        names = [attribute.data for attribute in file.mapi_attrs if attribute.name == code]
        if names and names[0]:
            return _text(names[0], None).strip("\x00")
    return _text(file._name, file.codepage).strip("\x00")  # noqa: SLF001 - its own property knows only UTF-8


def _text(value: Any, codepage: str | None) -> str:
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, bytes):
        return decode(value.rstrip(b"\x00"), codepage).text
    return str(value or "")
