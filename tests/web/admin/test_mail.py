"""Mail that has not left: the page says what is the matter, for which case, and lets who may send it again or let it go."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from desk import clock
from desk.accounts.permissions import Role
from desk.db import db
from desk.events.alerts import count_open_alerts, open_alert
from desk.events.kinds import EventKind
from desk.events.models import Event
from desk.handling.intake import Opened
from desk.mail import channel, sender
from desk.mail.caps import PER_ADDRESS
from desk.mail.fates import DEAD, UNCERTAIN
from desk.mail.models import MailState, OutboxMail
from desk.tickets.references import grouped
from desk.transaction import transaction
from tests.cases import open_one
from tests.people import browser_of, hire
from tests.security.house import press

SETTLERS = (Role.MANAGER, Role.ADMIN)


def stuck(app: Flask, state: MailState, alert: str | None = None) -> tuple[Opened, int]:
    """Open a case whose acknowledgement stands in a state, with the alert that tells of it."""
    with app.app_context():
        opened = open_one()
        with transaction():
            mail = db.session.scalars(select(OutboxMail).where(OutboxMail.ticket_id == opened.ticket_id)).one()
            mail.state = state
            if alert is not None:
                open_alert(alert, 0 if alert == PER_ADDRESS else mail.id, clock.now(), opened.ticket_id)
            return opened, mail.id


def state_of(app: Flask, mail_id: int) -> str:
    with app.app_context():
        return str(db.session.scalars(select(OutboxMail.state).where(OutboxMail.id == mail_id)).one())


def events(app: Flask, kind: EventKind) -> list[tuple[int | None, int]]:
    """Return the tickets and mails of one kind of event."""
    with app.app_context():
        rows = db.session.scalars(select(Event).where(Event.kind == kind))
        return [(row.ticket_id, row.facts["outbox"]) for row in rows]


@pytest.mark.parametrize("role", SETTLERS)
@pytest.mark.parametrize(("state", "alert"), [(MailState.DEAD, DEAD), (MailState.UNCERTAIN, UNCERTAIN)])
def test_the_alert_itself_sends_the_mail_again(app: Flask, role: Role, state: MailState, alert: str) -> None:
    opened, mail_id = stuck(app, state, alert)
    client = browser_of(app, hire(app, role))
    page = client.get("/admin/alerts").text
    assert "受付通知" in page
    assert "acknowledgement" not in page
    assert "同じ内容のメールを、同じ宛先にもう一度送ります" in page
    assert ("2通届きます" in page) == (state is MailState.UNCERTAIN)
    assert (f'href="/staff/tickets/{opened.ref}"' in page, grouped(opened.ref) in page) == (role is Role.MANAGER,) * 2
    path = f"/admin/mail/{mail_id}/retry"
    assert f'action="{path}"' in page
    assert press(client, path, {}).location == "/admin/alerts"
    assert state_of(app, mail_id) == "retry"
    assert events(app, EventKind.MAIL_RETRIED) == [(opened.ticket_id, mail_id)]
    with app.app_context():
        assert count_open_alerts().total() == 0


@pytest.mark.parametrize(
    ("state", "alert", "says"),
    [(MailState.DEAD, DEAD, True), (MailState.UNCERTAIN, UNCERTAIN, False), (MailState.HELD, PER_ADDRESS, False)],
)
def test_it_says_who_may_open_the_case_where_the_advice_leads_there(
    app: Flask, state: MailState, alert: str, says: bool
) -> None:
    stuck(app, state, alert)
    who = "案件を開けるのは、担当者と管理者（個人情報保護）です"
    assert (who in browser_of(app, hire(app, Role.ADMIN)).get("/admin/alerts").text) is says
    assert who not in browser_of(app, hire(app, Role.MANAGER)).get("/admin/alerts").text


@pytest.mark.parametrize("role", SETTLERS)
def test_the_list_lets_one_or_all_of_the_held_go(app: Flask, role: Role) -> None:
    held = [stuck(app, MailState.HELD, PER_ADDRESS)[1] for _mail in range(3)]
    client = browser_of(app, hire(app, role))
    page = client.get("/admin/mail?state=held").text
    assert "保留中のメール3件を、上限に数えずにすべて送ります" in page
    assert f'action="/admin/mail/{held[0]}/release"' in page
    one = press(client, f"/admin/mail/{held[0]}/release", {"back": "held"})
    assert one.location == "/admin/mail?state=held"
    assert [state_of(app, mail) for mail in held] == ["pending", "held", "held"]
    assert "保留中のメール2件を" in client.get("/admin/alerts").text
    assert press(client, "/admin/mail/release", {"back": "https://evil.example/"}).location == "/admin/alerts"
    assert [state_of(app, mail) for mail in held] == ["pending"] * 3
    assert {mail for _ticket, mail in events(app, EventKind.MAIL_RELEASED)} == set(held)
    with app.app_context():
        assert count_open_alerts().total() == 0


@pytest.mark.parametrize("role", SETTLERS)
@pytest.mark.parametrize("state", [MailState.HELD, MailState.RETRY, MailState.PENDING])
def test_the_list_gives_one_up_that_still_waits(app: Flask, role: Role, state: MailState) -> None:
    opened, mail_id = stuck(app, state, PER_ADDRESS if state is MailState.HELD else None)
    client = browser_of(app, hire(app, role))
    path = f"/admin/mail/{mail_id}/give-up"
    assert f'action="{path}"' in client.get(f"/admin/mail?state={state}").text
    assert press(client, path, {"back": state}).location == f"/admin/mail?state={state}"
    assert events(app, EventKind.MAIL_GIVEN_UP) == [(opened.ticket_id, mail_id)]
    with app.app_context():
        assert count_open_alerts().total() == 0
        sender.drain()
    assert state_of(app, mail_id) == "dead"
    page = client.get("/admin/mail?state=dead").text
    assert f'action="{path}"' not in page
    assert press(client, f"/admin/mail/{mail_id}/retry", {"back": "dead"}).status_code == 303
    assert state_of(app, mail_id) == "retry"


def test_sending_again_is_on_record_for_mail_of_no_case_too(app: Flask) -> None:
    client = browser_of(app, hire(app, Role.ADMIN))
    assert press(client, "/admin/mail/test", {}).status_code == 303
    with app.app_context(), transaction():
        mail = db.session.scalars(select(OutboxMail)).one()
        mail.state, mail_id = MailState.DEAD, mail.id
    assert press(client, f"/admin/mail/{mail_id}/retry", {"back": "dead"}).status_code == 303
    assert events(app, EventKind.MAIL_RETRIED) == [(None, mail_id)]


def test_it_says_so_when_the_mail_has_moved_on_or_is_gone(app: Flask) -> None:
    client = browser_of(app, hire(app, Role.MANAGER))
    _opened, mail_id = stuck(app, MailState.SENT)
    for act in ("retry", "release", "give-up"):
        assert press(client, f"/admin/mail/{mail_id}/{act}", {}).status_code == 303
        assert "このメールの状態が変わったため" in client.get("/account").text
        assert press(client, f"/admin/mail/4711/{act}", {}).status_code == 404
    assert state_of(app, mail_id) == "sent"
    _opened, wiped = stuck(app, MailState.DEAD)
    with app.app_context(), transaction():
        db.session.execute(update(OutboxMail).where(OutboxMail.id == wiped).values(sealed=None))
    page = client.get("/admin/mail?state=dead").text
    assert "本文を消去したため、再送できません" in page
    assert f"/admin/mail/{wiped}/retry" not in page


def banner(client: FlaskClient) -> tuple[str, bool]:
    """Return how many mails the queue says are stuck, and whether it leads to the alerts."""
    page = client.get("/staff/").text
    found = re.search(r"(\d+)件のメールが送れていません。(<a[^>]*href=\"/admin/alerts\")?", page)
    return (found[1], found[2] is not None) if found else ("", False)


def test_the_queue_tells_who_works_there(app: Flask) -> None:
    agent, manager, auditor = (browser_of(app, hire(app, role)) for role in (Role.AGENT, Role.MANAGER, Role.AUDITOR))
    assert banner(agent) == ("", False)
    _opened, dead = stuck(app, MailState.DEAD, DEAD)
    stuck(app, MailState.UNCERTAIN, UNCERTAIN)
    stuck(app, MailState.HELD, PER_ADDRESS)
    assert (banner(agent), banner(manager), banner(auditor)) == (("3", False), ("3", True), ("", False))
    assert "管理者にお知らせください" in agent.get("/staff/").text
    assert press(manager, f"/admin/mail/{dead}/retry", {}).status_code == 303
    assert banner(agent) == ("2", False)


def test_the_queue_tells_of_a_closed_way_out(app: Flask) -> None:
    agent = browser_of(app, hire(app, Role.AGENT))
    stuck(app, MailState.PENDING)
    assert banner(agent) == ("", False)
    with app.app_context(), transaction():
        channel.pause(clock.now(), "refused")
    assert banner(agent) == ("1", False)
    with app.app_context(), transaction():
        channel.resume(clock.now())
    assert banner(agent) == ("", False)


def test_an_alert_that_was_seen_to_says_no_more(app: Flask) -> None:
    agent, manager = browser_of(app, hire(app, Role.AGENT)), browser_of(app, hire(app, Role.MANAGER))
    stuck(app, MailState.DEAD, DEAD)
    path = re.search(r'action="(/admin/alerts/\d+/acknowledge)"', manager.get("/admin/alerts").text)
    assert path is not None
    assert press(manager, path[1], {}).status_code == 303
    assert banner(agent) == ("", False)


def test_agents_and_auditors_send_nothing_again(app: Flask) -> None:
    _opened, mail_id = stuck(app, MailState.DEAD, DEAD)
    for role in (Role.AGENT, Role.AUDITOR):
        client = browser_of(app, hire(app, role))
        for path in (f"/admin/mail/{mail_id}/retry", f"/admin/mail/{mail_id}/release", "/admin/mail/release"):
            assert press(client, path, {}).status_code == 403
    assert state_of(app, mail_id) == "dead"
