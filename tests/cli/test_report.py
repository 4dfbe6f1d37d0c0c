"""`desk report response-times` prints what the contract says."""

import json
from datetime import date

from flask import Flask

from desk.cli.report import report
from desk.develop.seed.run import seed_tickets

PERIOD = ["response-times", "--from", "2024-01-01", "--to", "2030-12-31"]


def test_it_prints_json(app: Flask, context: object) -> None:
    seed_tickets(50, seed=2)
    result = app.test_cli_runner().invoke(report, PERIOD)
    found = json.loads(result.output)
    assert result.exit_code == 0
    assert found["from"] == date(2024, 1, 1).isoformat()
    assert found["overall"]["received"] + found["overall"]["excluded"] == 50
    assert set(found["overall"]["measures"]) == {"ack", "answer", "days", "notice"}


def test_it_prints_csv_and_rebuilds(app: Flask, context: object) -> None:
    seed_tickets(50, seed=2)
    runner = app.test_cli_runner()
    before = runner.invoke(report, [*PERIOD, "--format", "csv"])
    assert before.output.startswith("\ufeffgroup,key")
    assert runner.invoke(report, ["rebuild"]).exit_code == 0
    assert runner.invoke(report, [*PERIOD, "--format", "csv"]).output == before.output


def test_it_refuses_a_wrong_period(app: Flask, context: object) -> None:
    runner = app.test_cli_runner()
    assert runner.invoke(report, ["response-times", "--from", "2026-02-01", "--to", "2026-01-01"]).exit_code == 2
    assert runner.invoke(report, ["response-times", "--from", "1.2.2026", "--to", "2026-01-01"]).exit_code == 2
