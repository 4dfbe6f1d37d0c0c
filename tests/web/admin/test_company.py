"""The company's closures: what would leave no day to compute with is refused, and what was typed stays."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from desk.accounts.models import Staff
from desk.accounts.permissions import Role
from desk.company.profile import get_company
from desk.db import db
from desk.transaction import transaction
from tests.people import browser_of, hire
from tests.web.api.calls import GOOD, call
from tests.web.pages import form_in, send


@pytest.fixture
def admin(app: Flask) -> FlaskClient:
    """An administrator's browser."""
    return browser_of(app, hire(app, Role.ADMIN))


def stored(app: Flask) -> dict[str, list[str]]:
    """Return the closures as they are now; empty while nobody has saved any."""
    with app.app_context():
        return dict(get_company().closures)


YEAR = {"yearly_first": ["12-29", "01-01"], "yearly_last": ["01-03", "12-31"]}
MONTHS = {"dated_first": ["2030-07-01"], "dated_last": ["2030-08-31"]}
TOGETHER = {"dated_first": ["2030-08-01", "2030-08-17"], "dated_last": ["2030-08-16", "2030-09-05"]}


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (YEAR, ("2045年12月31日（日）まで",)),
        (MONTHS, ("2030年6月29日（土）から2030年9月1日（日）まで", "30日以内")),
        (TOGETHER, ("2030年8月1日（木）から2030年9月5日（木）まで",)),
    ],
)
def test_it_refuses_closures_without_end(
    app: Flask, admin: FlaskClient, typed: dict[str, list[str]], said: tuple[str, ...]
) -> None:
    answer = send(admin, form_in(admin.get("/admin/company/closures"), "closures"), **typed)
    assert answer.status_code == 400
    for words in said:
        assert words in answer.text
    for values in typed.values():
        for value in values:
            assert f'value="{value}"' in answer.text
    assert stored(app) == {}
    assert call(app.test_client(), GOOD).status_code == 201


def test_it_takes_a_long_holiday(app: Flask, admin: FlaskClient) -> None:
    typed = {"dated_first": "2030-08-01", "dated_last": "2030-08-25"}
    assert send(admin, form_in(admin.get("/admin/company/closures"), "closures"), **typed).status_code == 303
    assert stored(app)["dated"] == ["2030-08-01..2030-08-25"]


def test_it_says_so_in_english(app: Flask, admin: FlaskClient) -> None:
    with app.app_context(), transaction():
        db.session.query(Staff).update({"language": "en"})
    answer = send(admin, form_in(admin.get("/admin/company/closures"), "closures"), **MONTHS)
    assert "no business day from Sat 29 Jun 2030 to Sun 1 Sep 2030" in answer.text
