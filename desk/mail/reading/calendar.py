"""An invitation in words, for a mail that holds nothing else (RFC 5545)."""

import re

FOLD = re.compile(r"\r?\n[ \t]")
LINE = re.compile(r"(?im)^(SUMMARY|DTSTART|DTEND|LOCATION|ORGANIZER|DESCRIPTION)(?:;[^:\r\n]*)?:([^\r\n]*)")
STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?$")
ESCAPES = {"\\n": "\n", "\\N": "\n", "\\,": ",", "\\;": ";", "\\\\": "\\"}


def summarise(text: str) -> str:
    """Return the event's title, times, place, organiser and description, a line each; empty when it has none."""
    event = FOLD.sub("", text[text.upper().find("BEGIN:VEVENT") :] if "BEGIN:VEVENT" in text.upper() else text)
    found: dict[str, str] = {}
    for line in LINE.finditer(event[:200_000]):
        found.setdefault(line[1].upper(), _plain(line[2]))
    times = " – ".join(_time(found[name]) for name in ("DTSTART", "DTEND") if name in found)
    lines = (found.get("SUMMARY", ""), times, found.get("LOCATION", ""), found.get("ORGANIZER", ""))
    return "\n".join(
        [line for line in lines if line] + ([f"\n{found['DESCRIPTION']}"] if found.get("DESCRIPTION") else [])
    )


def _plain(value: str) -> str:
    return (
        re.sub(r"\\[nN,;\\]", lambda escape: ESCAPES[escape[0]], value)
        .removeprefix("mailto:")
        .removeprefix("MAILTO:")
        .strip()
    )


def _time(value: str) -> str:
    found = STAMP.match(value)
    if found is None:
        return value
    day = f"{found[1]}-{found[2]}-{found[3]}"
    return f"{day} {found[4]}:{found[5]}{' UTC' if found[6] else ''}" if found[4] else day
