"""A4: sessions live in the database: Redis may forget everything, and who knows the secret key signs nobody in."""

import base64
import json
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from sqlalchemy import select

from desk.accounts.models import Staff, StaffSession
from desk.accounts.permissions import Role
from desk.db import db
from desk.tickets.links import Link
from desk.vault.seal import derive, mac
from tests.people import PASSWORD, browser_of, hire, try_sign_in
from tests.services.valkey import RedisServer
from tests.web.public.people import enter, open_case


@pytest.fixture
def environ(environ: dict[str, str], redis_server: RedisServer) -> dict[str, str]:
    """Give the desk a real Redis and let it count."""
    return environ | {"REDIS_URL": redis_server.url, "DESK_LIMITS": "on"}


def test_a_session_outlives_what_redis_forgets(app: Flask, redis_server: RedisServer) -> None:
    hire(app, Role.ADMIN)
    client, visitor, case = app.test_client(), app.test_client(), open_case(app)
    assert try_sign_in(client, "admin@desk.example", PASSWORD)[0] == 303
    enter(visitor, case.token)
    assert redis_server.contents()  # it was used: for counting
    for away in (redis_server.flush, redis_server.stop):
        away()
        assert client.get("/admin/").status_code == 200
        assert visitor.get("/s").status_code == 200
    redis_server.start()
    assert client.get("/admin/").status_code == 200
    assert visitor.get("/s").status_code == 200


def forgeries(app: Flask, staff_id: int) -> Iterator[str]:
    """Yield what somebody could sign, derive or copy who knows the secret key and has read the database."""
    secret = app.config["SECRET_KEY"]
    with app.app_context():
        session = db.session.scalars(select(StaffSession)).one()
        stored, number = session.token_hash, session.id
        email = db.session.get_one(Staff, staff_id).email
    claims = {"staff_id": staff_id, "user_id": str(staff_id), "_user_id": str(staff_id), "session": number}
    claims |= {"role": "admin", "email": email, "_fresh": True, "_id": stored.hex()}
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert signer is not None
    yield str(signer.dumps(claims))
    for salt in ("cookie-session", "staff", "session", "staff-session", "form-stamp"):
        yield str(URLSafeTimedSerializer(secret, salt=salt).dumps(claims))
        yield str(URLSafeTimedSerializer(secret, salt=salt).dumps(staff_id))
        yield TimestampSigner(secret, salt=salt).sign(str(staff_id)).decode()
    for text in (str(staff_id), str(number), email, "admin", secret, json.dumps(claims)):
        yield text
        yield base64.urlsafe_b64encode(text.encode()).decode()
    for key in (stored, mac(derive(secret, "session"), "staff", str(staff_id)), derive(secret, "staff")):
        yield key.hex()
        yield base64.urlsafe_b64encode(key).decode().rstrip("=")


def test_no_forged_cookie_signs_anybody_in(app: Flask) -> None:
    staff_id = hire(app, Role.ADMIN)
    assert browser_of(app, staff_id).get("/admin/").status_code == 200
    client = app.test_client()
    for forged in forgeries(app, staff_id):
        for name in (app.config["SESSION_COOKIE_NAME"], "staff", "__Host-staff", "session", "remember_token"):
            client.set_cookie(name, forged)
        for path in ("/admin/", "/account", "/signed-in"):
            answer = client.get(path)
            assert (answer.status_code, answer.location.split("?")[0]) == (303, "/sign-in"), forged


def test_no_forged_cookie_opens_a_case(app: Flask) -> None:
    case = open_case(app)
    with app.app_context():
        stored = db.session.scalars(select(Link.token_hash)).one()
    genuine = app.test_client()
    enter(genuine, case.token)
    assert genuine.get("/s").status_code == 200
    copies = (stored.hex(), base64.urlsafe_b64encode(stored).decode().rstrip("="), case.ref, str(case.ticket_id))
    client = app.test_client()
    for forged in copies:
        for path in ("/s", "/en/s"):
            client.set_cookie("link", forged, path=path)
            client.set_cookie("grant", forged, path=path)
        assert client.get("/s").status_code == 404, forged
