"""CSV that a spreadsheet opens rightly and runs nothing of."""

import csv
import io
from datetime import date
from fractions import Fraction

import pytest

from desk.reporting.distribution import Counts, Measure, median, percentile, rounded
from desk.reporting.response_times import Group, Now, ResponseTimes
from desk.reporting.tables import as_csv, as_json, safe

COUNTS = Counts({60: 10, 120: 10}, in_time=19, termed=20)
GROUP = Group("7", 20, 0, 0, 1, {Measure.ACK: COUNTS.stat(Measure.ACK), Measure.NOTICE: Counts().stat(Measure.NOTICE)})
REPORT = ResponseTimes(date(2026, 1, 1), date(2026, 1, 31), Now(3, 1, 2), GROUP, (), (), (GROUP,))
NAMES = {"agent": {"7": "=HYPERLINK(1)"}}


@pytest.mark.parametrize("text", ["=1+1", "+81", "-2", "@x", "\tx", "\rx", "＝1", " =1", "\u3000+1", "\xa0@x"])
def test_it_defuses_formulas(text: str) -> None:
    assert safe(text) == "'" + text


def test_it_leaves_numbers_and_plain_text() -> None:
    assert [safe(cell) for cell in (-1, 2.5, "苦情", None)] == [-1, 2.5, "苦情", ""]


def test_it_writes_for_excel() -> None:
    text = as_csv(REPORT, NAMES)
    assert text.startswith("\ufeffgroup,")
    assert text.count("\r\n") == text.count("\n")
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert ["agent", "7", "'=HYPERLINK(1)", "ack", "minutes", "20", "1.5", "2.0", "19", "20", "95.0"] in rows
    assert {len(row) for row in rows} == {11}


def test_it_writes_json_with_nulls() -> None:
    found = as_json(REPORT, NAMES)
    assert found["by_agent"][0]["name"] == "=HYPERLINK(1)"
    assert found["overall"]["measures"]["notice"] == {
        "unit": "calendar days", "n": 0, "median": None, "p90": None, "in_time": 0, "termed": 0, "share": None,
    }  # fmt: skip


def test_it_gives_no_percentage_below_twenty() -> None:
    assert Counts({1: 19}, in_time=19, termed=19).stat(Measure.DAYS).share is None
    assert Counts({1: 19}, in_time=19, termed=19).stat(Measure.DAYS, missed=1).share == 95.0


def test_it_takes_the_middle_and_the_nearest_rank() -> None:
    assert median([(1, 1), (4, 1)]) == Fraction(5, 2)
    assert median([(4, 1), (1, 2)]) == 1
    assert percentile([(1, 9), (5, 1)], 90) == 1
    assert percentile([(1, 8), (5, 2)], 90) == 5


@pytest.mark.parametrize(
    ("exact", "decimals", "shown"),
    [
        (Fraction(9, 120), 2, 0.08),  # as a binary fraction a hair under the half
        (Fraction(3, 120), 2, 0.03),
        (Fraction(1, 8), 2, 0.13),
        (Fraction(125, 1), 2, 125.0),
        (Fraction(100 * 17, 32), 1, 53.1),
        (Fraction(100 * 1, 16), 1, 6.3),
    ],
)
def test_it_rounds_halves_up_and_exactly(exact: Fraction, decimals: int, shown: float) -> None:
    assert rounded(exact, decimals) == shown
