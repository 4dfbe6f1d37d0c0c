"""A letter's text as the plainest HTML: its paragraphs, its addresses of pages as links, and nothing from anywhere else."""

import re
from html import escape

PAGE = re.compile(r"https?://[!-;=?-~]+")
"""The address of a page: visible ASCII without brackets or quotation marks that end it."""
STYLE = "font-family:sans-serif;font-size:16px;line-height:1.7;max-width:40em;margin:1em;overflow-wrap:anywhere"
TRAILING = ".,;:!?)]'\""


def as_html(text: str, language: str) -> str:
    """Return a whole HTML page of one text, whose lines were not wrapped: the reader's window does that."""
    paragraphs = (part for part in re.split(r"\n{2,}", text.strip("\n")) if part.strip())
    inner = "\n".join("<p>" + "<br>\n".join(map(_line, part.split("\n"))) + "</p>" for part in paragraphs)
    head = f'<!doctype html>\n<html lang="{escape(language)}">\n<head><meta charset="utf-8"></head>\n'
    return f'{head}<body style="{STYLE}">\n{inner}\n</body>\n</html>\n'


def _line(line: str) -> str:
    bare = line.lstrip(" ")
    shown, after = ["&nbsp;" * (len(line) - len(bare))], 0
    for found in PAGE.finditer(bare):
        address = found[0].rstrip(TRAILING)
        shown += [escape(bare[after : found.start()]), f'<a href="{escape(address)}">{escape(address)}</a>']
        after = found.start() + len(address)
    return "".join((*shown, escape(bare[after:])))
