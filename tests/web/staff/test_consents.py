"""The consent register: written down once, found by the address alone, withdrawn once by the ticket that asks for it."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from desk import clock
from desk.accounts.permissions import Role
from desk.db import db, new_id
from desk.events.kinds import EventKind
from desk.events.models import Event
from desk.events.trail import DESK
from desk.handling.consents import mark_of, withdraw_consent
from desk.handling.policies import adopt_policy, import_policy
from desk.policy.consents import Consent, consented_versions
from desk.policy.register import list_versions
from desk.tickets.content import Contact
from desk.tickets.errors import NotAllowed
from desk.tickets.queries import hold
from desk.transaction import transaction
from tests.cases import open_one
from tests.people import browser_of, hire
from tests.security.house import press
from tests.web.pages import form_in, forms_in, send

SAMPLE = (Path(__file__).parents[3] / "desk" / "develop" / "sample_policy.ja.md").read_bytes()
PURPOSE = "        - 本サービスを提供し、ご案内するため"
SECOND = SAMPLE.replace(PURPOSE.encode(), f"{PURPOSE}\n\n        - 広告のため".encode())
PAGE = "/staff/register/consents"
GIVEN = {
    "new-name": "銀鏡 冴子",
    "new-email": "saeko@secret.example",
    "new-version": "",
    "new-wording": "新製品のご案内をお送りしてよいですか。",
    "new-given_on": "2026-05-01",
    "new-channel": "form",
}


@pytest.fixture
def agent(app: Flask) -> FlaskClient:
    """An agent at the browser."""
    return browser_of(app, hire(app, Role.AGENT))


def give(client: FlaskClient, **changes: str) -> Any:
    """Write a consent down in the browser."""
    fields = {f"new-{name}": value for name, value in changes.items()}
    form = next(form for form in forms_in(client.get(PAGE)) if form.action == PAGE)
    return send(client, form, **(GIVEN | fields))


def rows(app: Flask) -> list[tuple[bool, str]]:
    """Return of each consent whether it stands, and its wording."""
    with app.app_context():
        found = db.session.scalars(select(Consent).order_by(Consent.id))
        return [(row.withdrawn_at is None, row.wording) for row in found]


def adopt(app: Flask, content: bytes, on: date, *, needs_consent: bool = False) -> int:
    """Give a version its day and return its number in the database."""
    with app.app_context(), transaction():
        row, _is_new = import_policy(content, actor=DESK, now=clock.now())
        db.session.flush()
        adopt_policy(row, on, version=1, actor=DESK, now=clock.now(), needs_consent=needs_consent)
        return row.id


def test_it_writes_a_consent_down_once(app: Flask, agent: FlaskClient) -> None:
    assert give(agent).status_code == 303
    assert "同意を記録しました。" in agent.get(PAGE).text
    assert give(agent, email=" SAEKO@Secret.example ").status_code == 303
    assert "すでに記録されています" in agent.get(PAGE).text
    assert give(agent, wording="別の件").status_code == 303
    assert rows(app) == [(True, GIVEN["new-wording"]), (True, "別の件")]


def test_it_finds_one_persons_by_the_address_alone(app: Flask, agent: FlaskClient) -> None:
    give(agent)
    give(agent, email="other@example.jp", name="山田 太郎")
    found = send(agent, form_in(agent.get(PAGE), f"{PAGE}/search"), email="Saeko@SECRET.example").text
    assert ("銀鏡 冴子" in found, "山田 太郎" in found) == (True, False)
    none = send(agent, form_in(agent.get(PAGE), f"{PAGE}/search"), email="nobody@example.jp").text
    assert "見つかりませんでした" in none
    wrong = send(agent, form_in(agent.get(PAGE), f"{PAGE}/search"), email="no address")
    assert (wrong.status_code, "正しく入力してください" in wrong.text) == (400, True)
    with app.app_context():
        assert db.session.scalar(select(func.count()).where(Event.kind == EventKind.SEARCHED)) == 2


def test_it_keeps_the_person_sealed(app: Flask, agent: FlaskClient) -> None:
    give(agent)
    with app.app_context():
        row = db.session.scalars(select(Consent)).one()
        stored = " ".join(repr(getattr(row, column.name)) for column in Consent.__table__.columns)
    for word in ("銀鏡", "saeko", "secret.example"):
        assert word not in stored


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"email": ""}, "メールアドレスを入力"),
        ({"email": "x"}, "正しく入力"),
        ({"wording": " "}, "文面を入力"),
        ({"wording": "長" * 2001}, "2000文字以内"),
        ({"given_on": "2099-01-01"}, "今日までの日付"),
        ({"given_on": ""}, "日を入力"),
        ({"version": "7"}, "対象を選び直して"),
        ({"channel": "pigeon"}, ""),
    ],
)
def test_it_says_what_is_wrong_and_keeps_what_was_typed(
    app: Flask, agent: FlaskClient, typed: dict[str, str], said: str
) -> None:
    answer = give(agent, **typed)
    assert (answer.status_code, said in answer.text) == (400, True)
    assert "銀鏡 冴子" in answer.text
    assert rows(app) == []


def test_it_shows_them_a_page_at_a_time(app: Flask, agent: FlaskClient) -> None:
    for number in range(31):
        give(agent, wording=f"文面{number:02}")
    page = agent.get(PAGE).text
    assert ("文面30" in page, "文面00" in page) == (True, False)
    following = re.search(r'href="(/staff/register/consents\?before=\d+)"', page)
    assert following is not None
    assert "文面00" in agent.get(following[1]).text
    assert agent.get(f"{PAGE}?before={'9' * 30}").status_code == 200


def case_of(app: Flask, email: str = "saeko@secret.example") -> Any:
    with app.app_context():
        return open_one(kind="N-CONS", person=Contact(name="銀鏡 冴子", email=email))


def test_a_ticket_withdraws_it_once(app: Flask, agent: FlaskClient) -> None:
    give(agent)
    opened = case_of(app)
    page = agent.get(f"/staff/tickets/{opened.ref}")
    assert "同意の撤回を記録する" in page.text
    form = form_in(page, "/withdraw_consent")
    assert send(agent, form).status_code == 303
    assert rows(app) == [(False, GIVEN["new-wording"])]
    after = agent.get(f"/staff/tickets/{opened.ref}").text
    assert "同意の撤回を記録しました" in after
    assert "/withdraw_consent" not in after
    assert send(agent, form).status_code in {400, 409}  # the same form once more
    with app.app_context():
        told = db.session.execute(select(Event.ticket_id).where(Event.kind == EventKind.CONSENT_WITHDRAWN)).all()
    assert [ticket_id for (ticket_id,) in told] == [opened.ticket_id]
    assert give(agent).status_code == 303  # given again: a consent of its own
    assert [stands for stands, _wording in rows(app)] == [False, True]


def test_two_tickets_at_once_withdraw_it_once(app: Flask, agent: FlaskClient) -> None:
    give(agent)
    cases, barrier = [case_of(app), case_of(app)], Barrier(2)
    with app.app_context():
        consent_id = db.session.scalars(select(Consent.id)).one()

    def withdraw(ticket_id: int) -> bool:
        with app.app_context():
            marks = {mark_of("saeko@secret.example")}
            barrier.wait()
            try:
                with transaction():
                    withdraw_consent(hold(ticket_id), consent_id, marks, DESK, clock.now())
            except NotAllowed:
                return False
            return True

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(withdraw, [case.ticket_id for case in cases]))
    assert sorted(done) == [False, True]


def test_a_consent_that_stands_twice_is_withdrawn_whole(app: Flask, agent: FlaskClient) -> None:
    give(agent)
    give(agent, wording="別の件")
    with app.app_context(), transaction():  # as two people leave it who write it down at the same moment
        first = db.session.scalars(select(Consent).where(Consent.wording == GIVEN["new-wording"])).one()
        values = {column.name: getattr(first, column.name) for column in Consent.__table__.columns}
        db.session.add(Consent(**values | {"id": new_id()}))
        consent_id = first.id
    opened = case_of(app)
    with app.app_context(), transaction():
        marks = {mark_of("saeko@secret.example")}
        withdraw_consent(hold(opened.ticket_id), consent_id, marks, DESK, clock.now())
    assert sorted(rows(app)) == sorted([(False, GIVEN["new-wording"]), (False, GIVEN["new-wording"]), (True, "別の件")])


def test_a_ticket_touches_nobody_elses(app: Flask, agent: FlaskClient) -> None:
    give(agent)
    mine, other = case_of(app), case_of(app, "other@example.jp")
    assert "/withdraw_consent" not in agent.get(f"/staff/tickets/{other.ref}").text
    form = form_in(agent.get(f"/staff/tickets/{mine.ref}"), "/withdraw_consent")
    form.action = f"/staff/tickets/{other.ref}/withdraw_consent"
    assert send(agent, form).status_code in {400, 409}
    assert rows(app) == [(True, GIVEN["new-wording"])]


def test_new_purposes_apply_to_earlier_data_only_with_consent(app: Flask, agent: FlaskClient) -> None:
    adopt(app, SAMPLE, date(2024, 4, 1))
    number = adopt(app, SECOND, date(2025, 5, 1), needs_consent=True)
    with app.app_context():
        opened = open_one(kind="P32", person=Contact(name="銀鏡 冴子", email="saeko@secret.example"))
    page = f"/staff/tickets/{opened.ref}?acquired=2025-04-30"
    without = agent.get(page).text
    assert "広告のため" not in without
    assert "第2版の新しい利用目的は含めていません" in without
    assert "・広告のため" in agent.get(page.replace("2025-04-30", "2025-05-01")).text  # acquired for it
    give(agent, version=str(number))
    with_it = agent.get(page).text
    assert "2025年5月1日からは、次の目的にも利用しています。" in with_it
    assert "・広告のため" in with_it
    withdrawal = case_of(app)
    send(agent, form_in(agent.get(f"/staff/tickets/{withdrawal.ref}"), "/withdraw_consent"))
    assert "広告のため" not in agent.get(page).text
    with app.app_context():
        assert consented_versions({mark_of("saeko@secret.example")}) == frozenset()


def test_a_change_that_needs_no_consent_applies_to_earlier_data(app: Flask, agent: FlaskClient) -> None:
    adopt(app, SAMPLE, date(2024, 4, 1))
    adopt(app, SECOND, date(2025, 5, 1))
    with app.app_context():
        opened = open_one(kind="P32")
        assert [row.needs_consent for row in list_versions()] == [False, False]
    page = agent.get(f"/staff/tickets/{opened.ref}?acquired=2025-04-30").text
    assert "2025年5月1日からは、次の目的にも利用しています。" in page
    assert "含めていません" not in page


@pytest.mark.parametrize(("role", "reads", "writes"), [(Role.ADMIN, 403, 403), (Role.AUDITOR, 200, 403)])
def test_whose_they_are_is_for_those_who_read_cases(app: Flask, role: Role, reads: int, writes: int) -> None:
    client = browser_of(app, hire(app, role))
    assert client.get(PAGE).status_code == reads
    assert press(client, PAGE, GIVEN).status_code == writes
    assert ('href="/staff/register/consents"' in client.get("/staff/register").text) == (reads == 200)
