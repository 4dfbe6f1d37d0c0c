"""The now of the tests: an ordinary Wednesday morning in Japan, which stands still until a test moves it.

Real processes that a test starts begin at the moment of the test and go on from there (`tests/children/sitecustomize.py`).
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from desk.clock import TOKYO

WEDNESDAY = datetime(2026, 6, 10, 10, 0, tzinfo=TOKYO)
"""No holiday for weeks on either side, no end of a month, of a year or of a term."""
ASKED = "DESK_TEST_NOW"
"""The setting that begins every test at another moment (RFC 3339); `make test-days` walks through the nasty ones."""
CHILD = "DESK_TEST_CHILD_NOW"
"""Where a started process finds the moment at which it begins."""
CHILDREN = Path(__file__).parent / "children"


def first_moment() -> datetime:
    """Return the moment at which every test begins."""
    asked = os.environ.get(ASKED)
    return datetime.fromisoformat(asked) if asked else WEDNESDAY


class Traveller:
    """Moves the one clock of this process and of those that it starts; between two moves it stands still."""

    def __init__(self, coordinates: time_machine.Traveller) -> None:
        """Take what holds the clock."""
        self.coordinates = coordinates

    def move_to(self, moment: datetime) -> None:
        """Make it `moment` (aware)."""
        self.coordinates.move_to(moment.astimezone(UTC), tick=False)
        os.environ[CHILD] = moment.astimezone(UTC).isoformat()

    def shift(self, wait: timedelta) -> None:
        """Let so much time pass."""
        self.move_to(datetime.fromisoformat(os.environ[CHILD]) + wait)


@contextmanager
def travel_to(moment: datetime) -> Iterator[Traveller]:
    """Make it `moment` (aware) until the block ends; then it is again what it was."""
    before = os.environ[CHILD]
    # UTC, for the library would move the machine's time zone along with any other
    with time_machine.travel(moment.astimezone(UTC), tick=False) as coordinates:
        traveller = Traveller(coordinates)
        traveller.move_to(moment)
        try:
            yield traveller
        finally:
            os.environ[CHILD] = before


def pytest_configure(config: pytest.Config) -> None:
    """Stop the clock before anything is collected, in each process that runs tests."""
    if config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        return  # this one only hands out the tests
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(CHILDREN), os.environ.get("PYTHONPATH"))))
    stopped = time_machine.travel(first_moment().astimezone(UTC), tick=False)
    traveller = Traveller(stopped.start())
    traveller.move_to(first_moment())
    config.stash[_traveller] = traveller
    config.add_cleanup(stopped.stop)


_traveller = pytest.StashKey[Traveller]()


@pytest.fixture(autouse=True)
def moment(pytestconfig: pytest.Config) -> Traveller:
    """The clock, at the first moment again; a test about time moves it with `moment.move_to` or `moment.shift`."""
    traveller = pytestconfig.stash[_traveller]
    traveller.move_to(first_moment())
    return traveller
