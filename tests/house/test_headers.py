"""Every answer carries the headers that keep a browser from doing harm."""

import pytest
from flask import Flask

from desk.accounts.permissions import Role
from desk.web.headers import FIXED
from tests.house.test_permissions import paths
from tests.people import browser_of, hire

pytestmark = [pytest.mark.dateless, pytest.mark.parametrize("database", ["sqlite"], indirect=True)]


@pytest.mark.parametrize("role", [None, Role.ADMIN, Role.MANAGER])
def test_it_sends_the_headers_with_every_answer(app: Flask, role: Role | None) -> None:
    client = browser_of(app, hire(app, role) if role else None)
    for method, path, _permission in [*paths(app), ("GET", "/nowhere", None)]:
        if path.startswith("/sign-out"):
            continue
        headers = client.open(path, method=method).headers
        missing = {name for name in FIXED if name not in headers}
        assert missing == set(), (method, path)
        assert "default-src 'none'" in headers["Content-Security-Policy"], path
        assert "unsafe" not in headers["Content-Security-Policy"], path
        assert "Cache-Control" in headers, path
        for name, value in headers.items():  # a server drops the answer over any other letter
            assert value.isascii(), (path, name)
