"""Numbers and days as people, or programs, put them into a form or an address."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from desk.accounts.permissions import Role
from desk.web.fields import MOST, MOST_VERSIONS, read_number, read_version
from tests.cases import fields_of
from tests.people import browser_of, hire

NONE = [None, "", " ", "-1", "1.5", "1e2", "0x10", "１４", "٣", "²", "x", str(MOST + 1), "9" * 5000]


@pytest.mark.parametrize("text", NONE)
def test_it_reads_no_number_that_no_column_holds(text: str | None) -> None:
    assert (read_number(text), read_version(text)) == (None, -1)


@pytest.mark.parametrize("number", [0, 7, MOST])
def test_it_reads_what_a_column_holds(number: int) -> None:
    assert read_number(str(number)) == number


def test_it_reads_a_version_that_can_have_a_next_one() -> None:
    assert [read_version(str(number)) for number in (0, MOST_VERSIONS - 1, MOST_VERSIONS)] == [0, MOST_VERSIONS - 1, -1]


@pytest.mark.parametrize("text", [str(MOST_VERSIONS), str(MOST), str(MOST + 1), "9" * 5000])
def test_a_number_too_large_is_no_fault_of_the_desk(app: Flask, text: str) -> None:
    agent, manager, admin = (browser_of(app, hire(app, role)) for role in (Role.AGENT, Role.MANAGER, Role.ADMIN))
    assert agent.get(f"/staff/?assignee={text}").status_code == 200
    assert manager.get(f"/manager/tickets?part=received&agent={text}").status_code == 200
    assert manager.get(f"/manager/tickets?part=received&after=2026-06-10_{text}").status_code == 200
    assert _post(agent, "/staff/", "/staff/search", {"q": "返金先", "cursor": text}) == 200
    assert _post(admin, "/admin/settings", "/admin/settings", {"was_wait_days": text, "wait_days": "21"}) == 409
    assert _post(admin, "/admin/company", "/admin/company", {"version": text}) == 409


def _post(client: FlaskClient, page: str, path: str, typed: dict[str, str]) -> int:
    return client.post(path, data=fields_of(client.get(page).text, path) | typed).status_code
