"""The company's closures: what an administrator may write, and that it comes back as written."""

import json
from datetime import date

import pytest

from desk.law.closures import DEFAULT, BadClosures, Closures


def test_it_closes_at_the_end_of_the_year_by_default() -> None:
    assert DEFAULT.to_data() == {"yearly": ["12-29..01-03"], "dated": []}
    closed = [day for day in range(26, 32) if DEFAULT.covers(date(2026, 12, day))]
    assert closed == [29, 30, 31]
    assert [day for day in range(1, 7) if DEFAULT.covers(date(2027, 1, day))] == [1, 2, 3]


def test_it_reads_back_what_it_writes() -> None:
    data = {"yearly": ["12-29..01-03", "08-13..08-15"], "dated": ["2027-10-12..2027-10-13"]}
    assert Closures.from_data(json.loads(json.dumps(data))).to_data() == data
    assert Closures.from_data({}) == Closures()


def test_it_takes_a_single_day() -> None:
    closures = Closures.from_data({"yearly": ["06-01"], "dated": ["2028-02-29"]})
    assert closures.covers(date(2030, 6, 1))
    assert closures.covers(date(2028, 2, 29))
    assert not closures.covers(date(2028, 2, 28))
    assert closures.to_data() == {"yearly": ["06-01..06-01"], "dated": ["2028-02-29..2028-02-29"]}


def test_it_takes_the_leap_day_every_leap_year() -> None:
    closures = Closures.from_data({"yearly": ["02-28..02-29"]})
    assert closures.covers(date(2028, 2, 29))
    assert closures.covers(date(2027, 2, 28))
    assert not closures.covers(date(2027, 3, 1))


def test_its_fingerprint_changes_with_the_days_only() -> None:
    one = Closures.from_data({"dated": ["2027-10-12", "2027-11-01"]})
    other = Closures.from_data({"dated": ["2027-11-01", "2027-10-12"]})
    assert one.fingerprint == other.fingerprint != DEFAULT.fingerprint


@pytest.mark.parametrize(("data", "words"), [
    ({"yearly": ["13-01..13-02"]}, "13-01"),
    ({"yearly": ["02-30"]}, "02-30"),
    ({"yearly": ["1-1"]}, "1-1"),
    ({"yearly": ["summer"]}, "summer"),
    ({"yearly": [""]}, "not a range"),
    ({"dated": ["2027-02-29"]}, "2027-02-29"),
    ({"dated": ["2027-03-02..2027-03-01"]}, "ends before it begins"),
    ({"weekly": ["Mon"]}, "weekly"),
])  # fmt: skip
def test_it_refuses_what_it_cannot_read(data: dict[str, list[str]], words: str) -> None:
    with pytest.raises(BadClosures, match=words):
        Closures.from_data(data)
