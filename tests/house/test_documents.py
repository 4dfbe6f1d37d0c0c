"""The documents lead somewhere and are led to, name every setting, and show tables and examples as they are."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask

from desk import config, config_inbound, config_outgoing
from tests.web.api.calls import call

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_it_links_only_what_exists(document: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)", document.read_text(encoding="utf-8"))
    local = [target for target in targets if "://" not in target and not target.startswith("mailto:")]
    assert [target for target in local if not (document.parent / target).exists()] == []


def test_it_explains_every_setting() -> None:
    source = "".join(Path(one.__file__).read_text(encoding="utf-8") for one in (config, config_outgoing))
    read = set(re.findall(r'reader\.(?:text|flag|number)\("([A-Z_]+)"', source))
    read |= set(re.findall(r'"(DESK_[A-Z_]+)"', Path(config_inbound.__file__).read_text(encoding="utf-8")))
    told = (ROOT / "docs" / "administration.md").read_text(encoding="utf-8")
    assert read
    assert sorted(name for name in read if f"`{name}`" not in told) == []


def linked_from(document: Path) -> set[Path]:
    """Return the files that a document leads to."""
    targets = re.findall(r"\]\(([^)#\s]+)", document.read_text(encoding="utf-8"))
    return {(document.parent / target).resolve() for target in targets if "://" not in target}


def test_it_leads_to_every_document() -> None:
    entrances = (ROOT / "README.md", ROOT / "docs" / "developing.md")
    led_to = set(entrances) | linked_from(entrances[0]) | linked_from(entrances[1])
    found = [*(ROOT / "docs").rglob("*.md"), *ROOT.glob("[A-Z]*.md"), ROOT / "bench" / "README.md"]
    assert sorted(str(path.relative_to(ROOT)) for path in found if path not in led_to | {ROOT / "CHANGELOG.md"}) == []


def test_it_numbers_the_decisions_without_a_gap() -> None:
    numbers = sorted(int(path.name.partition("-")[0]) for path in (ROOT / "docs" / "decisions").glob("*.md"))
    assert numbers == list(range(1, len(numbers) + 1))


def test_it_shows_the_permissions_as_they_are() -> None:
    made = subprocess.run([sys.executable, ROOT / "scripts" / "permissions.py"], capture_output=True, text=True)
    assert (made.returncode, made.stderr) == (0, "")
    assert (ROOT / "docs" / "permissions.md").read_text(encoding="utf-8") == made.stdout


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_it_shows_calls_of_the_api_that_work(app: Flask) -> None:
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    asked, accepted, refused = (json.loads(found) for found in re.findall(r"```json\n(.*?)```", text, re.DOTALL))
    answer = call(app.test_client(), asked)
    assert answer.status_code == 201
    assert sorted(answer.json or {}) == sorted(accepted)
    assert call(app.test_client(), asked | {"email": "none"}).json == refused
