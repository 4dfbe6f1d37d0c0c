"""The first start in production as an administrator does it: the release step, a first colleague, the web process."""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from desk.accounts.permissions import Role
from tests.people import PASSWORD, try_sign_in
from tests.services.postgres import PostgresServer
from tests.services.smtp import SmtpServer
from tests.services.valkey import RedisServer
from tests.web.production import in_production, production_settings
from tests.web.public.test_request_form import walk
from tests.web.server import ROOT

PAGES = (
    "/",
    "/en/",
    "/requests/new",
    "/en/requests/new",
    "/status",
    "/sign-in",
    "/reset",
    "/api/openapi.json",
    "/readyz",
)
INTAKE = {
    "kind": "K40",
    "population": "user",
    "name": "山田 花子",
    "email": "hanako@person.example",
    "language": "ja",
    "body": "広告が止まりません。",
}


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database in which there is nothing at all."""
    if request.param == "sqlite":
        (tmp_path / "database").mkdir()
        yield f"sqlite:///{tmp_path}/database/desk.sqlite3"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = f"test_{secrets.token_hex(6)}"
    yield server.create_database(name)
    server.drop_database(name)


def test_a_new_desk_opens_its_doors(
    empty_database: str, redis_server: RedisServer, smtp_server: SmtpServer, tmp_path: Path
) -> None:
    mail = {"MAIL_SERVER": smtp_server.host, "MAIL_PORT": str(smtp_server.port)}
    settings = production_settings(empty_database, redis_server.url, tmp_path / "data") | mail
    release = [sys.executable, "-m", "desk", "db", "upgrade"]
    done = subprocess.run(release, env=os.environ | settings, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    with in_production(settings | {"DESK_LIMITS": "on"}, tmp_path / "output", ["worker.py"]) as desk:
        desk.hire(Role.ADMIN, "admin@desk.example")
        person = desk.person()
        assert {path: person.get(path).status_code for path in PAGES} == dict.fromkeys(PAGES, 200)
        assert "株式会社for Crafts" in person.get("/").text
        assert "cs@quote4.jp" in person.get("/").text
        assert "広告が止まりません。" in walk(person, body="広告が止まりません。").text
        taken = person.post("/api/v1/requests", json.dumps(INTAKE).encode(), "application/json")
        assert taken.status_code == 201, taken.text
        smtp_server.wait_for(1)
        admin = desk.person()
        assert try_sign_in(admin, "admin@desk.example", PASSWORD)[0] == 303
        for path in ("/staff/", "/manager/", "/admin/", "/admin/company", "/admin/settings", "/account"):
            assert admin.get(path).status_code in {200, 403}, path
        assert "株式会社for Crafts" in admin.get("/admin/").text
