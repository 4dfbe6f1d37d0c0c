"""A5: sign-in leads to a page of this desk only, and nobody is signed out by a link."""

import pytest
from flask import Flask

from desk.accounts.permissions import Role
from desk.web.guard import is_local_path
from tests.people import PASSWORD, browser_of, hire, try_sign_in

ELSEWHERE = [
    "//evil.example",
    "/\\evil.example",
    "\\evil.example",
    "https://evil.example",
    "javascript:alert(1)",
    "/a\\b",
    "/a\nb",
    "/\t/evil.example",
    "",
    "evil.example",
    "///evil.example",
]


@pytest.mark.parametrize("target", ELSEWHERE)
def test_it_knows_a_strange_target(target: str) -> None:
    assert not is_local_path(target)


@pytest.mark.parametrize(
    ("target", "leads_to"),
    [
        ("//evil.example", "/signed-in"),
        ("/admin/staff", "/admin/staff"),
        ("/admin/mail?state=held", "/admin/mail?state=held"),
        ("/staff/", "/signed-in"),  # not for an administrator, who would be refused
        ("/nowhere", "/signed-in"),
    ],
)
def test_it_leads_to_local_pages_only(app: Flask, target: str, leads_to: str) -> None:
    hire(app, Role.ADMIN)
    assert try_sign_in(app.test_client(), "admin@desk.example", PASSWORD, next=target)[1] == leads_to


def test_it_signs_nobody_out_by_a_link(app: Flask) -> None:
    client = browser_of(app, hire(app, Role.ADMIN))
    assert client.get("/sign-out").status_code == 405
    assert client.post("/sign-out").status_code == 400
    assert client.get("/admin/").status_code == 200
