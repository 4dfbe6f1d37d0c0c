"""One mailbox out of its pieces: the bare address, and the name beside it."""

import re
from dataclasses import dataclass, field

from desk.mail.reading.parsed import Address
from desk.mail.reading.words import decode_words

QUOTE = r"\"(?:[^\"\\]|\\.)*+\""
ALONE = re.compile(rf"(?:mailto:)?((?:[^\s@\"<>]++|{QUOTE})@(?:\[[^\[\]\s]*+\]|[^\s@\"<>\[\]]++))")
AT = re.compile(r"(?<!\s)\s*+@\s*+")
LOOSE = re.compile(r"(?<!\s)\s*+([.@])\s*+")
WORD = re.compile(r"=\?[^?\s]{1,60}\?[bBqQ]\?[^?]{0,2000}\?=")
BARE = re.compile(r"[^\s<>\"(),;:]{1,256}@[^\s<>\"(),;]{1,256}")
QUOTED = re.compile(rf"{QUOTE}@[^\s<>\"(),;]{{1,256}}")
HIDDEN = re.compile(r"<([^<>\s]{1,256}@[^<>\s]{1,256})>")
LOCAL = re.compile(QUOTE)
PIECES = re.compile(rf"{QUOTE}|[^\"]++|\"")
COMMENT = re.compile(r"\([^()]*+\)")
LONGEST = 512
SPACES = re.compile(r"\s+")
EDGES = " \t'\"“”"


@dataclass(slots=True)
class Pieces:
    """What stands between two commas."""

    phrase: list[str] = field(default_factory=list)
    """Words and quoted strings outside angles, the spaces between them too."""
    comments: list[str] = field(default_factory=list)
    angles: list[str] = field(default_factory=list)

    def is_empty(self) -> bool:
        """Tell whether nothing was written."""
        return not (self.angles or self.comments or "".join(self.phrase).strip())


def finish(pieces: Pieces) -> Address | None:
    """Return the mailbox; with a name only when no address is in it, None when there is neither."""
    phrase, comment = "".join(pieces.phrase).strip(), clean(" ".join(pieces.comments))
    address = next((bare for angle in pieces.angles if (bare := bare_address(angle))), "")
    if address:
        return Address(clean(phrase) or comment, address)
    found = _without_angle(phrase) if "@" in phrase and not pieces.angles else None
    found = found or (_within_word(decode_words(phrase)) if "=?" in phrase else None)
    if found:
        return Address(found.name or comment, found.address)
    name = clean(phrase) or comment or clean(" ".join(pieces.angles))
    return Address(name, "") if name else None


def _without_angle(phrase: str) -> Address | None:
    """Find an address that stands alone, with RFC 822's spaces, or among other words."""
    if "=?" not in phrase and (found := ALONE.fullmatch(_tightened(phrase))) and (address := bare_address(found[1])):
        return Address("", address)
    phrase = AT.sub("@", phrase)
    plain = WORD.sub(" ", phrase) if "=?" in phrase else phrase  # what a word hides is a name, never an address
    found = QUOTED.search(plain) or BARE.search(plain)
    if found and (address := bare_address(found[0])):
        return Address(clean(phrase.replace(found[0], " ", 1)), address)
    return None


def _within_word(text: str) -> Address | None:
    """Find name and angle in what one encoded word held; without an angle it stays a name."""
    found = HIDDEN.search(text)
    if found and (address := bare_address(found[1])):
        return Address(clean(text.replace(found[0], " ", 1)), address)
    return None


def _tightened(text: str) -> str:
    """Return the text without the spaces that RFC 822 let stand around dots and the sign, outside quotes."""
    return "".join(piece if piece.startswith('"') else LOOSE.sub(r"\1", piece) for piece in PIECES.findall(text))


def _without_spaces(text: str) -> str:
    """Return an address without any spaces outside quotes."""
    return "".join(piece if piece.startswith('"') else SPACES.sub("", piece) for piece in PIECES.findall(text))


def bare_address(text: str) -> str:
    """Return the address without route, comments, spaces and what else does not belong; empty when it is none.

    More than one `@` outside quotes is none: programs disagree on who that would be.
    """
    plain = decode_words(COMMENT.sub("", text)).strip()
    plain = re.sub(r"(?i)^mailto:", "", plain)
    if plain.startswith("@") and ":" in plain:  # a source route: `@relay,@relay:user@host`
        plain = plain.rpartition(":")[2].strip()
    if not plain.startswith('"'):
        plain = plain.strip('"')
    plain = _without_spaces(plain).strip("<>',;:").rstrip(".")
    local, _, domain = plain.rpartition("@")
    is_one = local and domain and ("@" not in local or LOCAL.fullmatch(local))
    return plain if is_one and len(plain) <= LONGEST else ""


def clean(text: str) -> str:
    """Return a display name: decoded, its white space single, quotes around the whole removed."""
    plain = SPACES.sub(" ", decode_words(text)).strip().strip(EDGES).strip()
    return plain.removesuffix(",").strip()
