"""A3: fifty tries at once are still five, and more cost more time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from flask import Flask

from desk import clock
from desk.accounts import throttle
from desk.accounts.permissions import Role
from desk.handling.entrance import TooManyTries, count_try
from desk.transaction import transaction
from tests.people import PASSWORD, hire, try_sign_in


def test_it_lets_five_of_fifty_tries_through(app: Flask) -> None:
    now = clock.now()

    def once(_number: int) -> bool:
        with app.app_context():
            try:
                with transaction():
                    count_try("admin@desk.example", now)
            except TooManyTries:
                return False
            return True

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(once, range(50))) == 5


def test_it_waits_longer_each_time(context: object) -> None:
    now, waits = clock.now(), []
    for _block in range(6):
        for _try in range(5):
            with transaction():
                assert throttle.take_try(b"x" * 32, now) is None
        with transaction():
            wait = throttle.take_try(b"x" * 32, now)
        assert wait is not None
        waits.append(wait)
        now += wait
    assert waits == [timedelta(minutes=minutes) for minutes in (1, 2, 4, 8, 15, 15)]


def test_it_answers_the_right_password_with_a_wait_too(app: Flask) -> None:
    hire(app, Role.ADMIN)
    client = app.test_client()
    statuses = [try_sign_in(client, "admin@desk.example", "wrong but long enough")[0] for _try in range(5)]
    assert statuses == [400] * 5
    assert try_sign_in(client, "admin@desk.example", PASSWORD)[0] == 429
