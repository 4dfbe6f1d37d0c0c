"""How much a mail looks like unwanted advertising, in points of plain rules. Nothing is dropped for them. Pure."""

import re

from desk.mail.reading.parsed import ParsedMail
from desk.mail.routing import Verdict
from desk.tickets.suggesting import unwanted_points

ADDRESS = re.compile(r"https?://", re.IGNORECASE)
MANY_ADDRESSES = 6
RISKY = (".exe", ".scr", ".js", ".vbs", ".bat", ".cmd", ".lnk", ".iso", ".jar", ".hta", ".ps1")
MOST = 99


def points_of(read: ParsedMail, verdict: Verdict | None) -> int:
    """Return a mail's points, 0 to 99."""
    text = f"{read.subject}\n{read.text}"
    signs = {
        3: verdict is Verdict.FAIL,
        2: len(ADDRESS.findall(text)) >= MANY_ADDRESSES,
        4: any((part.name or "").lower().endswith(RISKY) for part in read.attachments),
        1: not read.message_id or read.date is None,
    }
    return min(MOST, unwanted_points(text) + sum(points for points, is_there in signs.items() if is_there))
