"""A failure is looked at twice: the second run, alone, tells what fails every time from what fails now and then.

What fails now and then is listed under FLAKY and does not block, save where a test proves that nothing is lost, doubled
or leaked: there a single failure is a failure.
"""

import os
from pathlib import Path

import pytest

AGAIN = "DESK_TEST_AGAIN"
"""The setting that makes a run the second look; it names the file that takes the FLAKY list."""
PROVING = ("tests/security/", "tests/mail/", "tests/queue/", "tests/inlets/", "tests/search/test_traces.py")
"""Where every test proves that nothing is lost, doubled or leaked; elsewhere a test is marked `proof`."""


def is_proof(item: pytest.Item) -> bool:
    """Tell whether one failure in a hundred runs would be one too many."""
    return item.get_closest_marker("proof") is not None or item.nodeid.startswith(PROVING)


def pytest_configure(config: pytest.Config) -> None:
    """Name the mark."""
    config.addinivalue_line("markers", "proof: shows that nothing is lost, doubled or leaked; failing once is failing")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write down what passes this time; a proof that failed before has failed."""
    if not (path := os.environ.get(AGAIN)):
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    assert reporter is not None
    failed = {report.nodeid for kind in ("failed", "error") for report in reporter.stats.get(kind, ())}
    flaky = [item for item in session.items if item.nodeid not in failed]
    lines = [f"FLAKY {item.nodeid}" + (" (a proof: this is red)" if is_proof(item) else "") for item in flaky]
    Path(path).write_text("".join(f"{line}\n" for line in lines))
    if session.exitstatus == pytest.ExitCode.OK and any(map(is_proof, flaky)):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
