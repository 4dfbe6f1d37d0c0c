"""The short form of `make chaos`: a dozen deaths on each database, and the auditor finds nothing."""

from pathlib import Path

import pytest

from tests.chaos.run import run

pytestmark = pytest.mark.proof


@pytest.mark.parametrize(("where", "seed"), [("sqlite", 1), ("postgresql", 2)])
def test_it_keeps_every_promise_whatever_dies(tmp_path: Path, where: str, seed: int) -> None:
    done = run(tmp_path, database=where, kills=8, tickets=40, seed=seed, pause_s=0.25)
    assert done.broken == []
    assert done.kills >= 8
    assert done.tickets >= 40
    assert done.mails_in > 10
    assert done.mails_out > 40
