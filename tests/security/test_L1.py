"""L1: a canary in every field of the public door reaches no log and no Redis, through errors too."""

import pytest
from flask import Flask

from desk.app import create_app
from desk.config import read_config
from desk.db import db
from tests.canaries import assert_absent
from tests.services.valkey import RedisServer
from tests.web.api.calls import GOOD, call
from tests.web.public.people import enter, give_code, open_case, post

CANARY = "canaryQx77"
MAIL = f"{CANARY}@person.example"


def test_it_keeps_people_out_of_logs_and_redis(
    environ: dict[str, str], redis_server: RedisServer, capfd: pytest.CaptureFixture[str]
) -> None:
    app: Flask = create_app(read_config(environ | {"REDIS_URL": redis_server.url}))
    client = app.test_client()
    headers = {"User-Agent": CANARY, "Referer": f"http://127.0.0.1/{CANARY}"}
    assert call(client, GOOD | {"name": CANARY, "email": MAIL, "body": CANARY}, CANARY).status_code == 201
    assert call(client, GOOD | {"name": CANARY * 50}).status_code == 422
    case = open_case(app, email=MAIL)
    enter(client, case.token)
    give_code(app, client)
    post(client, "/s/messages", nonce="n" * 43, text=CANARY)
    post(client, "/status", reference=CANARY)

    def crash() -> str:
        raise ValueError(f"{CANARY} {MAIL} {case.token}")

    app.view_functions["public.landing"] = crash
    assert client.get(f"/?{CANARY}", headers=headers).status_code == 500
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    written = "".join(capfd.readouterr())
    assert "request.crashed" in written
    for secret in (CANARY, case.token):
        assert_absent(secret, written)
        assert_absent(secret, redis_server.contents())
