"""Calls of the public intake as tests make them."""

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

GOOD = {
    "kind": "K40",
    "population": "user",
    "name": "山田 花子",
    "email": "hanako@person.example",
    "language": "ja",
    "body": "退会したのに広告のメールが届き続けています。",
}


def call(client: FlaskClient, body: dict[str, Any], key: str | None = None) -> TestResponse:
    """Send one request to the intake, with an Idempotency-Key if one is given."""
    headers = {"Idempotency-Key": key} if key is not None else {}
    return client.post("/api/v1/requests", json=body, headers=headers)
