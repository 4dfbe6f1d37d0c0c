"""Every page has its title and one heading, holds no inline code, and speaks English too."""

import io
import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates"
ALL = sorted(path for path in TEMPLATES.rglob("*.html") if path.relative_to(TEMPLATES).parts[0] != "mail")
PAGES = [
    path
    for path in ALL
    if "{% extends" in path.read_text()
    and path.name not in {"base.html", "form_frame.html"}
    and path.parent.name != "layouts"
]
INLINE = re.compile(r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)", re.IGNORECASE)


def name(path: Path) -> str:
    return str(path.relative_to(TEMPLATES))


@pytest.mark.parametrize("path", ALL, ids=name)
def test_it_holds_no_inline_code(path: Path) -> None:
    assert INLINE.findall(path.read_text()) == []


def chain(path: Path) -> str:
    """Return a page with the bases of its door and what it includes, layouts and the frame left out."""
    text = path.read_text()
    linked = re.findall(r"""\{%-?\s*(?:include|extends)\s+["']([^"']+)["']""", text)
    return text + "".join(
        chain(TEMPLATES / other) for other in linked if not other.startswith(("layouts/", "base.html", "components/"))
    )


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_it_has_a_title_and_a_heading(path: Path) -> None:
    text = chain(path)
    assert "{% block title %}" in text
    assert "<h1" in text


def test_it_says_everything_in_english() -> None:
    known: set[str] = set()
    for catalogue in (ROOT / "desk" / "translations").glob("*/en/LC_MESSAGES/messages.po"):
        for message in read_po(io.BytesIO(catalogue.read_bytes())):
            text = message.string if isinstance(message.string, tuple) else (message.string,)
            if message.id and all(text) and not message.fuzzy:
                known.add(message.id[0] if isinstance(message.id, tuple) else message.id)
    keywords = {"_": None, "_l": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
    found: dict[str, str] = {}
    for folder, methods in (
        (ROOT / "desk", [("**.py", "python")]),
        (TEMPLATES, [("**.html", "jinja2.ext:babel_extract")]),
    ):
        for file, _line, message, _comments, _context in extract_from_dir(str(folder), methods, keywords=keywords):
            found.setdefault(message[0] if isinstance(message, tuple) else message, file)
    assert {text: file for text, file in found.items() if text not in known} == {}
