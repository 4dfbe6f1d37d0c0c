"""Who knocks too often is turned away, and told another way to reach the desk."""

import pytest
from flask.testing import FlaskClient

from desk.vault.seal import new_token
from tests.web.public.people import csrf_of


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    """A desk that counts."""
    return environ | {"DESK_LIMITS": "on"}


@pytest.mark.parametrize(("prefix", "words"), [("", "にメールでご連絡ください"), ("/en", "please write to")])
def test_it_tells_another_way_in(client: FlaskClient, prefix: str, words: str) -> None:
    token = csrf_of(client.get("/status"))
    for method, path, most in (
        ("POST", "/status", 10),
        ("POST", "/s/code/check", 30),
        ("GET", f"/s/{new_token()}", 20),
    ):
        for _ in range(most):
            assert client.open(prefix + path, method=method, data={"csrf_token": token}).status_code in {404, 422}
        answer = client.open(prefix + path, method=method, data={"csrf_token": token})
        assert answer.status_code == 429
        assert words in answer.text
        assert "cs@quote4.jp" in answer.text
