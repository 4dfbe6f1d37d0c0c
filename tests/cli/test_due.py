"""`desk due` as a person and a script meet it: JSON, Japanese lines, and one line when the input is wrong."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner, Result

from desk.cli.due import due
from desk.law.regimes import get_regime


def run(*arguments: str) -> Result:
    return CliRunner().invoke(due, arguments)


def test_it_prints_one_json_document() -> None:
    result = run(
        *("--regime", "jp-appi", "--kind", "N-GEN", "--received", "2026-12-17T09:30:00Z"),
        *("--event", "recast:D33@2026-12-18", "--event", "wait-identity@2026-12-19T10:00:00+09:00", "--json"),
    )
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    assert document["calendar"].startswith("jp-holidays-")
    assert {key: document[key] for key in document if key not in ("explanation", "calendar")} == {
        "regime": get_regime("jp-appi").version,
        "kind": "D33",
        "ack_by": "2026-12-17T19:00:00+09:00",
        "reply_by": "2026-12-21",
        "target_on": "2026-12-25",
        "due_on": "2026-12-28",
        "limit_on": "2026-12-31",
        "waiting": "identity",
        "waited_days": 0,
    }
    assert [line["rule"] for line in document["explanation"]][:3] == ["arrival", "ack", "first-day-not-counted"]
    assert all(set(line) == {"on", "rule", "text", "text_en"} for line in document["explanation"])


def test_it_prints_nulls_and_an_instant_for_a_breach() -> None:
    document = json.loads(run("--regime", "jp-appi", "--kind", "N-BREACH", "--received", "2026-12-31", "--json").stdout)
    assert document["reply_by"] == "2026-12-31T01:00:00+09:00"
    assert (document["target_on"], document["due_on"], document["limit_on"]) == (None, None, None)


# Reckoned by hand: the last second of a day and the first of the next, over the year's end and a leap day.
EDGES = [
    # kind, arrival, first answer, target, due, ceiling
    ("D33", "2026-12-31T23:59:59+09:00", "2027-01-05", "2027-01-08", "2027-01-14", "2027-01-14"),
    ("D33", "2027-01-01T00:00:00+09:00", "2027-01-05", "2027-01-08", "2027-01-15", "2027-01-15"),
    ("D33", "2026-12-31T14:59:59Z", "2027-01-05", "2027-01-08", "2027-01-14", "2027-01-14"),
    ("D33", "2026-12-31T15:00:00Z", "2027-01-05", "2027-01-08", "2027-01-15", "2027-01-15"),
    ("N-UNSUB", "2026-12-28T23:59:59+09:00", "2026-12-28", "2027-01-04", "2027-01-06", "2027-01-06"),
    ("N-UNSUB", "2026-12-29T00:00:00+09:00", "2027-01-04", "2027-01-04", "2027-01-06", "2027-01-06"),
    ("D33", "2028-02-14T23:59:59+09:00", "2028-02-16", "2028-02-24", "2028-02-28", "2028-02-28"),
    ("D33", "2028-02-15T00:00:00+09:00", "2028-02-17", "2028-02-25", "2028-02-29", "2028-02-29"),
    ("D33", "2028-02-29T00:00:00+09:00", "2028-03-02", "2028-03-10", "2028-03-14", "2028-03-14"),
    ("K40", "2028-01-30", "2028-01-31", "2028-02-09", "2028-02-29", "2028-02-29"),
    ("K40", "2027-01-30", "2027-02-01", "2027-02-09", "2027-03-01", "2027-03-01"),
]


@pytest.mark.parametrize(("kind", "received", "reply", "target", "due_on", "limit"), EDGES)
def test_it_reckons_the_edges_of_days_and_years(
    kind: str, received: str, reply: str, target: str, due_on: str, limit: str
) -> None:
    document = json.loads(run("--regime", "jp-appi", "--kind", kind, "--received", received, "--json").stdout)
    found = [document[name] for name in ("reply_by", "target_on", "due_on", "limit_on")]
    assert found == [reply, target, due_on, limit]


def test_it_ends_a_wait_when_the_case_is_closed() -> None:
    result = run(
        *("--regime", "jp-appi", "--kind", "D33", "--received", "2026-12-01", "--json"),
        *("--event", "closed@2026-12-08", "--event", "wait-identity@2026-12-03"),
    )
    document = json.loads(result.stdout)
    assert (document["waiting"], document["waited_days"]) == (None, 5)


def test_it_prints_japanese_lines_for_people() -> None:
    result = run("--regime", "jp-appi", "--kind", "D33", "--received", "2026-11-22")
    assert result.exit_code == 0
    assert "保有個人データの開示（D33）" in result.stdout
    assert "期限        2026-12-04" in result.stdout
    assert "民法140条" in result.stdout


GOOD = {"--regime": "jp-appi", "--kind": "D33", "--received": "2026-11-22", "--event": "clarified@2026-11-25"}


@pytest.mark.parametrize(("option", "value", "words"), [
    ("--regime", "mars", "mars"),
    ("--regime", "../jp-appi", "unknown regime"),
    ("--kind", "D99", "D99"),
    ("--received", "yesterday", "--received"),
    ("--received", "2026-02-30", "2026-02-30"),
    ("--received", "2026-11-22T10:00:00", "2026-11-22T10:00:00"),
    ("--received", "2026-11-22T24:00:01Z", "hour"),
    ("--received", "0001-01-01T00:00:00+14:00", "out of range"),
    ("--received", "9999-12-31T23:59:59-12:00", "out of range"),
    ("--received", "1999-01-01", "1999-01-01"),
    ("--received", "２０２６-11-22", "--received"),
    ("--event", "clarified", "TYPE@T"),
    ("--event", "@2026-11-25", "unknown event"),
    ("--event", "vanished@2026-11-25", "vanished"),
    ("--event", "resumed@2026-11-25", "resumed"),
    ("--event", "recast@2026-11-25", "recast"),
    ("--event", "recast:Z9@2026-11-25", "Z9"),
    ("--event", "closed:D33@2026-11-25", "only a recast"),
    ("--event", "closed@2026-11-21", "before the arrival"),
    ("--event", "closed@", "--event"),
])  # fmt: skip
def test_it_says_in_one_line_what_is_wrong(option: str, value: str, words: str) -> None:
    result = run(*(part for pair in {**GOOD, option: value}.items() for part in pair))
    assert result.exit_code == 2
    assert result.stdout == ""
    assert len(result.stderr.strip().splitlines()) == 1
    assert words in result.stderr


def test_it_loads_without_flask_or_a_database() -> None:
    code = (
        "import sys, desk.cli.due as cli, desk.law.reminders; cli.japan_calendar(); "
        "print({'flask', 'sqlalchemy', 'redis', 'holidays'} & set(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "set()"
