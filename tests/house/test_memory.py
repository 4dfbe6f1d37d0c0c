"""What a web process must not carry about: its memory is measured in `bench`, its heaviest needless guests are named here."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "guest", ["alembic", "schemathesis", "desk.develop.seed", "flask_migrate", "rich.console", "pygments"]
)
def test_it_serves_pages_without(guest: str) -> None:
    code = f"import sys, desk.app; sys.exit({guest!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
