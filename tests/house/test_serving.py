"""The web processes as the Procfile starts them: a wrong setting ends the start with one line that names it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.test_documents import ROOT

COMMAND = [str(Path(sys.executable).parent / "gunicorn"), "--config", "python:desk.serving"]


def test_the_procfile_serves_so() -> None:
    assert "web: gunicorn --config python:desk.serving" in (ROOT / "Procfile").read_text().splitlines()


@pytest.mark.parametrize(
    ("settings", "name"),
    [({"DESK_ENV": "production"}, "SECRET_KEY"), ({"DESK_BASE_URL": "http://[x"}, "DESK_BASE_URL")],
)
def test_a_wrong_setting_ends_the_start_with_one_line(tmp_path: Path, settings: dict[str, str], name: str) -> None:
    environ = os.environ | {"DESK_DATA_DIR": str(tmp_path / "var"), "BIND": "127.0.0.1:0"} | settings
    done = subprocess.run(COMMAND, env=environ, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    [line] = done.stderr.splitlines()
    assert line.startswith("web: ")
    assert name in line
