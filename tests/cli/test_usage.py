"""Every command answers wrong usage with exit 2 and one line, in a folder of its own and with no other setting."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.services.commands import Done, loaded_commands

WRONG = [
    ["nothing-of-that-name"],
    ["db"],
    ["db", "downgrade"],
    ["db", "downgrade", "no-such-revision"],
    ["db", "upgrade", "no-such-revision"],
    ["staff", "add"],
    ["staff", "add", "a@desk.example", "--name", "A", "--role", "king"],
    ["due", "--regime", "jp-appi", "--kind", "D33"],
    ["due", "--regime", "nowhere", "--kind", "D33", "--received", "2026-11-02"],
    ["due", "--regime", "jp-appi", "--kind", "D33", "--received", "yesterday"],
    ["outbox", "--state", "lost"],
    ["outbox", "retry", "not-a-number"],
    ["outbox", "retry", "9" * 20],
    ["outbox", "release", "--", f"-{'9' * 20}"],
    ["sweep", "now"],
    ["seed", "--tickets", "many"],
    ["seed", "--tickets", "-1"],
    ["report", "response-times", "--from", "2026-01-01"],
    ["report", "response-times", "--from", "1.1.2026", "--to", "2026-02-01"],
    ["report", "response-times", "--from", "2026-01-01", "--to", "9999-12-31"],
    ["report", "response-times", "--from", "0001-01-01", "--to", "2026-01-01"],
    ["up", "--port", "70000"],
    ["mail"],
    ["mail", "fetch", "now"],
    ["mail", "serve", "--port", "70000"],
]


Desk = Callable[..., Done]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Return what runs the command with only a data folder set, as the first person on a machine does."""
    with loaded_commands(tmp_path_factory.mktemp("output")) as commands:

        def run(folder: Path, *arguments: str, **settings: str) -> Done:
            environ = {"PATH": os.environ["PATH"], "DESK_DATA_DIR": str(folder), **settings}
            return commands.run(arguments, environ)

        yield run


@pytest.fixture(scope="module")
def folder(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose keys and schema the first command makes."""
    made = tmp_path_factory.mktemp("usage") / "var"
    first = desk(made, "db", "upgrade")
    assert (first.returncode, first.stderr) == (0, "")
    return made


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_it_refuses_wrong_usage_in_one_line(desk: Desk, folder: Path, arguments: list[str]) -> None:
    result = desk(folder, *arguments)
    assert (result.returncode, result.stdout) == (2, "")
    (line,) = result.stderr.splitlines()
    assert line.startswith("desk: ")


def test_it_goes_down_and_up_by_command(desk: Desk, folder: Path) -> None:
    for arguments in (("db", "downgrade", "base"), ("db", "upgrade"), ("db", "upgrade")):
        result = desk(folder, *arguments)
        assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_it_says_no_with_exit_1(desk: Desk, folder: Path) -> None:
    result = desk(folder, "outbox", "retry", "99")
    assert (result.returncode, len(result.stderr.splitlines())) == (1, 1)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"DESK_ENV": "staging"}, "DESK_ENV"),
        ({"DESK_ENV": "production"}, "SECRET_KEY"),
        ({"DESK_BASE_URL": "https://desk.example"}, "DESK_BASE_URL"),
        ({"DESK_DOORS": "window"}, "DESK_DOORS"),
        ({"DESK_BASE_URL": "http://[x"}, "DESK_BASE_URL"),
        ({"DESK_BASE_URL": "http://127.0.0.1:x"}, "DESK_BASE_URL"),
        ({"REDIS_URL": "redis://h:x"}, "REDIS_URL"),
        ({"REDIS_URL": "redis://h:0"}, "REDIS_URL"),
        ({"DESK_IMAP_URL": "imaps://imap.example.jp"}, "DESK_IMAP_URL"),
        ({"DATABASE_URL": "mysql://x"}, "DATABASE_URL"),
        ({"DATABASE_URL": "postgresql://u@h:x/d"}, "DATABASE_URL"),
        ({"DATABASE_URL": "postgresql://u:canary@h:canary/d"}, "DATABASE_URL"),
        ({"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}, "database"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_it_names_the_wrong_setting_in_one_line(
    desk: Desk, tmp_path: Path, settings: dict[str, str], named: str
) -> None:
    result = desk(tmp_path / "var", "outbox", **settings)
    assert result.returncode in {1, 2}
    assert result.returncode == (1 if named == "database" else 2)
    (line,) = result.stderr.splitlines()
    assert line.startswith("desk: ")
    assert named in line
    assert "canary" not in line


@pytest.mark.parametrize("command", [["outbox"], ["up", "--no-browser"]], ids=" ".join)
def test_it_names_a_data_folder_that_is_none(desk: Desk, tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "var"):
        result = desk(folder, *command)
        assert (result.returncode, result.stdout) == (2, "")
        (line,) = result.stderr.splitlines()
        assert line.startswith("desk: DESK_DATA_DIR cannot be used (")


def test_it_starts_nothing_with_a_wrong_setting(desk: Desk, tmp_path: Path) -> None:
    result = desk(tmp_path / "var", "up", "--no-browser", DATABASE_URL="postgresql://u@h:x/d")
    assert result.returncode == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith("desk: DATABASE_URL ")


def test_it_ends_with_one_line_whatever_goes_wrong(desk: Desk, tmp_path: Path) -> None:
    result = desk(tmp_path / "var", "outbox", REDIS_URL="redis://h?socket_timeout=canary")
    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith("desk: ValueError (")
    assert "canary" not in line


@pytest.mark.parametrize("url", ["postgresql://nobody@127.0.0.1:1/none", "postgresql://u@h:x/d"])
def test_the_worker_too_says_one_line(tmp_path: Path, url: str) -> None:
    environ = {"PATH": os.environ["PATH"], "DESK_DATA_DIR": str(tmp_path / "var"), "DATABASE_URL": url}
    command = [sys.executable, str(Path(__file__).parents[2] / "worker.py")]
    result = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60)
    assert result.returncode in {1, 2}
    (line,) = result.stderr.splitlines()
    assert line.startswith("worker: ")
