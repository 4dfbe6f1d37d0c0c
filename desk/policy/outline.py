"""Lines as a tree of paragraphs and lists, for whoever shows a policy."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

from desk.policy.lines import Kind, Line


@dataclass(slots=True)
class Block:
    """One line with what stands below it."""

    kind: str
    """`heading`, `text`, `item` (with a bullet) or `number`."""
    text: str
    mark: str = ""
    inside: list["Block"] = field(default_factory=list)

    @property
    def runs(self) -> list[tuple[str, list["Block"]]]:
        """Return what stands below, grouped as `group` does."""
        return group(self.inside)


def outline(lines: Sequence[Line]) -> list[Block]:
    """Return the lines as a tree: an item holds the deeper lines that follow it."""
    top: list[Block] = []
    open_items: list[tuple[int, Block]] = []
    for line in lines:
        is_item = line.kind is Kind.ITEM
        if line.kind is Kind.HEADING:
            open_items = []
        while open_items and (open_items[-1][0] >= line.depth if is_item else open_items[-1][0] > line.depth):
            open_items.pop()
        kind = "number" if is_item and line.mark.isdigit() else str(line.kind)
        block = Block(kind, line.text, line.mark)
        (open_items[-1][1].inside if open_items else top).append(block)
        if is_item:
            open_items.append((line.depth, block))
    return top


def group(blocks: Sequence[Block]) -> list[tuple[str, list[Block]]]:
    """Return blocks in runs of one kind: neighbouring items are one list."""
    return [(kind, list(run)) for kind, run in groupby(blocks, key=lambda block: block.kind)]
