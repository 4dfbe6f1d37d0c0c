"""Japanese for people stands where it can be translated, and every English text is one."""

import ast
import io
import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
JAPANESE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
CATALOGUES = sorted((ROOT / "desk" / "translations").glob("*/en/LC_MESSAGES/messages.po"))
UNTRANSLATED = {"mail", "develop"}
"""Letters have a file for each language; the mail catcher is for developers."""
PAGES = sorted(
    path for path in (ROOT / "templates").rglob("*.html") if not UNTRANSLATED & set(path.relative_to(ROOT).parts)
)
DATES = {"月火水木金土日", "年", "月", "日（", "日", "（", "）", "・"}
"""Parts of a Japanese date or list, which their functions write only for a reader of Japanese."""
OWN_NAME = {"日本語", "ふりがな"}
"""What is called by its Japanese name in every language."""
MARKED = {"_", "_l", "_n", "gettext", "lazy_gettext", "ngettext", "lazy_ngettext"}


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", CATALOGUES, ids=name)
def test_every_english_text_is_english(path: Path) -> None:
    wrong = []
    for message in read_po(io.BytesIO(path.read_bytes())):
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        texts = message.string if isinstance(message.string, tuple) else (message.string,)
        if message.id and JAPANESE.search(ids[0]) and (message.fuzzy or not all(texts) or set(texts) & set(ids)):
            wrong.append(ids[0])
    assert wrong == []


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_a_page_says_nothing_that_cannot_be_translated(path: Path) -> None:
    text = re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.DOTALL)
    text = re.sub(r"""\b_\(\s*(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""", "", text)
    text = re.sub(r"""\bngettext\(\s*('[^']*'|"[^"]*")\s*,\s*('[^']*'|"[^"]*")""", "", text)
    assert [line.strip() for line in text.splitlines() if JAPANESE.search(line)] == []


@pytest.mark.parametrize("path", sorted((ROOT / "desk" / "web").rglob("*.py")), ids=name)
def test_a_door_says_nothing_that_cannot_be_translated(path: Path) -> None:
    tree = ast.parse(path.read_text())
    free = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKED:
            free |= {id(each) for argument in node.args for each in ast.walk(argument)}
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            free.add(id(node.value))
    assert [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in free
        if JAPANESE.search(node.value) and node.value not in DATES | OWN_NAME
    ] == []
