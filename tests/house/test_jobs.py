"""Each job is written in three places, and they agree: the queue lets it in, the worker has it, the clock rings it."""

import inspect
import re
from pathlib import Path

import pytest
import redis
from flask import Flask

from desk import jobs
from desk.app import create_app
from desk.config import read_config
from desk.queue import JOBS
from desk.schedule import SWEEP, TABLE
from tests.services.valkey import RedisServer

DESK = Path(jobs.__file__).parent
FUNCTIONS = {
    name: found
    for name, found in vars(jobs).items()
    if inspect.isfunction(found) and found.__module__ == jobs.__name__ and not name.startswith("_")
}


def test_it_lets_in_what_there_is_and_rings_it_once() -> None:
    assert sorted(JOBS) == sorted(FUNCTIONS)
    assert sorted(periodic.job for periodic in TABLE) == sorted(FUNCTIONS)
    assert set(SWEEP) == set(FUNCTIONS)


def test_it_rings_for_nothing_else() -> None:
    text = "".join(path.read_text() for path in DESK.rglob("*.py"))
    rung = set(re.findall(r'(?:after_commit|\.ring|\.answer)\("(\w+)"', text))
    assert "deliver" in rung
    assert rung <= set(JOBS)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_it_takes_at_most_one_number(name: str) -> None:
    (only,) = inspect.signature(FUNCTIONS[name]).parameters.values()
    assert (only.annotation, only.default) == (int, 0)


@pytest.fixture
def ringing(environ: dict[str, str], redis_server: RedisServer) -> Flask:
    """A desk with Redis."""
    return create_app(read_config(environ | {"REDIS_URL": redis_server.url}))


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_each_can_be_rung_again_once_it_has_begun(ringing: Flask, redis_server: RedisServer) -> None:
    line = redis.Redis.from_url(redis_server.url)
    with ringing.app_context():
        bell = ringing.extensions["bell"]
        for name in JOBS:
            assert bell.ring(name)
            assert line.exists(f"desk:rung:{name}")
            getattr(jobs, name)()
            assert not line.exists(f"desk:rung:{name}"), name
    line.close()
