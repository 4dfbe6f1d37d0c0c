"""Strangers' pictures and PDFs seen as pixels and as nothing else: a page to look at, and a copy with parts covered.

A process of its own opens each file and ends with it. It has an empty environment, no network use, little memory and little
time; what it hands back was drawn anew, so that nothing hidden in the file comes along.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
LONGEST_S = 40
"""An ordinary photograph takes a second; this only ends a process that hangs."""
MOST_PAGES = 10
SHOWN = frozenset({"application/pdf", "image/jpeg", "image/png", "image/gif", "image/webp", "image/heic", "image/tiff"})
"""Types that can be looked at."""
SCALE = 1000
"""Boxes are in thousandths of a page's width and height."""


class NotShown(Exception):
    """The file does not open, or is larger than what is opened."""


@dataclass(frozen=True, slots=True)
class Box:
    """A part of a page in thousandths of its width and height, from the upper left corner."""

    left: int
    top: int
    width: int
    height: int


def count_pages(content: bytes) -> int:
    """Return how many pages a file has; no more than `MOST_PAGES` of them are drawn. Raises `NotShown`."""
    said, _drawn = _ask({"act": "draw", "page": 0, "mark": []}, content)
    return int(said["pages"])


def draw_page(content: bytes, number: int, mark: Sequence[str]) -> bytes:
    """Draw a page (from 0) as a JPEG with the lines of `mark` written across it.

    Raises `NotShown`, also where there is no such page.
    """
    return _ask({"act": "draw", "page": number, "mark": list(mark)}, content)[1]


def cover(content: bytes, number: int, boxes: Sequence[Box]) -> tuple[bytes, str]:
    """Return the file drawn anew with boxes of one page (from 0) in black, and its ending: `jpg`, or `pdf` for several pages.

    Raises `NotShown`; also where some pages would be lost because there are more than `MOST_PAGES`.
    """
    parts = [[box.left, box.top, box.width, box.height] for box in boxes]
    said, made = _ask({"act": "cover", "page": number, "boxes": parts}, content)
    return made, str(said["ending"])


def _ask(wish: dict[str, Any], content: bytes) -> tuple[dict[str, Any], bytes]:
    try:
        done = subprocess.run(
            [sys.executable, "-s", "-m", "desk.attachments.drawing"],
            check=False,
            input=json.dumps(wish).encode() + b"\n" + content,
            capture_output=True,
            timeout=LONGEST_S,
            env={"PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"},
            cwd="/",
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotShown(wish["act"]) from error
    head, _line, made = done.stdout.partition(b"\n")
    if done.returncode != 0 or not made:
        raise NotShown(wish["act"])
    said: dict[str, Any] = json.loads(head)
    return said, made
