"""`desk sweep`: one is enough, and a part that fails keeps no other from its turn."""

from datetime import datetime

import pytest
from flask.ctx import AppContext
from flask.testing import FlaskCliRunner
from sqlalchemy import func, select

from desk import clock
from desk.clock import TOKYO
from desk.db import db
from desk.handling.access import ask_for_link
from desk.mail import sender
from desk.mail.models import MailKind, MailState, OutboxMail
from desk.reporting import rollup
from desk.schedule import sweep
from desk.transaction import transaction
from tests.cases import add_staff, open_one, spoil
from tests.mail.posting import post
from tests.moment import travel_to
from tests.services.smtp import SmtpServer

MONDAY = datetime(2027, 6, 14, 11, 0, tzinfo=TOKYO)
"""Five business days before what arrived a week earlier is due."""


@pytest.fixture
def runner(sending: AppContext) -> FlaskCliRunner:
    """Run commands on a desk that has no Redis."""
    return sending.app.test_cli_runner()


def left() -> set[str]:
    """Name the kinds of mail that have not left."""
    db.session.rollback()
    return set(db.session.scalars(select(OutboxMail.kind).where(OutboxMail.state != MailState.SENT)))


def sent() -> set[str]:
    """Name the kinds of mail that have left."""
    return set(db.session.scalars(select(OutboxMail.kind).where(OutboxMail.state == MailState.SENT)))


def test_one_leaves_nothing_behind(runner: FlaskCliRunner, smtp_server: SmtpServer) -> None:
    add_staff()
    opened = open_one(MONDAY.replace(day=7), kind="D33")
    with travel_to(MONDAY):
        with transaction():
            ask_for_link(opened.ref, clock.now())
        assert runner.invoke(sweep).exit_code == 0
        assert left() == set()
        assert sent() == {MailKind.ACKNOWLEDGEMENT, MailKind.LINK, MailKind.REMINDER}
        assert rollup.waiting_lines() == 0


def test_it_goes_on_until_all_mail_has_left(
    runner: FlaskCliRunner, smtp_server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "RUN_S", 0.2)
    post(300)
    assert runner.invoke(sweep).exit_code == 0
    assert left() == set()
    assert db.session.scalar(select(func.count()).where(OutboxMail.state == MailState.SENT)) == 300


def test_it_says_at_the_end_which_part_failed(runner: FlaskCliRunner, smtp_server: SmtpServer) -> None:
    opened = open_one()
    with transaction():
        ask_for_link(opened.ref, clock.now())
    spoil(opened)
    result = runner.invoke(sweep)
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].endswith("some part failed: index (NotIndexed), links (NotAnswered)")
    assert MailKind.ACKNOWLEDGEMENT in sent()
