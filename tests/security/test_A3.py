"""A3: fifty tries at once are still five, by the verb and by the door, and more cost more time."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from flask import Flask
from sqlalchemy import func, select

from desk import clock
from desk.accounts import throttle
from desk.accounts.models import StaffSession
from desk.accounts.permissions import Role
from desk.app import create_app
from desk.config import read_config
from desk.db import db
from desk.handling.entrance import TooManyTries, count_try
from desk.transaction import transaction
from tests.moment import travel_to
from tests.people import PASSWORD, browser_of, hire, proof, try_sign_in


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
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(StaffSession)) == 0


def test_the_door_lets_five_of_fifty_tries_through(app: Flask) -> None:
    hire(app, Role.ADMIN)
    clients = [app.test_client() for _number in range(50)]
    tokens = [proof(client, "/sign-in") for client in clients]

    def once(number: int) -> int:
        data = {"csrf_token": tokens[number], "email": "admin@desk.example", "password": "wrong but long enough"}
        return clients[number].post("/sign-in", data=data).status_code

    with ThreadPoolExecutor(10) as pool:
        assert Counter(pool.map(once, range(50))) == {400: 5, 429: 45}


def test_the_door_opens_again_after_longer_and_longer(app: Flask) -> None:
    hire(app, Role.ADMIN)
    client, wrong = app.test_client(), ("admin@desk.example", "wrong but long enough")
    with travel_to(clock.now()) as now:
        for minutes in (1, 2, 4):
            assert [try_sign_in(client, *wrong)[0] for _try in range(6)] == [400] * 5 + [429]
            now.shift(timedelta(minutes=minutes, seconds=-1))
            status, _location, page = try_sign_in(client, *wrong)
            assert (status, "しばらくお待ちください（約1分）" in page) == (429, True)
            now.shift(timedelta(seconds=1))
        assert try_sign_in(client, "admin@desk.example", PASSWORD)[0] == 303


def test_the_door_counts_a_network_over_all_names(environ: dict[str, str]) -> None:
    app = create_app(read_config(environ | {"DESK_LIMITS": "on"}))
    client = app.test_client()
    token = proof(client, "/sign-in")

    def once(number: int, address: str) -> int:
        data = {"csrf_token": token, "email": f"nobody{number}@desk.example", "password": "wrong but long enough"}
        return client.post("/sign-in", data=data, environ_base={"REMOTE_ADDR": address}).status_code

    assert Counter(once(number, "192.0.2.7") for number in range(35)) == {400: 30, 429: 5}
    assert once(99, "192.0.2.8") == 400
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def test_an_open_browser_is_no_way_to_guess_the_password(app: Flask) -> None:
    client = browser_of(app, hire(app, Role.AGENT))
    new = {"new": "a new and very long one", "again": "a new and very long one"}
    for current, words in [("wrong but long enough", "現在のパスワードが違います")] * 5 + [
        (PASSWORD, "しばらく待って")
    ]:
        data = {"csrf_token": proof(client, "/account/password"), "current": current, **new}
        answer = client.post("/account/password", data=data)
        assert (answer.status_code, words in answer.text) == (400, True)
    assert try_sign_in(app.test_client(), "agent@desk.example", PASSWORD)[0] == 429
