"""`desk due` as a person and a script meet it: JSON, Japanese lines, and one line when the input is wrong."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner, Result

from desk.cli.due import due


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
        "regime": "jp-appi-2026-11",
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
