"""Print docs/permissions.md: who may do what, and which page asks for it, from the tables that the desk itself uses."""

import sys
from collections.abc import Iterator

from flask import Flask
from flask_openapi3.openapi import OpenAPI

from desk.accounts.permissions import Permission, Role, may
from desk.config import DOORS
from desk.web.routes import PREFIXES, mount, permission_of

ASKERS: tuple[Role | None, ...] = (None, *Role)
INTRODUCTION = """\
# Permissions

Made by `scripts/permissions.py` from `desk/accounts/permissions.py` and `desk/web/routes.py`; a test fails when it differs. Every
address asks for one permission, and one that nobody wrote down is closed. What a page of the public door shows depends further on
the link and the code that its visitor holds.
"""


def print_page() -> None:
    """Print the whole page."""
    app = OpenAPI("permissions", doc_ui=False)
    mount(app, frozenset(DOORS))
    lines = [INTRODUCTION, "## Roles", "", *_roles()]
    for door in PREFIXES:
        lines += [
            "",
            f"## {door}",
            "",
            "| address | method | permission | who |",
            "|---|---|---|---|",
            *_pages(app, door),
        ]
    sys.stdout.write("\n".join(lines) + "\n")


def _roles() -> Iterator[str]:
    yield "| permission | " + " | ".join(role or "not signed in" for role in ASKERS) + " |"
    yield "|---" * (len(ASKERS) + 1) + "|"
    for permission in Permission:
        yield f"| `{permission}` | " + " | ".join("yes" if may(role, permission) else "" for role in ASKERS) + " |"


def _pages(app: Flask, door: str) -> Iterator[str]:
    """Yield a row for each address of a door; the public one's English twins are left out."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, sorted(rule.methods or ()))):
        permission = permission_of(rule.endpoint)
        if permission is None or _door_of(rule.endpoint) != door:
            continue
        methods = ", ".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        who = "anybody" if may(None, permission) else ", ".join(role for role in Role if may(role, permission))
        yield f"| `{rule.rule}` | {methods} | `{permission}` | {who} |"


def _door_of(endpoint: str) -> str:
    name = endpoint.partition(".")[0]
    return "api" if name == "intake" else name


if __name__ == "__main__":
    print_page()
