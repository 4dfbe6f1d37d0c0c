"""File names from strangers: made harmless first, judged after. Pure."""

import re
import unicodedata

from desk.tickets.hidden import BLANKS

LONGEST = 120
RESERVED = re.compile(r"(?i)^(con|prn|aux|nul|com\d|lpt\d)(\.|$)")

UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn"}
"""Unicode's categories of controls, format characters, half characters and numbers without a character."""


def clean_name(name: str) -> str:
    """Return a file's name without folders, control and invisible characters; at most 120 characters, never empty.

    Invisible characters go before the ending is looked at: `a.pdf\\u200b.html` is an `.html`.
    """
    plain = unicodedata.normalize("NFC", name)
    plain = "".join(char for char in plain if unicodedata.category(char) not in UNSEEN and char not in BLANKS)
    plain = re.split(r"[\\/]", plain)[-1].strip(" .")
    plain = re.sub(r'[<>:"|?*\r\n]', "_", plain)
    if RESERVED.match(plain):
        plain = f"_{plain}"
    stem, dot, ending = plain.rpartition(".")
    if dot and len(plain) > LONGEST:
        plain = f"{stem[: LONGEST - len(ending) - 1]}.{ending[:20]}"
    return plain[:LONGEST] or "file"
