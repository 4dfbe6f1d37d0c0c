"""Every route asked by every role answers as the table of permissions says: sign in first, refused, or served."""

import pytest
from flask import Flask
from werkzeug.routing import Rule

from desk.accounts.permissions import Permission, Role, may
from desk.web.routes import permission_of
from tests.people import browser_of, hire

pytestmark = pytest.mark.dateless

ROLES: tuple[Role | None, ...] = (None, *Role)


def paths(app: Flask) -> list[tuple[str, str, Permission]]:
    """Return method, path and permission of every route, with made-up numbers and names for its parts."""
    adapter = app.url_map.bind("localhost")
    return [
        (method, adapter.build(rule.endpoint, _parts(rule), method=method), permission)
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static" and (permission := permission_of(rule.endpoint)) is not None
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def _parts(rule: Rule) -> dict[str, object]:
    numbers = {name for name in rule.arguments if f"int:{name}" in rule.rule}
    return {name: 1 if name in numbers else "x" for name in rule.arguments}


def expected(role: Role | None, permission: Permission) -> str:
    """Compute the class of answer from the table."""
    if may(role, permission):
        return "served"
    return "sign in" if role is None else "refused"


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.value if role else "anonymous")
def test_it_answers_each_role_as_the_table_says(app: Flask, role: Role | None) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    staff_id = hire(app, role) if role else None
    wrong = {}
    for method, path, permission in paths(app):
        answer = browser_of(app, staff_id).open(path, method=method)
        location = answer.headers.get("Location", "")
        to_door = location.startswith("/sign-in?") or (location == "/sign-in" and staff_id is None)
        got = "refused" if answer.status_code == 403 else "sign in" if to_door else "served"
        if got != expected(role, permission) or answer.status_code >= 500:
            wrong[method, path] = (answer.status_code, got, expected(role, permission))
    assert {key: value for key, value in wrong.items() if key[1] != "/readyz"} == {}
