"""Z1: an auditor changes nothing and an administrator reads no case, whatever the address."""

from flask import Flask

from desk.accounts.permissions import GRANTS, Permission, Role
from tests.house.test_permissions import paths
from tests.people import browser_of, hire

READS = "/staff/search"
"""A search is sent by POST so that its words stay out of the address; it changes nothing."""
OWN = ("/sign-", "/account", "/invitation", "/reset", "/signed-in", READS)


def test_it_lets_an_auditor_change_nothing(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    staff_id = hire(app, Role.AUDITOR)
    for method, path, permission in paths(app):
        if method == "POST" and permission is not Permission.ANYONE and not path.startswith(OWN):
            assert browser_of(app, staff_id).post(path).status_code == 403, path


def test_it_shows_an_administrator_no_case(app: Flask) -> None:
    assert Permission.READ_TICKETS not in GRANTS[Role.ADMIN]
    client = browser_of(app, hire(app, Role.ADMIN))
    for method, path, _permission in paths(app):
        if path.startswith(("/staff/", "/manager/")) and method == "GET":
            assert client.get(path).status_code == 403, path
