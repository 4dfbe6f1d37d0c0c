"""A4: who knows the secret key can sign cookies, and still signs nobody in."""

from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from desk.accounts.permissions import Role
from tests.people import hire


def test_it_takes_no_signed_cookie_for_a_session(app: Flask) -> None:
    staff_id = hire(app, Role.ADMIN)
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert signer is not None
    forged = signer.dumps({"staff_id": staff_id, "user_id": staff_id, "_user_id": str(staff_id), "role": "admin"})
    client = app.test_client()
    client.set_cookie(app.config["SESSION_COOKIE_NAME"], forged)
    client.set_cookie("staff", forged)
    assert client.get("/admin/").status_code == 303
