"""One line of a policy, as it was read: heading, item or text."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a line is."""

    HEADING = "heading"
    ITEM = "item"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a policy."""

    kind: Kind
    depth: int
    """Of a heading its level, 1 to 6; of all others how many lists it stands in."""
    text: str
    mark: str = ""
    """Of an item the number that a reader sees, or `・`."""
    is_bold: bool = False
