"""No process of a desk writes bytecode, which a full disk would cut short for good; `make setup` has written all of it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import tnefparse

from desk.mail.reading import reader as reading
from tests.house.test_documents import ROOT
from tests.waiting import GENEROUS_S

PARTS = ("desk", "templates", "migrations")
BARE = shutil.ignore_patterns("__pycache__", "static")
GUNICORN = str(Path(sys.executable).parent / "gunicorn")
WRONG = {"DESK_ENV": "production"}
"""A setting that ends each start, once everything was loaded."""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the desk that nobody has compiled."""
    for part in PARTS:
        shutil.copytree(ROOT / part, tmp_path / "copy" / part, ignore=BARE)
    shutil.copy(ROOT / "worker.py", tmp_path / "copy")
    return tmp_path / "copy"


def compiled(folder: Path) -> list[Path]:
    """List the bytecode below a folder, but for that of the very file which forbids it."""
    first = folder / "desk" / "__pycache__"
    return [path for path in folder.rglob("*.pyc") if path.parent != first or not path.name.startswith("__init__.")]


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ([sys.executable, "-m", "desk", "doctor"], 2),
        ([sys.executable, "worker.py"], 2),
        ([GUNICORN, "--config", "python:desk.serving"], 2),
        ([sys.executable, "-m", "desk", "due", "--regime", "jp-appi", "--kind", "D33", "--received", "2026-04-01"], 0),
    ],
    ids=["command", "worker", "web", "command without an application"],
)
def test_no_process_writes_any(copy: Path, command: list[str], code: int) -> None:
    environ = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environ |= {"PYTHONPATH": str(copy), **WRONG}
    done = subprocess.run(command, cwd=copy, env=environ, capture_output=True, text=True, timeout=GENEROUS_S)
    assert done.returncode == code, done.stderr
    assert compiled(copy) == []


def test_the_process_that_reads_mail_writes_none(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PACKAGE_ROOT", copy)
    with reading.Reader() as reader:
        assert reader.read(b"Subject: x\r\n\r\ny\r\n").subject == "x"
    assert compiled(copy) == []


def test_the_setup_has_written_it() -> None:
    library = Path(tnefparse.__file__).parent
    for module in (
        library / "cmdline.py",
        ROOT / "migrations" / "env.py",
        ROOT / "worker.py",
    ):  # nobody imports them here
        assert [path.name for path in (module.parent / "__pycache__").glob(f"{module.stem}.*.pyc")], module
