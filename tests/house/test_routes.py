"""Every address has a row that says who may use it, and every row has an address."""

import pytest
from flask import Flask

from desk.web.routes import PERMISSIONS, permission_of

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def test_it_gives_every_endpoint_a_permission(app: Flask) -> None:
    closed = {rule.endpoint for rule in app.url_map.iter_rules()} - {"static"}
    assert {endpoint for endpoint in closed if permission_of(endpoint) is None} == set()


def test_it_gives_every_permission_an_endpoint(app: Flask) -> None:
    assert set(PERMISSIONS) - {rule.endpoint for rule in app.url_map.iter_rules()} == set()


def test_it_refuses_every_post_without_a_proof_of_origin(app: Flask) -> None:
    client = app.test_client()
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if "POST" in (rule.methods or ()) and not rule.rule.startswith("/api/"):
            path = adapter.build(
                rule.endpoint, dict.fromkeys(rule.arguments, 1 if "int" in rule.rule else "x"), method="POST"
            )
            assert client.post(path, data={"x": "y"}).status_code in {400, 404}, (
                rule
            )  # a door that needs a secret first says 404
