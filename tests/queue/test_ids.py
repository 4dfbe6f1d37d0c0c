"""Ids: never twice in one process, however many threads and forks make them at once, and in the order of their making."""

import os
import threading
from datetime import timedelta
from functools import partial

from desk.db import new_id
from tests.moment import Traveller
from tests.waiting import wait_until


def test_it_makes_no_id_twice_within_a_millisecond() -> None:
    ids: list[int] = []
    threads = [threading.Thread(target=lambda: ids.extend(new_id() for _ in range(20_000))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(ids)) == 80_000  # of as many random draws, some 760 pairs would have been alike
    assert max(ids) < 2**63


def test_those_of_one_millisecond_keep_their_order() -> None:
    ids = [new_id() for _ in range(1000)]
    assert ids == sorted(ids)


def test_it_sorts_by_time(moment: Traveller) -> None:
    first = new_id()
    moment.shift(timedelta(milliseconds=1))
    assert new_id() > first


def has_ended_well(child: int) -> bool:
    """Tell whether a child has ended; fail if it did not end well."""
    ended, status = os.waitpid(child, os.WNOHANG)
    assert status == 0
    return ended == child


def test_it_works_in_a_child_forked_while_the_lock_was_held() -> None:
    done = threading.Event()
    busy = threading.Thread(target=lambda: [new_id() for _ in iter(lambda: not done.is_set(), False)])
    busy.start()
    try:
        for _ in range(20):
            child = os.fork()
            if child == 0:
                os._exit(0 if new_id() else 1)
            wait_until(partial(has_ended_well, child), "the child has an id")
    finally:
        done.set()
        busy.join()
