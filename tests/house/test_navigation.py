"""The menu offers each role what it may open, and everything it offers opens."""

import re

import pytest
from flask import Flask

from desk.accounts.permissions import Role
from tests.people import browser_of, hire

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.mark.parametrize("role", list(Role))
def test_it_offers_only_what_opens(app: Flask, role: Role) -> None:
    client = browser_of(app, hire(app, role))
    page = client.get("/account").text
    menu = re.findall(r'class="frame-navigation__link" href="([^"]+)"', page)
    assert {path: client.get(path).status_code for path in menu} == dict.fromkeys(menu, 200)
    assert any(path.startswith("/admin/company") for path in menu) == (role is Role.ADMIN)


def test_it_offers_nothing_before_the_password_is_changed(app: Flask) -> None:
    client = browser_of(app, hire(app, Role.ADMIN, one_time=True))
    assert "frame-navigation__link" not in client.get("/account/password").text
    assert client.get("/admin/").headers["Location"] == "/account/password"
