"""Parameters of Content-Type and Content-Disposition: RFC 2231, RFC 2047 in quotes, raw bytes, and no rule at all."""

import re
from urllib.parse import unquote_to_bytes

from desk.mail.reading.charsets import decode
from desk.mail.reading.words import decode_words

NAME = re.compile(r"[\s;]*([^\s=;\"]{1,100})\s*=\s*")
SECTION = re.compile(r"^(.+?)(?:\*(\d{1,3}))?(\*)?$")
MOST = 200
PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")


def split_value(text: str) -> tuple[str, dict[str, str]]:
    """Return the lower-case first token and the parameters, decoded; the first of two with one name wins."""
    head, semicolon, rest = text.partition(";")
    token = re.sub(r"\([^()]*\)", "", head).strip().strip("\"'").lower()
    if not semicolon and "=" in head:  # `Content-Type: text/plain charset=utf-8`
        token, _, rest = head.strip().partition(" ")
        token = token.strip("\"'").lower()
    return token, join_sections(_pairs(rest))


def _pairs(text: str) -> list[tuple[str, str, bool]]:
    """Return (name, value, was quoted); what is no pair is skipped."""
    pairs: list[tuple[str, str, bool]] = []
    at = 0
    while at < len(text) and len(pairs) < MOST:
        found = NAME.match(text, at)
        if found is None:
            skipped = text.find(";", at)
            at = skipped + 1 if skipped >= 0 else len(text)
            continue
        value, at, is_quoted = _value(text, found.end())
        pairs.append((found[1].lower(), value, is_quoted))
    return pairs


def _value(text: str, at: int) -> tuple[str, int, bool]:
    if text[at : at + 1] == '"':
        value, end = _quoted(text, at + 1)
        return value, end, True
    if text[at : at + 2] == "=?":  # an encoded word may hold a semicolon only by mistake
        end = text.find("?=", text.find("?", text.find("?", at + 2) + 1) + 1)
        semicolon = text.find(";", end if end >= 0 else at)
    else:
        semicolon = text.find(";", at)
    end = semicolon if semicolon >= 0 else len(text)
    value = text[at:end]
    following = re.search(r"\s+[A-Za-z*0-9-]{2,40}=(?!\?|=)", value)  # a forgotten semicolon
    if following and not value.startswith("=?"):
        value, end = value[: following.start()], at + following.start()
    value = value.strip()
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] == "'" else value, end, False


def _quoted(text: str, at: int) -> tuple[str, int]:
    """Read up to the closing quote; a backslash hides only a quote or a backslash, for it also stands in paths."""
    out: list[str] = []
    while at < len(text):
        char = text[at]
        if char == "\\" and text[at + 1 : at + 2] in ('"', "\\"):
            out.append(text[at + 1])
            at += 2
        elif char == '"':
            return "".join(out), at + 1
        else:
            stop = _next_special(text, at + 1)
            out.append(text[at:stop])
            at = stop
    return "".join(out), at


def _next_special(text: str, at: int) -> int:
    found = SPECIAL.search(text, at)
    return found.start() if found else len(text)


SPECIAL = re.compile(r'["\\]')


def join_sections(pairs: list[tuple[str, str, bool]]) -> dict[str, str]:
    """Put continuations together and decode; an extended value wins over a plain one (RFC 2231, RFC 6266)."""
    plain: dict[str, str] = {}
    parts: dict[str, dict[int, tuple[str, bool]]] = {}
    for name, value, _ in pairs:
        found = SECTION.match(name)
        if found is None or not (found[2] or found[3]):
            plain.setdefault(name, _plain_value(value))
            continue
        parts.setdefault(found[1], {}).setdefault(int(found[2] or 0), (value, found[3] is not None))
    extended = {name: _extended_value(sections) for name, sections in parts.items()}
    return {**plain, **{name: value for name, value in extended.items() if value}}


def _plain_value(value: str) -> str:
    text = decode_words(value)
    if PERCENT.search(text) and not re.search(r"%(?![0-9A-Fa-f]{2})", text):
        raw = unquote_to_bytes(text)
        if not raw.isascii() and _is_utf8(raw):  # browsers' habit; a real name hardly looks so
            return raw.decode()
    return text


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _extended_value(sections: dict[int, tuple[str, bool]]) -> str:
    ordered = [sections[number] for number in sorted(sections)]
    if not any(is_encoded for _, is_encoded in ordered):
        return decode_words("".join(value for value, _ in ordered))
    charset = ""
    first, is_encoded = ordered[0]
    if is_encoded and first.count("'") >= 2:
        charset, _, first = first.split("'", 2)
        ordered[0] = (first, True)
    # A literal section's percent signs are no escapes; escapes cut in two by coded sections are whole again.
    written = "".join(value if coded else value.replace("%", "%25") for value, coded in ordered)
    return decode_words(decode(unquote_to_bytes(written), charset or None).text)
