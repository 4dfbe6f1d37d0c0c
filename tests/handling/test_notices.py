"""Telling people of a new version: one mail a person, whatever is killed, and who could not be told is counted."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from flask.ctx import AppContext
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from desk import clock, jobs
from desk.clock import TOKYO
from desk.db import db, new_id
from desk.events.kinds import EventKind
from desk.events.models import Event
from desk.events.trail import DESK, PERSON, Actor, record, staff_actor
from desk.handling.notices import NoticeWords, ToldAlready, announce_by_mail, record_other
from desk.handling.policies import adopt_policy, import_policy
from desk.handling.resolution import Closing, close
from desk.mail.models import MailKind, OutboxMail
from desk.mail.outbox import unpack
from desk.policy.models import PolicyVersion
from desk.policy.notices import NoticeChannel, PolicyNotice, list_notices
from desk.tickets.content import Contact
from desk.tickets.errors import NotAllowed
from desk.transaction import transaction
from desk.vault.keys import DataKey, vault
from tests.cases import act, add_staff, open_one, spoil
from tests.moment import Traveller

ROOT = Path(__file__).parents[2]
SAMPLE = (ROOT / "desk" / "develop" / "sample_policy.ja.md").read_bytes()
JULY = date(2026, 7, 1)
WORDS = NoticeWords("第2条に、発送の目的を加えます。", "Article 2 will also name dispatch.")
ONE_BY_ONE = """
import os, signal, sys
from sqlalchemy import event
from desk import jobs
from desk.app import create_app
from desk.db import db
from desk.handling import notices
notices.BATCH, left = 1, 2
def die(session):
    global left
    left -= bool(session.info.get("rings"))
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
app = create_app()
with app.app_context():
    event.listen(db.session, sys.argv[1], die)
    jobs.notices()
"""


@pytest.fixture
def actor(context: AppContext, moment: Traveller) -> Iterator[Actor]:
    """Whoever tells people."""
    moment.move_to(datetime(2026, 6, 10, 10, tzinfo=TOKYO))
    return staff_actor(add_staff())


def draft() -> PolicyVersion:
    with transaction():
        return import_policy(SAMPLE, actor=DESK, now=clock.now())[0]


def version(on: date = JULY) -> PolicyVersion:
    row = draft()
    with transaction():
        adopt_policy(row, on, version=1, actor=DESK, now=clock.now())
    return row


def announce(row: PolicyVersion, actor: Actor) -> None:
    with transaction():
        announce_by_mail(row, WORDS, actor=actor, now=clock.now())


def plain(text: str) -> str:
    """Return a text however its lines are broken."""
    return "".join(text.split())


def mails() -> dict[str, str]:
    """Return the text of each mail by its recipient; nobody may have two."""
    found = {}
    for row in db.session.scalars(select(OutboxMail).where(OutboxMail.kind == MailKind.POLICY)):
        envelope, mime = unpack(vault().open(db.session.get_one(DataKey, row.key_id)), row.sealed or b"")
        assert envelope.recipient not in found
        text = message_from_bytes(mime, policy=policy.default).get_content()
        found[envelope.recipient] = plain(text)
    return found


def told(row: PolicyVersion) -> PolicyNotice:
    """Return the round of mails as it stands."""
    db.session.expire_all()
    (notice,) = [one for one in list_notices(row.id) if one.channel == NoticeChannel.MAIL]
    return notice


def test_everybody_whose_case_is_open_is_told_once(context: AppContext, actor: Actor) -> None:
    open_one(person=Contact(name="山田 太郎", email="taro@example.jp"))
    open_one(person=Contact(name="山田 太郎", email="Taro@example.jp"))
    open_one(person=Contact(name="Ann Lee", email="ann@example.jp"), language="en")
    open_one(person=Contact(name="住所 だけ", address="東京都千代田区1-1"))
    spoil(open_one(person=Contact(name="読め ない", email="lost@example.jp")))
    act(open_one(person=Contact(email="done@example.jp")), close, Closing("K-OK"), actor, clock.now(), "https://d")
    row = version()
    announce(row, actor)
    jobs.notices()
    jobs.notices()
    found = mails()
    assert set(found) == {"taro@example.jp", "ann@example.jp"}
    assert "2026年7月1日（水）から次のとおり変更いたします。" in found["taro@example.jp"]
    assert WORDS.ja in found["taro@example.jp"]
    assert "8000/policy/1――" in found["taro@example.jp"]
    for words in ("Our privacy policy changes on Wed 1 July 2026", WORDS.en, "/en/policy/1--"):
        assert plain(words) in found["ann@example.jp"]
    notice = told(row)
    assert (notice.posted, notice.unreached, notice.after_id, notice.staff_id) == (2, 2, None, actor.staff_id)


def test_a_name_that_no_header_can_hold_keeps_nobody_from_being_told(context: AppContext, actor: Actor) -> None:
    odd = open_one(person=Contact(name="山田\u2028太郎", email="odd@example.jp"))
    with transaction():
        record(EventKind.CODE_ACCEPTED, actor=PERSON, at=clock.now(), ticket_id=odd.ticket_id)
    open_one(person=Contact(email="next@example.jp"))
    row = version()
    announce(row, actor)
    jobs.notices()
    assert set(mails()) == {"next@example.jp"}
    assert (told(row).posted, told(row).unreached, told(row).after_id) == (1, 1, None)


def test_a_version_that_stands_already_is_told_as_such(context: AppContext, actor: Actor) -> None:
    open_one()
    announce(version(date(2026, 6, 1)), actor)
    jobs.notices()
    (text,) = mails().values()
    assert "2026年6月1日（月）から次のとおり変更いたしました。" in text


def test_nobody_is_told_twice_of_a_version(context: AppContext, actor: Actor) -> None:
    row = version()
    announce(row, actor)
    with pytest.raises(ToldAlready):
        announce(row, actor)
    twin = {"words_ja": "", "words_en": "", "at": clock.now(), "posted": 0, "unreached": 0}
    with pytest.raises(IntegrityError), transaction():
        db.session.add(PolicyNotice(id=new_id(), version_id=row.id, channel=NoticeChannel.MAIL, **twin))
    assert told(row).words_ja == WORDS.ja


def test_of_a_draft_nobody_is_told(context: AppContext, actor: Actor) -> None:
    row = draft()
    with pytest.raises(NotAllowed):
        announce(row, actor)
    with pytest.raises(NotAllowed), transaction():
        record_other(row, "掲示した", actor=actor, now=clock.now())
    assert list_notices(row.id) == []


def test_the_evidence_names_every_way(context: AppContext, actor: Actor) -> None:
    row = version()
    with transaction():
        record_other(row, "サービス内に掲載した", actor=actor, now=clock.now())
    announce(row, actor)
    ways = [(one.channel, one.words_ja, one.at) for one in list_notices(row.id)]
    assert ways == [
        (NoticeChannel.PAGE, "", clock.now()),
        (NoticeChannel.OTHER, "サービス内に掲載した", clock.now()),
        (NoticeChannel.MAIL, WORDS.ja, clock.now()),
    ]
    events = db.session.scalars(select(Event).where(Event.kind == EventKind.POLICY_NOTICED).order_by(Event.id)).all()
    assert [event.facts["way"] for event in events] == ["other", "mail"]


@pytest.mark.parametrize("point", ["before_commit", "after_commit"])
def test_a_round_that_was_killed_is_finished_and_nobody_has_two(
    context: AppContext, environ: dict[str, str], actor: Actor, point: str
) -> None:
    people = [f"person{number}@example.jp" for number in range(4)]
    for email in people:
        open_one(person=Contact(email=email))
    row = version()
    announce(row, actor)
    command = [sys.executable, "-c", ONE_BY_ONE, point]
    done = subprocess.run(command, env=os.environ | environ, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == -9, done.stderr
    db.session.rollback()
    assert len(mails()) == {"before_commit": 1, "after_commit": 2}[point]
    assert told(row).after_id is not None
    jobs.notices()
    assert sorted(mails()) == people
    assert (told(row).posted, told(row).after_id) == (4, None)
