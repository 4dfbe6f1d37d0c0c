"""In production, behind a proxy that ends TLS, the desk speaks HTTPS only and never starts half configured."""

import base64
from collections.abc import Iterator

import pytest
from flask import Flask
from nacl.public import PrivateKey

from desk import schema
from desk.app import create_app
from desk.config import ConfigError, read_config
from desk.db import db
from tests.services.valkey import RedisServer

SECURE = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9", "Host": "desk.example"}
PLAIN = {**SECURE, "X-Forwarded-Proto": "http"}


def text(key: bytes) -> str:
    """Write a key as the settings hold it."""
    return base64.urlsafe_b64encode(key).decode()


@pytest.fixture
def settings(fresh_postgres_url: str, redis_server: RedisServer, tmp_path: object) -> dict[str, str]:
    """All that production needs, on PostgreSQL and Redis."""
    private = PrivateKey.generate()
    return {
        "DESK_ENV": "production",
        "DESK_DATA_DIR": str(tmp_path),
        "DATABASE_URL": fresh_postgres_url,
        "REDIS_URL": redis_server.url,
        "SECRET_KEY": text(bytes(PrivateKey.generate())),
        "DESK_PRIVATE_KEY": text(bytes(private)),
        "DESK_PUBLIC_KEY": text(bytes(private.public_key)),
        "DESK_INDEX_KEY": text(bytes(PrivateKey.generate())),
        "DESK_BASE_URL": "https://desk.example",
        "DESK_TRUSTED_PROXIES": "1",
        "MAIL_SERVER": "mail.example",
    }


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
