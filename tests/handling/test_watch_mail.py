"""Reminding staff of mail that waits to be judged: once a day, agents and managers, spam included."""

from collections.abc import Iterator
from datetime import datetime
from email import message_from_bytes, policy

import pytest
from flask.ctx import AppContext
from sqlalchemy import select

from desk import jobs
from desk.accounts.permissions import Role
from desk.clock import TOKYO
from desk.db import db
from desk.mail.models import MailKind, OutboxMail
from desk.mail.outbox import unpack
from desk.mail.reading.reader import Reader
from desk.vault.keys import DataKey, vault
from tests.cases import add_staff, open_one
from tests.mail.arriving import PERSON, arrive, mail_bytes
from tests.moment import travel_to


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    """One reader for all."""
    with Reader() as one:
        yield one


def at(day: int, hour: int = 9, minute: int = 0) -> datetime:
    """Return a moment of June 2027 in Japan; the 14th is a Monday."""
    return datetime(2027, 6, day, hour, minute, tzinfo=TOKYO)


def watch(moment: datetime) -> list[tuple[str, str, str]]:
    """Run the job at a moment and return every reminder mail so far: recipient, subject, text."""
    with travel_to(moment):
        jobs.watch()
    db.session.rollback()
    found = []
    rows = db.session.scalars(
        select(OutboxMail).where(OutboxMail.kind == MailKind.REMINDER).order_by(OutboxMail.id)
    ).all()
    for row in rows:
        envelope, mime = unpack(vault().open(db.session.get_one(DataKey, row.key_id)), row.sealed or b"")
        message = message_from_bytes(mime, policy=policy.default)
        found.append((envelope.recipient, str(message["Subject"]), message.get_content()))
    return found


def advert(reader: Reader, moment: datetime, number: int = 1) -> None:
    """Have advertising arrive, which waits to be judged."""
    with travel_to(moment):
        arrive(reader, mail_bytes(f"SEO対策と被リンクのご案内 {number}", subject="ご提案", message_id=f"<{number}@p>"))


def test_who_may_judge_mail_hears_of_it_once_a_day(context: AppContext, reader: Reader) -> None:
    agent, manager, english = add_staff(), add_staff(Role.MANAGER), add_staff(language="en")
    add_staff(Role.ADMIN)
    add_staff(Role.AUDITOR)
    for number in (1, 2):
        advert(reader, at(11, 18), number)
    assert watch(at(12)) == []  # a Saturday
    assert watch(at(14, 8, 59)) == []
    found = {recipient: (subject, text) for recipient, subject, text in watch(at(14))}
    assert set(found) == {f"s{who}@desk.example" for who in (agent, manager, english)}
    subject, text = found[f"s{agent}@desk.example"]
    assert "確認待ちのメール" in subject
    assert subject.endswith("2通")
    assert "メールが2通あります" in text
    assert "/staff/mail/" in text
    assert "対応期限が近い" not in text
    assert "2 mails waiting to be judged" in found[f"s{english}@desk.example"][1]
    for told_subject, told_text in found.values():
        assert PERSON not in told_text
        assert "SEO" not in told_subject + told_text
    assert len(watch(at(14, 9, 1))) == len(watch(at(14, 17))) == 3


def test_due_tickets_and_mail_to_judge_come_in_one_mail(context: AppContext, reader: Reader) -> None:
    add_staff()
    open_one(at(7, 10), kind="D33")  # first answer by Wednesday the 9th
    advert(reader, at(8, 18))
    [(_recipient, subject, text)] = [mail for mail in watch(at(9)) if "期限のお知らせ" in mail[1]]
    assert subject.endswith("1件")
    assert "最初のご連絡の期限" in text
    assert "メールが1通あります" in text


def test_told_of_mail_in_the_morning_they_hear_of_what_is_due_later(context: AppContext, reader: Reader) -> None:
    add_staff()
    advert(reader, at(8, 18))
    assert len(watch(at(9))) == 1
    open_one(at(7, 10), kind="D33")
    found = watch(at(9, 15))
    assert len(found) == 2
    assert "期限のお知らせ" in found[1][1]


def test_nothing_to_judge_and_nothing_due_is_no_mail(context: AppContext) -> None:
    add_staff()
    assert watch(at(14)) == []
