"""A history that makes no sense fails no page: what cannot be reckoned is shown as such, with the events, and an alert."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from desk import clock, jobs
from desk.accounts.permissions import Role
from desk.db import db, insert_rows, new_id
from desk.events.kinds import EventKind
from desk.events.models import Alert, Event
from desk.handling.intake import Opened
from desk.transaction import transaction
from tests.cases import add_staff, fields_of, open_one, sign_in, ticket_of

ODD = {
    "resumed without a wait": [(EventKind.RESUMED, {})],
    "withdrawn, then resumed": [(EventKind.WITHDRAWN, {}), (EventKind.RESUMED, {})],
    "two waits at once": [
        (EventKind.WAIT_STARTED, {"reason": "identity", "due": "2026-07-01"}),
        (EventKind.WAIT_STARTED, {"reason": "fee", "due": "2026-07-01"}),
    ],
    "a wait that names no reason": [(EventKind.WAIT_STARTED, {})],
    "an event of a newer version": [("prophesied", {"what": "ever"}), (EventKind.RESUMED, {})],
    "recast to a kind that never was": [(EventKind.RECAST, {"origin": "K40", "to": "Q99"})],
}


@pytest.fixture(params=ODD)
def odd(app: Flask, request: pytest.FixtureRequest) -> Opened:
    """A ticket with events that no verb writes."""
    with app.app_context():
        opened = open_one(kind="D33")
        at = clock.now()
        for kind, facts in ODD[request.param]:
            at += timedelta(seconds=1)
            row = {
                "id": new_id(),
                "ticket_id": opened.ticket_id,
                "kind": kind,
                "at": at,
                "actor": "desk",
                "facts": facts,
            }
            with transaction():
                insert_rows(Event, [row])
        return opened


def test_its_page_says_so_and_shows_the_events(app: Flask, odd: Opened) -> None:
    with app.app_context():
        agent = add_staff()
    client = sign_in(app, agent)
    page = client.get(f"/staff/tickets/{odd.ref}")
    assert page.status_code == 200
    assert "根拠を計算できません" in page.text
    assert "履歴" in page.text
    assert client.get("/staff/").status_code == 200
    client.get(f"/staff/tickets/{odd.ref}")
    with app.app_context():
        alerts = db.session.scalars(select(Alert).where(Alert.kind == "odd_history")).all()
        assert [(alert.ticket_id, alert.object_id) for alert in alerts] == [(odd.ticket_id, odd.ticket_id)]


def test_its_administrator_reads_what_to_do(app: Flask, odd: Opened) -> None:
    with app.app_context():
        agent, admin = add_staff(), add_staff(Role.ADMIN)
    sign_in(app, agent).get(f"/staff/tickets/{odd.ref}")
    assert "期限の根拠を計算できない案件があります" in sign_in(app, admin).get("/admin/alerts").text


def test_recasting_it_is_refused_and_loses_no_text(app: Flask, odd: Opened) -> None:
    with app.app_context():
        agent = add_staff()
    client = sign_in(app, agent)
    path = f"/staff/tickets/{odd.ref}"
    fields = fields_of(client.get(path).text, f"{path}/recast") | {
        "recast-kind": "C34",
        "recast-text": "訂正のご請求でした",
    }
    answer = client.post(f"{path}/recast", data=fields)
    assert answer.status_code == 409
    assert "訂正のご請求でした" in answer.text
    with app.app_context():
        assert ticket_of(odd).kind == "D33"


def test_it_holds_up_neither_reports_nor_the_clock(app: Flask, odd: Opened) -> None:
    with app.app_context():
        manager = add_staff(Role.MANAGER)
        jobs.watch()
    client = sign_in(app, manager)
    assert client.get("/manager/").status_code == 200
    assert client.get("/manager/response-times.csv").status_code == 200
