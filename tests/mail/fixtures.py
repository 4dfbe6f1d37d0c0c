"""A desk whose mail server is the test's own peer."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.ctx import AppContext

from desk.app import create_app
from desk.config import read_config
from desk.db import db
from tests.services.smtp import SmtpServer


@pytest.fixture
def mail_environ(environ: dict[str, str], smtp_server: SmtpServer) -> dict[str, str]:
    """Settings of a desk that sends to the peer."""
    return environ | {"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": str(smtp_server.port)}


@pytest.fixture
def mailing(mail_environ: dict[str, str]) -> Iterator[Flask]:
    """The application of a desk that sends to the peer."""
    app = create_app(read_config(mail_environ))
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def sending(mailing: Flask) -> Iterator[AppContext]:
    """An open application context of a desk that sends to the peer."""
    with mailing.app_context() as held:
        yield held
