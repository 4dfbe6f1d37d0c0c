"""A6: a one-time link works once, for a day, for whom it was made; nothing else is a link."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from desk import clock
from desk.accounts.models import StaffToken, TokenPurpose
from desk.accounts.permissions import Role
from desk.accounts.tokens import find_token_staff, issue_token, use_token
from desk.db import db
from desk.transaction import transaction
from tests.people import browser_of, hire, person, proof, try_sign_in

NEW = "another long enough phrase"


def link(app: Flask, staff_id: int, purpose: TokenPurpose = TokenPurpose.RESET, age: timedelta = timedelta()) -> str:
    with app.app_context(), transaction():
        return issue_token(staff_id, purpose, clock.now() - age)


@pytest.mark.parametrize("token", ["", " ", "x", "x" * 42, "x" * 43, "x" * 44, "None", "%00", "あ" * 43])
def test_it_knows_nothing_else_as_a_link(app: Flask, token: str) -> None:
    link(app, hire(app, Role.ADMIN))
    with app.app_context():
        assert find_token_staff(token, TokenPurpose.RESET, clock.now()) is None
    if token.strip():
        assert app.test_client().get(f"/reset/{token}").status_code == 404


def test_it_is_used_up_by_a_post_and_not_by_a_look(app: Flask) -> None:
    staff_id = hire(app, Role.ADMIN)
    signed_in, client, path = browser_of(app, staff_id), app.test_client(), f"/reset/{link(app, staff_id)}"
    assert [client.get(path).status_code for _look in range(3)] == [200] * 3
    data = {"csrf_token": proof(client, path), "new": NEW, "again": NEW}
    assert client.post(path, data=data).status_code == 303
    assert (
        client.post(path, data={"csrf_token": proof(client, "/sign-in"), "new": NEW, "again": NEW}).status_code == 404
    )
    assert signed_in.get("/admin/").status_code == 303
    assert try_sign_in(client, "admin@desk.example", NEW)[0] == 303


def test_it_ends_after_a_day_and_for_another_purpose(app: Flask) -> None:
    staff_id = hire(app, Role.ADMIN)
    assert app.test_client().get(f"/reset/{link(app, staff_id, age=timedelta(hours=24))}").status_code == 404
    assert app.test_client().get(f"/invitation/{link(app, staff_id)}").status_code == 404


def test_it_is_stored_as_a_hash(app: Flask) -> None:
    token = link(app, hire(app, Role.ADMIN))
    with app.app_context():
        stored = db.session.scalars(select(StaffToken.token_hash)).one()
    assert token.encode() not in stored
    assert len(stored) == 32


def test_it_lets_one_of_many_use_it(app: Flask) -> None:
    staff_id = hire(app, Role.ADMIN)
    token = link(app, staff_id)

    def once(_number: int) -> bool:
        with app.app_context(), transaction():
            return use_token(token, TokenPurpose.RESET, clock.now()) is not None

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(once, range(16))) == 1
    assert person(app, staff_id).is_active
