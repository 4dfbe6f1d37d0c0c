"""What is due in the policy's register is told by itself, and no longer once it is seen to or gone."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.ctx import AppContext
from sqlalchemy import update

from desk import clock, jobs
from desk.clock import TOKYO
from desk.company.models import Company
from desk.db import db
from desk.events.alerts import list_open_alerts
from desk.events.trail import DESK
from desk.handling.policies import GapCare, adopt_policy, care_for_gap, import_policy
from desk.transaction import transaction
from tests.cases import add_staff
from tests.moment import Traveller

SAMPLE = (Path(__file__).parents[2] / "desk" / "develop" / "sample_policy.ja.md").read_bytes()
COMPLETE = (Path(__file__).parents[1] / "policy" / "samples" / "complete.ja.md").read_bytes()
DUE = date(2026, 7, 1)


@pytest.fixture
def staff_id(context: AppContext, moment: Traveller) -> Iterator[int]:
    """A manager of a desk with a policy that has gaps."""
    moment.move_to(datetime(2026, 6, 10, 10, tzinfo=TOKYO))
    adopt(SAMPLE, date(2024, 4, 1))
    with transaction():
        db.session.execute(update(Company).values(contact_email="privacy@sample.example"))
    return add_staff()


def adopt(content: bytes, on: date) -> None:
    with transaction():
        row, _is_new = import_policy(content, actor=DESK, now=clock.now())
        db.session.flush()
        adopt_policy(row, on, version=1, actor=DESK, now=clock.now())


def settle(staff_id: int, due_on: date | None, version: int) -> None:
    care = GapCare(staff_id, due_on, "", "", is_approved=False)
    with transaction():
        care_for_gap("retention", care, version=version, staff_id=staff_id, now=clock.now())


def told() -> list[str]:
    jobs.register()
    return sorted(alert.kind for alert in list_open_alerts())


def test_a_gap_is_told_on_its_day_until_it_is_put_off(app: Flask, staff_id: int, moment: Traveller) -> None:
    settle(staff_id, DUE, 0)
    moment.move_to(datetime(2026, 6, 30, 23, 59, 59, tzinfo=TOKYO))
    assert told() == []
    moment.shift(timedelta(seconds=1))
    assert told() == told() == ["gap_due"]
    settle(staff_id, date(2026, 8, 1), 1)
    assert [alert.kind for alert in list_open_alerts()] == []
    assert told() == []


def test_a_gap_that_a_new_version_fills_is_told_no_more(app: Flask, staff_id: int, moment: Traveller) -> None:
    settle(staff_id, DUE, 0)
    moment.move_to(datetime(2026, 7, 1, tzinfo=TOKYO))
    assert told() == ["gap_due"]
    with transaction():
        db.session.execute(update(Company).values(contact_email="nobody@sample.example"))
    adopt(COMPLETE, date(2026, 7, 1))
    assert "gap_due" not in told()


def test_a_contradiction_is_told_while_it_stands(app: Flask, staff_id: int) -> None:
    assert told() == []
    for address, kinds in (("other@sample.example", ["contradiction"]), ("privacy@sample.example", [])):
        with transaction():
            db.session.execute(update(Company).values(contact_email=address))
        assert told() == kinds
