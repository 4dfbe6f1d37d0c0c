"""A history that makes no sense fails no page: what cannot be reckoned is shown as such, with the events, and an alert."""

import re
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
from desk.tickets.references import grouped
from desk.transaction import transaction
from tests.cases import add_staff, fields_of, open_one, sign_in, ticket_of
from tests.moment import Traveller
from tests.web.pages import form_in, send

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
    assert re.search('<details[^>]* id="timeline" open>', page.text)
    assert client.get("/staff/").status_code == 200
    client.get(f"/staff/tickets/{odd.ref}")
    with app.app_context():
        alerts = db.session.scalars(select(Alert).where(Alert.kind == "odd_history")).all()
        assert [(alert.ticket_id, alert.object_id) for alert in alerts] == [(odd.ticket_id, odd.ticket_id)]


def test_the_alert_says_what_to_do_to_whoever_reads_it(app: Flask, odd: Opened) -> None:
    with app.app_context():
        agent, manager, admin = add_staff(), add_staff(Role.MANAGER), add_staff(Role.ADMIN)
    sign_in(app, agent).get(f"/staff/tickets/{odd.ref}")
    title, who = "期限の根拠を計算できない案件があります", "案件を開けるのは、担当者と管理者（個人情報保護）です"
    page = sign_in(app, manager).get("/admin/alerts").text
    assert title in page
    assert grouped(odd.ref) in page
    assert who not in page
    page = sign_in(app, admin).get("/admin/alerts").text
    assert title in page
    assert who in page
    assert grouped(odd.ref) not in page


def test_an_alert_that_was_seen_returns_only_with_a_newer_event(app: Flask, odd: Opened, moment: Traveller) -> None:
    with app.app_context():
        agent, manager = add_staff(), add_staff(Role.MANAGER)
    staff, overseer = sign_in(app, agent), sign_in(app, manager)
    path = f"/staff/tickets/{odd.ref}"
    moment.shift(timedelta(minutes=1))
    staff.get(path)
    alerts = overseer.get("/admin/alerts").text
    (acknowledge,) = set(re.findall(r"/admin/alerts/\d+/acknowledge", alerts))
    assert overseer.post(acknowledge, data=fields_of(alerts, acknowledge)).status_code == 303
    moment.shift(timedelta(minutes=1))
    staff.get(path)
    assert acknowledge not in (page := overseer.get("/admin/alerts").text)
    assert "/acknowledge" not in page
    note = form_in(staff.get(path), "/note")
    assert send(staff, note, **{"note-text": "見ました"}).status_code == 303
    moment.shift(timedelta(minutes=1))
    staff.get(path)
    assert "/acknowledge" in overseer.get("/admin/alerts").text


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
