"""What the doctor finds: nothing on a desk that is well, and the very part that is not."""

import json
import os
import subprocess
import sys
from pathlib import Path

from flask import Flask

from desk.app import create_app
from desk.config import read_config
from desk.db import db
from desk.operate.doctor import PARTS, doctor, examine
from tests.moment import CHILD
from tests.services.valkey import RedisServer

ROOT = Path(__file__).parent.parent.parent


def found(app: Flask) -> dict[str, bool]:
    """Return each part and whether it is well."""
    with app.app_context():
        findings = {one.part: one.ok for one in examine()}
        db.session.remove()
        db.engine.dispose()
    return findings


def test_it_finds_nothing_on_a_desk_that_is_well(mail_environ: dict[str, str], redis_server: RedisServer) -> None:
    app = create_app(read_config(mail_environ | {"REDIS_URL": redis_server.url}))
    assert found(app) == dict.fromkeys(PARTS, True) | {"clock": False}, "the tests' clock is not the database's"


def test_it_finds_a_clock_that_goes_right(environ: dict[str, str]) -> None:
    real = {name: value for name, value in os.environ.items() if name != CHILD}
    command = [sys.executable, "-m", "desk", "doctor", "--json"]
    said = subprocess.run(command, env=real | environ, cwd=ROOT, capture_output=True, text=True).stdout
    (clock,) = [one for one in json.loads(said) if one["part"] == "clock"]
    assert clock["ok"], clock


def test_it_names_what_is_away(environ: dict[str, str]) -> None:
    app = create_app(
        read_config(environ | {"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": "1", "REDIS_URL": "redis://127.0.0.1:1/0"})
    )
    assert {part for part, ok in found(app).items() if not ok} - {"clock"} == {"redis", "smtp"}


def test_it_names_keys_that_do_not_belong_together_and_a_full_folder(environ: dict[str, str], tmp_path: Path) -> None:
    other = read_config({"DESK_DATA_DIR": str(tmp_path / "other")})
    app = create_app(read_config(environ))
    vault = app.extensions["vault"]
    app.extensions["vault"] = type(vault)(other.public_key, vault.private_key, vault.index_key)
    (tmp_path / "file").write_text("")
    app.extensions["config"] = read_config(environ | {"DESK_STORAGE_URL": str(tmp_path / "file")})
    assert {"keys", "storage"} <= {part for part, ok in found(app).items() if not ok}


def test_it_says_so_in_lines_and_in_json(app: Flask, context: object) -> None:
    runner = app.test_cli_runner()
    lines, plain = runner.invoke(doctor), runner.invoke(doctor, ["--json"])
    assert (lines.exit_code, plain.exit_code) == (1, 1)
    assert [line.split()[1] for line in lines.output.splitlines()] == list(PARTS)
    assert [one["part"] for one in json.loads(plain.output)] == list(PARTS)
