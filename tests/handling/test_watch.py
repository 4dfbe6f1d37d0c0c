"""Reminding staff: the right people, the right days, once, and nothing about the person in the mail."""

import os
import subprocess
import sys
import threading
from datetime import date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask.ctx import AppContext
from sqlalchemy import func, select

from desk import clock, jobs
from desk.accounts.models import Staff
from desk.accounts.permissions import Role
from desk.clock import TOKYO
from desk.db import db
from desk.events.kinds import EventKind
from desk.events.models import Event
from desk.events.trail import DESK
from desk.handling import casework, resolution, sources
from desk.handling.administration import change_closures
from desk.handling.casework import WaitRequest
from desk.handling.resolution import Closing
from desk.law.closures import Closures
from desk.law.waits import WaitReason
from desk.mail import sender
from desk.mail.models import MailKind, OutboxMail
from desk.schedule import TABLE, Ticker, sweep
from desk.tickets.models import Reminder, Ticket
from desk.tickets.sources import Asked
from desk.transaction import transaction
from tests.cases import BASE_URL, act, add_staff, open_one, ticket_of
from tests.moment import travel_to
from tests.services.smtp import SmtpServer

ROOT = Path(__file__).parent.parent.parent
# A disclosure request of Monday 2027-06-07: first answer by Wed 06-09, due Mon 06-21.
ARRIVAL = datetime(2027, 6, 7, 10, 0, tzinfo=TOKYO)
DIES = """
import os, signal, sys
from sqlalchemy import event
from desk import jobs
from desk.app import create_app
from desk.db import db
die = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
app = create_app()
with app.app_context():
    event.listen(db.session, sys.argv[1], lambda session: session.info.get("rings") and die())
    jobs.watch()
"""


def at(day: int, hour: int = 9, minute: int = 0, month: int = 6) -> datetime:
    """Return a moment of 2027 in Japan."""
    return datetime(2027, month, day, hour, minute, tzinfo=TOKYO)


def watch(moment: datetime) -> None:
    """Run the job at a moment."""
    with travel_to(moment):
        jobs.watch()


def rules() -> list[tuple[str, str]]:
    """Name the reminders so far: rule and day, a pair each however many tickets they were about."""
    db.session.rollback()
    rows = db.session.execute(select(Reminder.rule, Reminder.on).distinct().order_by(Reminder.on, Reminder.rule))
    return [(rule, on.isoformat()) for rule, on in rows]


def told(day: int) -> list[list[int]]:
    """Return who heard of each reminder of a day in June."""
    db.session.rollback()
    return list(db.session.scalars(select(Reminder.told).where(Reminder.on == at(day).date()).order_by(Reminder.id)))


def mails() -> int:
    """Count the reminder mails."""
    db.session.rollback()
    return db.session.scalar(select(func.count()).where(OutboxMail.kind == MailKind.REMINDER)) or 0


def sent_reminders(server: SmtpServer) -> dict[str, EmailMessage]:
    """Send everything and return the reminders by whom they went to."""
    sender.drain()
    found = {}
    for received in server.received:
        message = message_from_bytes(received.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        if "staff/tickets" in message.get_content():
            (recipient,) = received.recipients
            assert recipient not in found, "two mails to one person"
            found[recipient] = message
    return found


def email_of(staff_id: int) -> str:
    """Return somebody's address."""
    return db.session.get_one(Staff, staff_id).email


def test_it_reminds_on_the_days_of_both_dates(context: AppContext) -> None:
    add_staff()
    open_one(ARRIVAL, kind="D33")
    for day in range(7, 30):
        watch(at(day, 8, 59))
        watch(at(day, 9, 0))
    assert [entry for entry in rules() if entry[0] != "reply-missed"] == [
        ("reply-0", "2027-06-09"),
        ("due-5bd", "2027-06-14"),
        ("due-3bd", "2027-06-16"),
        ("due-1bd", "2027-06-18"),
        ("due-0", "2027-06-21"),
        *(("overdue", f"2027-06-{day}") for day in (22, 23, 24, 25, 28, 29)),
    ]
    missed = [day for rule, day in rules() if rule == "reply-missed"]
    assert missed[0] == "2027-06-10"
    assert not {"2027-06-12", "2027-06-13", "2027-06-19", "2027-06-20"} & set(missed)  # weekends


def test_it_reminds_of_an_answer_that_is_due_until_it_comes(context: AppContext) -> None:
    agent = add_staff()
    opened = open_one(ARRIVAL, kind="D33")
    act(opened, casework.assign, agent, DESK, ARRIVAL)
    asked = Asked("情報システム部", "氏名で探す")
    task = act(opened, sources.ask_source, "mail", asked, date(2027, 6, 10), DESK, ARRIVAL)
    for day in range(8, 15):
        watch(at(day))
    act(opened, sources.answer_source, task, "2件あった", DESK, at(15, 8), is_found=True)
    watch(at(15))
    assert [day for rule, day in rules() if rule == "source-due"] == ["2027-06-10", "2027-06-11", "2027-06-14"]


def test_it_begins_at_nine_and_makes_up_for_a_stopped_clock(context: AppContext) -> None:
    add_staff()
    open_one(ARRIVAL, kind="D33")
    watch(at(9, 0, 1))
    watch(at(9, 8, 59))
    assert mails() == 0
    watch(at(9, 11, 0))
    assert mails() == 1
    watch(at(9, 11, 1))
    watch(at(9, 23, 59))
    assert mails() == 1


def test_it_tells_the_day_after_what_a_lost_day_kept_back(sending: AppContext, smtp_server: SmtpServer) -> None:
    agent = add_staff()
    opened = open_one(ARRIVAL, kind="D33")
    act(opened, casework.assign, agent, DESK, ARRIVAL)
    watch(at(11))
    smtp_server.reset()
    sender.drain()
    smtp_server.reset()
    for moment in (at(15, 8, 59), at(15, 9), at(15, 9, 1), at(15, 12)):  # no clock ran on Monday 14th: five days left
        watch(moment)
    text = sent_reminders(smtp_server)[email_of(agent)].get_content()
    assert "期限まであと4営業日です" in text
    assert "あと5営業日" not in text
    assert [rule for rule in rules() if "due" in rule[0]] == [("due-5bd", "2027-06-15")]
    watch(at(16))
    assert [rule for rule in rules() if "due" in rule[0]] == [("due-5bd", "2027-06-15"), ("due-3bd", "2027-06-16")]


def test_it_tells_of_a_lost_week_once_and_in_the_words_of_today(context: AppContext) -> None:
    add_staff()
    open_one(ARRIVAL, kind="D33")
    watch(at(11))
    watch(at(17))  # Monday to Wednesday were lost, and with them five and three days left; two are
    watch(at(18))
    watch(at(21))
    due = [rule for rule in rules() if rule[0].startswith("due")]
    assert due == [("due-3bd", "2027-06-17"), ("due-1bd", "2027-06-18"), ("due-0", "2027-06-21")]


def test_it_makes_up_for_nothing_before_its_first_day_or_the_arrival(context: AppContext) -> None:
    add_staff()
    open_one(ARRIVAL, kind="D33")
    watch(at(15))  # the first look of a new desk
    open_one(at(17, 20), kind="N-UNSUB")  # due Tuesday 22nd: three days left already on the evening of its arrival
    watch(at(18))
    assert [rule for rule in rules() if rule[0].startswith("due")] == [("due-1bd", "2027-06-18")]


def test_it_sees_across_the_longest_closure(context: AppContext) -> None:
    add_staff()
    with transaction():
        data = Closures.from_data({"dated": ["2027-06-09..2027-06-30"]})
        change_closures(data, version=1, actor=DESK, now=ARRIVAL)
    opened = open_one(ARRIVAL, kind="K40")
    asked = WaitRequest(WaitReason.CORRECTION, "対象を教えてください。")
    act(opened, casework.start_wait, asked, DESK, ARRIVAL, BASE_URL)  # a first answer: nothing but the due date is near
    act(opened, casework.resume, DESK, ARRIVAL)
    assert ticket_of(opened).due_on == date(2027, 7, 7)
    watch(at(8))  # 29 days before, and five of work
    assert rules() == [("due-5bd", "2027-06-08")]


def test_it_is_silent_on_holidays_and_closures(context: AppContext) -> None:
    add_staff()
    open_one(at(12, month=7), kind="D33")  # overdue from 07-27 on
    with transaction():
        data = Closures.from_data({"dated": ["2027-08-12..2027-08-13"]})
        change_closures(data, version=1, actor=DESK, now=clock.now())
    for day in (11, 12, 13, 14, 15):  # a holiday, two days of closure, a weekend
        watch(at(day, 10, month=8))
    assert rules() == []
    watch(at(16, 10, month=8))
    assert {day for _, day in rules()} == {"2027-08-16"}


def test_it_looks_beyond_a_long_closure(context: AppContext) -> None:
    add_staff()
    opened = open_one(ARRIVAL, kind="D33")
    with transaction():
        data = Closures.from_data({"dated": ["2027-06-15..2027-07-11"]})
        change_closures(data, version=1, actor=DESK, now=clock.now())
        ticket = db.session.get_one(Ticket, opened.ticket_id)
        ticket.due_on, ticket.answered_at = at(16, month=7).date(), ARRIVAL
    watch(at(14))
    assert rules() == [("due-5bd", "2027-06-14")]


def test_it_writes_one_mail_to_whoever_has_it(sending: AppContext, smtp_server: SmtpServer) -> None:
    owner, other, manager = add_staff(), add_staff(name="鈴木 一郎"), add_staff(Role.MANAGER)
    add_staff(Role.ADMIN)
    add_staff(Role.AUDITOR)
    for _ in range(2):
        act(open_one(ARRIVAL, kind="D33"), casework.assign, owner, DESK, ARRIVAL)
    watch(at(14))
    found = sent_reminders(smtp_server)
    assert set(found) == {email_of(owner)}
    assert "期限まであと5営業日です" in found[email_of(owner)].get_content()
    assert mails() == 1
    open_one(ARRIVAL, kind="D33")
    smtp_server.reset()
    watch(at(15))
    assert set(sent_reminders(smtp_server)) == {email_of(owner), email_of(other)}, "unassigned: to all agents"
    assert sorted(map(sorted, told(15))) == [[owner], [owner], sorted([owner, other])], "one row a ticket, all named"
    smtp_server.reset()
    watch(at(22))
    assert set(sent_reminders(smtp_server)) == {email_of(owner), email_of(other), email_of(manager)}


def test_it_tells_the_manager_what_is_to_be_settled(sending: AppContext, smtp_server: SmtpServer) -> None:
    owner, manager = add_staff(name="佐藤 窓口"), add_staff(Role.MANAGER, language="en")
    opened = open_one(ARRIVAL, kind="D33")
    act(opened, casework.assign, owner, DESK, ARRIVAL)
    watch(at(24))
    found = sent_reminders(smtp_server)
    to_owner, to_manager = (found[email_of(person)].get_content() for person in (owner, manager))
    assert "3日超過" in to_owner
    assert "期限を過ぎています" in to_owner
    assert "最初のご連絡、結果のお知らせ" in to_owner
    assert "3 days over" in to_manager
    assert "佐藤 窓口" in to_manager
    assert "Please settle three things today" in to_manager
    assert "本日中に" not in to_owner
    assert f"/staff/tickets/{opened.ref}" in to_manager
    for message in found.values():
        whole = message["Subject"] + message.get_content()
        for personal in ("山田", "太郎", "taro", "広告のメール"):
            assert personal not in whole
        assert message["Auto-Submitted"] == "auto-generated"


def test_it_reaches_somebody_whoever_is_left(context: AppContext) -> None:
    open_one(ARRIVAL, kind="D33")
    watch(at(9))
    assert db.session.scalar(select(func.count()).where(Event.kind == EventKind.REMINDED)) == 0
    admin = add_staff(Role.ADMIN)
    watch(at(10))
    assert told(10) == [[admin]]
    manager, left = add_staff(Role.MANAGER), add_staff()
    with transaction():
        db.session.get_one(Staff, left).is_active = False
    watch(at(11))
    assert told(11) == [[manager]]


def test_it_is_silent_while_waiting_and_after_the_end(context: AppContext) -> None:
    add_staff()
    waiting, closed = open_one(ARRIVAL, kind="D33"), open_one(ARRIVAL)
    asked = WaitRequest(WaitReason.IDENTITY, "本人確認書類をお送りください。")
    act(waiting, casework.start_wait, asked, DESK, at(8), BASE_URL)
    act(closed, resolution.close, Closing("K-OK", "解決しました。"), DESK, at(8), BASE_URL)
    for day in range(8, 25):
        watch(at(day))
    assert rules() == []
    act(waiting, casework.resume, DESK, at(25, 8))
    watch(at(25))
    assert rules() == [("overdue", "2027-06-25")]
    assert ticket_of(waiting).due_on == at(21).date()


def test_two_clocks_at_once_remind_once(context: AppContext) -> None:
    agents = [add_staff() for _ in range(5)]
    for _ in range(5):
        open_one(ARRIVAL, kind="D33")
    app, ready = context.app, threading.Barrier(4)

    def one_clock() -> None:
        with app.app_context():
            ready.wait()
            jobs.watch()
            db.session.remove()

    with travel_to(at(14)):
        threads = [threading.Thread(target=one_clock) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert mails() == len(agents)
    per_rule = select(func.count()).where(Event.kind == EventKind.REMINDED)
    assert db.session.scalar(per_rule) == len(set(rules())) * 5


@pytest.mark.parametrize("point", ["before_commit", "after_commit"])
def test_a_clock_killed_between_reminds_once(environ: dict[str, str], context: AppContext, point: str) -> None:
    add_staff()
    open_one(ARRIVAL, kind="D33")
    with travel_to(at(14)):
        command = [sys.executable, "-c", DIES, point]
        done = subprocess.run(command, env=os.environ | environ, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == -9, done.stderr
    assert mails() == (point == "after_commit")
    watch(at(14, 9, 5))
    watch(at(14, 9, 6))
    assert mails() == 1
    assert [rule for rule, _ in rules()] == ["due-5bd", "reply-missed"]


def test_a_restart_in_the_sweep_and_without_redis(sending: AppContext, smtp_server: SmtpServer) -> None:
    agent = add_staff()
    open_one(ARRIVAL, kind="D33")
    runner = sending.app.test_cli_runner()
    with travel_to(at(14, 11)):
        assert runner.invoke(sweep).exit_code == 0
        assert runner.invoke(sweep).exit_code == 0
        assert mails() == 1
    assert set(sent_reminders(smtp_server)) == {email_of(agent)}
    smtp_server.reset()
    with travel_to(at(15, 9) - timedelta(seconds=30)) as traveller:
        for seconds in (0, 60, 120):  # a fresh clock each time; it has no Redis, so it does the work itself
            traveller.move_to(at(15, 9) + timedelta(seconds=seconds - 30))
            ticker = Ticker(sending.app, tuple(entry for entry in TABLE if entry.job in {"watch", "deliver"}))
            ticker.tick(1000.0)
            ticker.tick(1100.0)
    assert set(sent_reminders(smtp_server)) == {email_of(agent)}
    assert mails() == 2
