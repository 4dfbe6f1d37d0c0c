"""Uuencoded files: as a transfer encoding and in the middle of a text."""

import binascii
import re

BEGIN = re.compile(rb"^begin(-base64)? [0-7]{3,4} ([^\r\n]{1,500}?)[ \t]*\r?$", re.MULTILINE)
END = re.compile(rb"^(?:end|====)[ \t]*\r?$", re.MULTILINE)
MOST = 200


def decode_uu(body: bytes) -> bytes | None:
    """Return the first uuencoded file in the body, None when there is none. Damaged lines give what they hold."""
    found = BEGIN.search(body)
    if found is None:
        return None
    end = END.search(body, found.end())
    return _content(body[found.end() : end.start() if end else len(body)], found[1] is not None)


def split_text(body: bytes) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """Return the text without its uuencoded files, and the files as (raw name, content).

    A block is a file only if it is complete and each of its lines has the length that its first sign says.
    """
    if b"begin" not in body:
        return body, []
    kept: list[bytes] = []
    files: list[tuple[bytes, bytes]] = []
    at = 0
    while len(files) < MOST and (found := BEGIN.search(body, at)) is not None:
        end = END.search(body, found.end())
        if end is None:
            break
        block = body[found.end() : end.start()]
        if found[1] is None and not _is_sound(block):
            kept.append(body[at : found.end()])
            at = found.end()
            continue
        kept.append(body[at : found.start()])
        files.append((found[2], _content(block, found[1] is not None)))
        at = end.end()
    return b"".join([*kept, body[at:]]), files


def _is_sound(block: bytes) -> bool:
    lines = [line for line in block.replace(b"\r", b"").split(b"\n") if line]
    return bool(lines) and all(_fits(line) for line in lines)


def _fits(line: bytes) -> bool:
    """Tell whether a line's length is right; relays strip spaces at its end, some programs add a sum."""
    wanted = 1 + ((line[0] - 32) & 63) * 4 // 3
    return min(line) >= 32 and max(line) <= 96 and (len(line.rstrip()) <= wanted + 4) and line[0] != 32


def _content(block: bytes, is_base64: bool) -> bytes:
    if is_base64:
        return binascii.a2b_base64(block)
    return b"".join(_line(line) for line in block.replace(b"\r", b"").split(b"\n") if line)


def _line(line: bytes) -> bytes:
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:  # signs after the count: the usual repair, as Python's own uu module does it
        count = ((line[0] - 32) & 63) * 4 + 5
        try:
            return binascii.a2b_uu(line[: count // 3])
        except binascii.Error:
            return b""
