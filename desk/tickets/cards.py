"""Card numbers in what people write: cut to the last four digits before anything is kept. Pure."""

import re
import unicodedata

from stdnum import luhn

DIGIT = r"[0-9０-９]"
CANDIDATE = re.compile(rf"(?<!{DIGIT}){DIGIT}(?:[ 　\-‐‑–—−ー－]?{DIGIT}){{12,18}}(?!{DIGIT})")
MASK = "●"


def cut_cards(text: str) -> str:
    """Replace every card number (13 to 19 digits that pass Luhn's test, full width too) by its last four digits."""
    return CANDIDATE.sub(_cut, text)


def _cut(match: re.Match[str]) -> str:
    digits = "".join(char for char in unicodedata.normalize("NFKC", match[0]) if char.isdigit())
    if not luhn.is_valid(digits) or len(set(digits)) == 1:
        return match[0]
    return MASK * (len(digits) - 4) + digits[-4:]
