"""The policy's life: imported once, placed by hand, in force from its day on; nothing is overwritten or lost."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from flask.ctx import AppContext
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from desk import clock
from desk.clock import TOKYO
from desk.db import db
from desk.events.kinds import EventKind
from desk.events.models import Event
from desk.events.trail import staff_actor
from desk.handling.changing import ChangedMeanwhile
from desk.handling.policies import (
    NotAdopted,
    Placed,
    adopt_policy,
    discard_policy,
    import_policy,
    place_in_policy,
)
from desk.policy.models import PolicyVersion
from desk.policy.placing import Category, Group, Relation, Service
from desk.policy.register import find_version, list_drafts, list_versions, read_version, version_after, version_on
from desk.transaction import transaction
from tests.cases import add_staff, open_one, ticket_of

SAMPLE = (Path(__file__).parents[2] / "desk" / "develop" / "sample_policy.ja.md").read_bytes()
SECOND = SAMPLE.replace("お取引に必要なご連絡のため".encode(), "お取引に必要なご連絡とご請求のため".encode())
SIGNED = SAMPLE.replace("**改定**".encode(), "**変更のお知らせ**".encode())
APRIL, MAY = date(2024, 4, 1), date(2024, 5, 1)


@pytest.fixture
def actor(context: AppContext) -> Iterator[object]:
    """Whoever imports."""
    return staff_actor(add_staff())


def take(content: bytes, actor: object, on: date | None = None) -> PolicyVersion:
    """Import a text, and make it a version when a date is given."""
    with transaction():
        row, _is_new = import_policy(content, actor=actor, now=clock.now())
        db.session.flush()
        if on is not None and row.number is None:
            adopt_policy(row, on, version=row.version, actor=actor, now=clock.now())
    return row


def kinds() -> list[str]:
    """Name what the trail has of the policy."""
    found = db.session.scalars(select(Event.kind).order_by(Event.at, Event.id))
    return [kind for kind in found if kind.startswith("policy_")]


def test_a_ticket_keeps_the_version_of_its_day(context: AppContext, actor: object) -> None:
    early = open_one()
    take(SAMPLE, actor, APRIL)
    first = open_one()
    before = open_one(datetime(2024, 3, 31, 23, 59, 59, tzinfo=TOKYO))
    take(SECOND, actor, MAY)  # adopted late, for a day that has passed
    second = open_one()
    assert [ticket_of(one).policy_number for one in (early, first, before, second)] == [None, 1, None, 2]


def test_the_same_text_twice_changes_nothing(context: AppContext, actor: object) -> None:
    first = take(SAMPLE, actor, APRIL)
    for again in (SAMPLE, b"\xef\xbb\xbf" + SAMPLE.replace(b"\n", b"\r\n"), SAMPLE.decode().encode("cp932")):
        assert take(again, actor).id == first.id
    assert (first.number, first.original) == (1, SAMPLE)
    assert kinds() == [EventKind.POLICY_IMPORTED, EventKind.POLICY_ADOPTED]


def test_a_version_takes_over_on_its_day(context: AppContext, actor: object) -> None:
    assert version_on(APRIL) is None
    take(SAMPLE, actor, APRIL)
    take(SECOND, actor, MAY)
    assert [row.number for row in list_versions()] == [2, 1]
    for on, number, coming in (
        (APRIL - timedelta(days=1), None, 1),
        (APRIL, 1, 2),
        (MAY - timedelta(days=1), 1, 2),
        (MAY, 2, None),
    ):
        found, later = version_on(on), version_after(on)
        assert (found.number if found else None, later.number if later else None) == (number, coming)


def test_an_older_text_may_return_as_a_version_of_its_own(context: AppContext, actor: object) -> None:
    take(SAMPLE, actor, APRIL)
    take(SECOND, actor, MAY)
    assert take(SAMPLE, actor, date(2024, 6, 1)).number == 3


def test_two_versions_have_two_dates_and_two_texts(context: AppContext, actor: object) -> None:
    take(SAMPLE, actor, APRIL)
    draft = take(SECOND, actor)
    with pytest.raises(NotAdopted, match="same-date as version 1"), transaction():
        adopt_policy(draft, APRIL, version=1, actor=actor, now=clock.now())
    assert find_version(2) is None
    assert [row.id for row in list_drafts()] == [draft.id]
    older = take(SIGNED, actor)
    with transaction():
        adopt_policy(draft, MAY, version=1, actor=actor, now=clock.now())
    db.session.execute(
        PolicyVersion.__table__.update().where(PolicyVersion.id == older.id).values(text_hash=draft.text_hash)
    )
    db.session.commit()
    with pytest.raises(NotAdopted, match="same-text as version 2"), transaction():
        adopt_policy(older, date(2024, 7, 1), version=1, actor=actor, now=clock.now())


def test_what_a_person_places_stands_in_the_version(context: AppContext, actor: object) -> None:
    draft = take(
        "# プライバシーポリシー\n## 利用目的\n発送のために使います。\n## 窓口\n電話で承ります。\n".encode(), actor
    )
    placed = Placed(
        purposes={Group.USER: ("発送のために使います。",), Group.PARTNER: (), Group.APPLICANT: ()},
        categories=(Category("住所", "given"),),
        services=(Service("宅配便", Relation.ENTRUSTMENT),),
        contact="privacy@sample.example",
    )
    assert [one.what for one in read_version(draft).unplaced] == ["purpose", "contact", "date"]
    with transaction():
        policy = place_in_policy(draft, placed, version=1, actor=actor, now=clock.now())
    assert read_version(draft) == policy
    assert (policy.services, policy.contact) == (placed.services, placed.contact)
    assert [one.what for one in policy.unplaced] == ["date"]
    with pytest.raises(ChangedMeanwhile), transaction():
        place_in_policy(draft, placed, version=1, actor=actor, now=clock.now())
    with transaction():
        adopt_policy(draft, APRIL, version=2, actor=actor, now=clock.now())
    with pytest.raises(ChangedMeanwhile), transaction():
        place_in_policy(draft, placed, version=draft.version, actor=actor, now=clock.now())


def test_a_draft_can_be_dropped_and_a_version_cannot(context: AppContext, actor: object) -> None:
    draft = take(SAMPLE, actor)
    with transaction():
        discard_policy(draft, version=1, actor=actor, now=clock.now())
    assert list_drafts() == []
    version = take(SAMPLE, actor, APRIL)
    with pytest.raises(ChangedMeanwhile), transaction():
        discard_policy(version, version=version.version, actor=actor, now=clock.now())
    assert kinds()[1] == EventKind.POLICY_DISCARDED


def test_two_who_adopt_at_once_make_one_version(context: AppContext, actor: object) -> None:
    draft = take(SAMPLE, actor)
    take(SECOND, actor, MAY)
    with pytest.raises(IntegrityError), transaction():
        db.session.execute(
            PolicyVersion.__table__.update().where(PolicyVersion.id == draft.id).values(number=1, effective_on=APRIL)
        )
    assert read_version(find_version(1)).document.title == "株式会社サンプル 個人情報の取扱いについて"
