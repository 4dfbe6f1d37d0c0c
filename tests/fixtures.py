"""Fixtures of the application: each test of rows runs on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from desk.app import create_app
from desk.config import read_config
from desk.db import db


@dataclass
class Desk:
    """A whole desk on one database, with its settings."""

    app: Flask
    database: str


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """Name the database that a test runs on."""
    return str(request.param)


@pytest.fixture
def environ(tmp_path: Path, database: str, request: pytest.FixtureRequest) -> dict[str, str]:
    """Return the settings of a fresh desk on `database`, in a folder of its own."""
    settings = {"DESK_DATA_DIR": str(tmp_path / "var"), "DESK_LIMITS": "off"}
    if database == "postgresql":
        settings["DATABASE_URL"] = request.getfixturevalue("fresh_postgres_url")
    return settings


@pytest.fixture
def app(environ: dict[str, str]) -> Iterator[Flask]:
    """Return the application on a fresh database."""
    application = create_app(read_config(environ))
    yield application
    with application.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def context(app: Flask) -> Iterator[Any]:
    """Hold an application context open for the test."""
    with app.app_context() as held:
        yield held


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Return a browser without JavaScript, so to speak."""
    return app.test_client()
