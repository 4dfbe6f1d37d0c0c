"""Fixtures of the application: each test of rows runs on SQLite and on PostgreSQL."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from desk.app import create_app
from desk.config import read_config
from desk.db import db
from tests.kept import dispose_engines


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """Name the database that a test runs on."""
    return str(request.param)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data folder with the newest schema and no rows; copying it is quicker than migrating again."""
    folder = tmp_path_factory.mktemp("sqlite-template") / "var"
    with create_app(read_config({"DESK_DATA_DIR": str(folder)})).app_context():
        db.engine.dispose()
    return folder


@pytest.fixture
def environ(tmp_path: Path, database: str, request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """Return the settings of a fresh desk on `database`, in a folder of its own."""
    settings = {"DESK_DATA_DIR": str(tmp_path / "var"), "DESK_LIMITS": "off"}
    if database == "postgresql":
        settings["DATABASE_URL"] = request.getfixturevalue("fresh_postgres_url")
    else:
        shutil.copytree(request.getfixturevalue("sqlite_template"), tmp_path / "var")
    yield settings
    dispose_engines()


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


@pytest.fixture
def live(app: Flask) -> Iterator[str]:
    """Serve the application on a loopback port for a browser and return its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join(60)
    server.server_close()
