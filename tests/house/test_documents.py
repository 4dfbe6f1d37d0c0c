"""The documents lead somewhere, and name every setting that there is."""

import re
from pathlib import Path

import pytest

from desk import config

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_it_links_only_what_exists(document: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)", document.read_text(encoding="utf-8"))
    local = [target for target in targets if "://" not in target and not target.startswith("mailto:")]
    assert [target for target in local if not (document.parent / target).exists()] == []


def test_it_explains_every_setting() -> None:
    source = Path(config.__file__).read_text(encoding="utf-8")
    read = set(re.findall(r'reader\.(?:text|flag|number)\("([A-Z_]+)"', source))
    told = (ROOT / "docs" / "administration.md").read_text(encoding="utf-8")
    assert read
    assert sorted(name for name in read if f"`{name}`" not in told) == []
