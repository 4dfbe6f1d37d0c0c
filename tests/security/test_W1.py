"""W1: a host name that a browser made up reaches no page and no mail."""

import pytest
from flask import Flask
from sqlalchemy import select

from desk.accounts.permissions import Role
from desk.db import db
from desk.mail.models import OutboxMail
from desk.mail.outbox import unpack
from desk.vault.keys import DataKey, vault
from tests.people import hire, proof


@pytest.mark.parametrize("path", ["/", "/sign-in", "/reset", "/requests/new"])
def test_it_answers_to_its_own_names_only(app: Flask, path: str) -> None:
    assert app.test_client().get(path, headers={"Host": "evil.example"}).status_code == 400


def test_it_mails_links_that_begin_with_the_configured_address(app: Flask) -> None:
    hire(app, Role.ADMIN)
    client = app.test_client()
    data = {"csrf_token": proof(client, "/reset"), "email": "admin@desk.example"}
    headers = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "Forwarded": "host=evil.example"}
    assert client.post("/reset", data=data, headers=headers).status_code == 200
    with app.app_context():
        mail = db.session.scalars(select(OutboxMail)).one()
        key = db.session.get_one(DataKey, mail.key_id)
        _envelope, mime = unpack(vault().open(key), mail.sealed or b"")
    import email
    from email import policy

    text = email.message_from_bytes(mime, policy=policy.default).get_content()
    assert "evil.example" not in text
    assert f"{app.extensions['config'].staff_url.rstrip('/')}/reset/" in text
