"""In production, behind a proxy that ends TLS, the desk speaks HTTPS only and never starts half configured."""

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from desk import clock, schema
from desk.app import create_app
from desk.config import ConfigError, read_config
from desk.db import db
from tests.moment import travel_to
from tests.services.postgres import PostgresServer
from tests.services.valkey import RedisServer
from tests.web.pages import form_in, send
from tests.web.production import production_settings
from tests.web.public.test_request_form import walk

SECURE = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9", "Host": "desk.example"}
PLAIN = {**SECURE, "X-Forwarded-Proto": "http"}
HEALTH = ("/healthz", "/readyz", "/metrics")


class Browser(FlaskClient):
    """A browser before the proxy."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Ask as the proxy passes it on."""
        return super().open(*args, base_url="https://desk.example", headers=SECURE, **kwargs)


@pytest.fixture
def settings(fresh_postgres_url: str, redis_server: RedisServer, tmp_path: Path) -> dict[str, str]:
    """All that production needs, on PostgreSQL and Redis."""
    return production_settings(fresh_postgres_url, redis_server.url, tmp_path)


@pytest.fixture
def production(settings: dict[str, str]) -> Iterator[Flask]:
    """The application as its web process makes it."""
    app = create_app(read_config(settings))
    with app.app_context():
        schema.upgrade()
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def new_desk(settings: dict[str, str], postgres_server: PostgresServer) -> Iterator[Flask]:
    """The application on a database in which nothing was but what the release step made."""
    name = f"test_{secrets.token_hex(6)}"
    settings = settings | {"DATABASE_URL": postgres_server.create_database(name)}
    release = [sys.executable, "-m", "desk", "db", "upgrade"]
    done = subprocess.run(release, env={"PATH": os.environ["PATH"], **settings}, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    app = create_app(read_config(settings))
    app.test_client_class = Browser
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    postgres_server.drop_database(name)


def test_it_is_open_after_the_release_step_alone(new_desk: Flask) -> None:
    client = new_desk.test_client()
    landing = client.get("/")
    assert landing.status_code == 200
    assert "株式会社for Crafts" in landing.text
    now = clock.now()
    with travel_to(now):
        review = walk(client)
    with travel_to(now + timedelta(minutes=1)):
        answer = send(client, form_in(review))
        assert answer.status_code == 303
        assert "お申し出を受け付けました" in client.get(answer.headers["Location"]).text


@pytest.mark.parametrize("name", ["127.0.0.1:8000", "localhost", "[::1]:8000"])
def test_it_tells_this_machine_its_health_by_a_loopback_name(production: Flask, name: str) -> None:
    client = production.test_client()
    host = {"Host": name}
    assert {path: client.get(path, headers=host).status_code for path in HEALTH} == dict.fromkeys(HEALTH, 200)
    assert "queues" in (client.get("/readyz", headers=host).json or {})
    for path in ("/", "/sign-in", "/healthz/", "//healthz", "/api/openapi.json", "/static/css/base.css"):
        assert client.get(path, headers=host).status_code == 400, path


@pytest.mark.parametrize("path", HEALTH)
def test_it_hears_a_loopback_name_from_nobody_else(production: Flask, path: str) -> None:
    client = production.test_client()
    host = {"Host": "127.0.0.1:8000"}
    assert client.get(path, headers=host, environ_overrides={"REMOTE_ADDR": "203.0.113.9"}).status_code == 400
    for proxied in ("X-Forwarded-For", "X-Forwarded-Proto", "Forwarded", "X-Real-IP", "Via"):
        assert client.get(path, headers=host | {proxied: "127.0.0.1"}).status_code == 400, proxied


def test_it_answers_with_hsts_and_host_cookies(production: Flask) -> None:
    for path in ("/requests/new?kind=K40", "/sign-in"):
        answer = production.test_client().get(path, headers=SECURE)
        assert answer.status_code == 200
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=63072000")
        for cookie in answer.headers.getlist("Set-Cookie"):
            assert "Secure" in cookie
            assert "HttpOnly" in cookie
            assert cookie.startswith("__Host-") or "Path=/;" not in f"{cookie};"
    session = production.test_client().get("/sign-in", headers=SECURE).headers.getlist("Set-Cookie")
    assert any(cookie.startswith("__Host-") for cookie in session)


def test_it_turns_plain_http_away(production: Flask) -> None:
    client = production.test_client()
    moved = client.get("/sign-in", headers=PLAIN)
    assert (moved.status_code, moved.headers["Location"]) == (308, "https://desk.example/sign-in")
    refused = client.post("/sign-in", headers=PLAIN, data={"email": "a@desk.example"})
    assert refused.status_code == 400


def test_it_answers_to_its_own_name_only(production: Flask) -> None:
    assert production.test_client().get("/", headers={**SECURE, "Host": "evil.example"}).status_code == 400


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DESK_PRIVATE_KEY", "MAIL_SERVER"])
def test_it_does_not_start_without(settings: dict[str, str], name: str) -> None:
    del settings[name]
    with pytest.raises(ConfigError, match=name):
        read_config(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [("DESK_MAIL_CATCHER", "http://127.0.0.1:1"), ("DESK_LIMITS", "off"), ("DESK_BASE_URL", "http://a.example")],
)
def test_it_refuses_what_belongs_to_development(settings: dict[str, str], name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=name):
        read_config({**settings, name: value})
