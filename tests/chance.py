"""Chance in the tests: none at all in `make test`; `make explore` draws anew and prints the seed that repeats what it found."""

import os
from random import Random
from typing import Any

import pytest
from hypothesis import settings

EXPLORE = "DESK_TEST_EXPLORE"
"""The setting that `make explore` makes: the number that everything drawn in this run follows from."""
DRAWN = 20


def explored() -> int | None:
    """Return the seed of an exploring run; None in an ordinary one."""
    return int(os.environ[EXPLORE]) if os.environ.get(EXPLORE) else None


def seeds(*fixed: int) -> list[Any]:
    """Return the seeds of a test that acts at random: the fixed ones, or fresh ones when exploring.

    A fresh one that fails is named in the test's id: it becomes a fixed one.
    """
    seed = explored()
    numbers = fixed if seed is None else [Random(seed + place).randrange(2**32) for place in range(DRAWN)]
    return [pytest.param(number, id=str(number), marks=pytest.mark.chance) for number in numbers]


def examples(usual: int) -> int:
    """Return how many examples a slow property test takes: forty times as many when exploring."""
    return usual if explored() is None else usual * 40


def pytest_configure(config: pytest.Config) -> None:
    """Give property tests their profile before they are collected."""
    config.addinivalue_line("markers", "chance: acts at random, from a seed; `make explore` runs it with fresh ones")
    plain: dict[str, Any] = {"database": None, "deadline": None}
    settings.register_profile("gate", derandomize=True, **plain)
    settings.register_profile("explore", max_examples=2000, print_blob=True, **plain)
    settings.load_profile("gate" if explored() is None else "explore")


def pytest_report_header() -> str | None:
    """Say how an exploring run is repeated."""
    return None if explored() is None else f"exploring: `make explore SEED={explored()}` repeats this run"
