"""The public door alone, with the public key alone: everything on the status page works, nothing old can be opened."""

import base64
import io
import secrets

import pytest
from flask import Flask
from flask.testing import FlaskClient

from desk.app import create_app
from desk.config import read_config
from desk.db import db
from desk.vault.keys import Purpose, keys_of, vault
from desk.vault.seal import Unreadable, new_token
from tests.web.public.people import BODY, csrf_of, mailed_code, open_case

HOME = "https://desk.example.jp"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


@pytest.fixture
def door(app: Flask, environ: dict[str, str]) -> FlaskClient:
    """Return a browser at a public door in production that shares database and storage with the whole desk."""
    with app.app_context():
        public_key = base64.urlsafe_b64encode(vault().public_key).decode()
    config = app.extensions["config"]
    alone = create_app(
        read_config(
            {
                "DESK_ENV": "production",
                "DESK_DOORS": "public",
                "DESK_PUBLIC_KEY": public_key,
                "SECRET_KEY": secrets.token_urlsafe(48),
                "DESK_BASE_URL": HOME,
                "DATABASE_URL": config.database_url,
                "REDIS_URL": "redis://127.0.0.1:1/0",
                "MAIL_SERVER": "mail.desk.example",
                "DESK_DATA_DIR": environ["DESK_DATA_DIR"],
            }
        )
    )
    with alone.app_context():
        assert vault().private_key is None
    return alone.test_client()


def test_it_does_everything_with_the_public_key(app: Flask, door: FlaskClient) -> None:
    case = open_case(app)
    page = door.get(f"/s/{case.token}", base_url=HOME)
    assert page.status_code == 200, page.text
    entered = send(door, page.text, f"/s/{case.token}")
    assert entered.status_code == 303
    assert any(header.startswith("__Secure-link=") for header in entered.headers.getlist("Set-Cookie"))
    page = door.get("/s", base_url=HOME)
    assert "お申し出は届いています" in page.text
    added = send(door, page.text, "/s/messages", nonce=new_token(), text="追加です", uploads=(io.BytesIO(PNG), "a.png"))
    assert added.status_code == 303
    assert send(door, page.text, "/s/code").status_code == 303
    assert send(door, page.text, "/s/code/check", code=mailed_code(app)).status_code == 303
    page = door.get("/s", base_url=HOME)
    assert BODY in page.text
    assert "追加です" in page.text
    assert "a.png" in page.text
    assert send(door, page.text, "/s/withdraw").status_code == 303
    assert send(door, page.text, "/status", reference=case.ref).status_code == 200
    with door.application.app_context():
        with pytest.raises(Unreadable):
            keys_of(case.ticket_id)
        db.session.remove()
        db.engine.dispose()
    with app.app_context():
        assert Purpose.CASE in keys_of(case.ticket_id)


def send(door: FlaskClient, page: str, path: str, **data: object):  # type: ignore[no-untyped-def]
    """Send a form from the page given."""
    token = csrf_of(type("Page", (), {"text": page})())  # type: ignore[arg-type]
    headers = {"Referer": HOME}
    return door.post(
        path, base_url=HOME, data={"csrf_token": token, **data}, headers=headers, content_type="multipart/form-data"
    )
