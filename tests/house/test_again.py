"""The gate itself: what fails twice is red, what fails once is named, and a proof that fails once is red."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
ONCE = """
from pathlib import Path
import pytest
{mark}
def test_it_fails_the_first_time(database):
    seen = Path(__file__).with_suffix(".seen")
    if not seen.exists():
        seen.write_text("")
        raise AssertionError
@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, worker_id):
    return request.param
"""
TWICE = "def test_it_always_fails(): raise AssertionError\n"


def gate(folder: Path, text: str) -> tuple[int, list[str]]:
    """Run the gate over one file of tests; return its exit status and what it names at its end."""
    (folder / "test_one.py").write_text(text)
    settings = {"CACHE": str(folder / "cache"), "COVERAGE_FILE": str(folder / "coverage"), "JOBS": "0"}
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
    command = ["sh", "scripts/test.sh", "-p", "tests.again", "--rootdir", str(folder), str(folder / "test_one.py")]
    done = subprocess.run(command, env=environ | settings, cwd=ROOT, capture_output=True, text=True)
    return done.returncode, [line for line in done.stdout.splitlines() if line.startswith("FLAKY")]


def test_it_names_what_failed_once(tmp_path: Path) -> None:
    code, named = gate(tmp_path, ONCE.format(mark=""))
    assert (code, len(named)) == (0, 1)
    assert "test_it_fails_the_first_time[sqlite]" in named[0]


def test_it_forgives_no_proof(tmp_path: Path) -> None:
    code, named = gate(tmp_path, ONCE.format(mark="@pytest.mark.proof"))
    assert (code, len(named)) == (1, 1)
    assert named[0].endswith("(a proof: this is red)")


@pytest.mark.parametrize("text", [TWICE, "assert False\n"])
def test_it_is_red_when_something_fails_twice(tmp_path: Path, text: str) -> None:
    code, named = gate(tmp_path, text)
    assert code != 0
    assert named == []


def test_it_is_green_when_all_is_well(tmp_path: Path) -> None:
    assert gate(tmp_path, "def test_it_is_well(): pass\n") == (0, [])
