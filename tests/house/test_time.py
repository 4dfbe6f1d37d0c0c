"""The one clock: no test reads the system's date, and only `tests/moment.py` moves it."""

import re
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from desk import clock
from tests.moment import Traveller, first_moment, travel_to

TESTS = Path(__file__).parent.parent
KEEPERS = {TESTS / "moment.py", TESTS / "children" / "sitecustomize.py", Path(__file__)}
READS = re.compile(
    r"\bdatetime\.(now|utcnow|today)\(|\bdate\.today\(|\btime\.(time|time_ns|localtime|gmtime|ctime|asctime|strftime)\("
    r"|\btime_machine\b|\bfreezegun\b|\bCLOCK_REALTIME\b|new Date\(\)|Date\.now\("
)


def test_no_test_reads_the_systems_date() -> None:
    found = {
        f"{path.relative_to(TESTS)}:{number}": line.strip()
        for path in sorted(TESTS.rglob("*.py"))
        if path not in KEEPERS
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if READS.search(line)
    }
    assert found == {}


@pytest.mark.parametrize("read", ["datetime.now(UTC)", "date.today()", "time.time()", "time_machine.travel(x)"])
def test_it_would_be_noticed(read: str) -> None:
    assert READS.search(f"    at = {read}")


def test_the_clock_stands_still_until_it_is_moved(moment: Traveller) -> None:
    assert clock.now() == clock.now() == first_moment()
    moment.shift(timedelta(hours=15))
    assert clock.now() == first_moment() + timedelta(hours=15)
    with travel_to(first_moment() - timedelta(days=400)):
        assert clock.now() == first_moment() - timedelta(days=400)
    assert clock.now() == first_moment() + timedelta(hours=15)


def test_a_started_process_begins_at_the_tests_moment(moment: Traveller) -> None:
    moment.move_to(datetime.fromisoformat("2028-02-29T23:59:00+09:00"))
    command = [sys.executable, "-c", "from desk import clock; print(clock.now().isoformat())"]
    said = subprocess.run(command, capture_output=True, text=True, check=True, cwd=TESTS.parent).stdout
    late = datetime.fromisoformat(said.strip()) - clock.now()
    assert timedelta(0) <= late < timedelta(hours=1)
