"""The manager's pages: every figure leads to exactly the tickets it counted; bad input, spreadsheets, both languages."""

import csv
import io
import re
from datetime import timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from desk import clock
from desk.accounts.models import Staff
from desk.accounts.permissions import Role
from desk.db import db
from desk.develop.seed.run import seed_tickets
from desk.events.kinds import EventKind
from desk.events.models import Event
from desk.reporting.distribution import Counts, Measure
from desk.reporting.response_times import Group
from desk.tickets.models import Ticket
from desk.transaction import transaction
from desk.web.manager.words import trend
from tests.moment import travel_to
from tests.people import browser_of, hire

PERIOD = "from=2024-01-01&to=2030-12-31"
FIGURE = re.compile(r'<a class="govuk-link" href="(/manager/tickets\?[^"]+)">([\d,]+)</a>')
NEXT = re.compile(r'href="(/(?:manager/tickets|staff/)\?[^"]+)" rel="next"')


@pytest.fixture
def manager(app: Flask) -> FlaskClient:
    """A manager's browser at a desk with invented tickets."""
    with app.app_context():
        seed_tickets(240, seed=7)
    return browser_of(app, hire(app, Role.MANAGER))


def refs_behind(browser: FlaskClient, address: str) -> list[str]:
    """Follow a figure through all its pages and return the references found."""
    found: list[str] = []
    url: str | None = unescape(address)
    while url:
        page = browser.get(url)
        assert page.status_code == 200
        found += re.findall(r'href="/staff/tickets/([A-Z0-9]{12})"', page.text)
        following = NEXT.search(page.text)
        url = unescape(following.group(1)) if following else None
    return found


@pytest.mark.parametrize("measure", ["ack", "answer", "notice"])
def test_it_leads_from_each_figure_to_exactly_its_tickets(manager: FlaskClient, measure: str) -> None:
    page = manager.get(f"/manager/?{PERIOD}&measure={measure}").text
    figures = FIGURE.findall(page)
    assert len(figures) > 60
    some = [figure for figure in figures if figure[1] not in {"0", "1"}][::7] + figures[:2]
    for address, count in some:
        refs = refs_behind(manager, address)
        assert len(refs) == len(set(refs)) == int(count.replace(",", "")), address


def test_it_shows_what_is_due_this_week_and_late(manager: FlaskClient) -> None:
    page = manager.get("/manager/").text
    tiles = re.findall(r'tile__link" href="([^"]+)">.*?tile__count">([\d,]+)<', page)
    assert [address.partition("?")[0] for address, _ in tiles] == [
        "/staff/",
        "/manager/tickets",
        "/staff/",
        "/manager/tickets",
    ]
    for address, count in (tiles[1], tiles[3]):
        assert len(refs_behind(manager, address)) == int(count)


def test_it_leads_to_as_many_open_and_overdue_tickets_as_it_says(app: Flask) -> None:
    with app.app_context():
        seed_tickets(120, seed=7)
    with travel_to(clock.now() + timedelta(days=9)):
        manager = browser_of(app, hire(app, Role.MANAGER))
        page = manager.get("/manager/").text
        tiles = re.findall(r'tile__link" href="([^"]+)">.*?tile__count">([\d,]+)<', page)
        assert int(tiles[0][1]) > 0
        for address, count in tiles:
            assert len(refs_behind(manager, address)) == int(count), address


def test_it_gives_no_percentage_below_twenty(app: Flask) -> None:
    with app.app_context():
        seed_tickets(19, seed=7)
    manager = browser_of(app, hire(app, Role.MANAGER))
    for measure in ("ack", "answer", "notice"):
        page = manager.get(f"/manager/?{PERIOD}&measure={measure}").text
        shown = re.sub(r"<[^>]*>", " ", page[page.index("<main") :])
        assert "20件未満" in shown
        assert "%" not in shown
    rows = list(csv.reader(io.StringIO(manager.get(f"/manager/response-times.csv?{PERIOD}").text)))
    assert {row[-1] for row in rows[1:]} == {""}


@pytest.mark.parametrize(
    ("role", "status"), [(Role.MANAGER, 200), (Role.AUDITOR, 200), (Role.AGENT, 403), (Role.ADMIN, 403)]
)
def test_it_is_for_managers_and_auditors(app: Flask, role: Role, status: int) -> None:
    browser = browser_of(app, hire(app, role))
    for path in ("/manager/", "/manager/tickets", "/manager/response-times.csv"):
        assert browser.get(path).status_code == status
    assert ('href="/manager/"' in browser.get("/account").text) is (status == 200)


def test_it_draws_every_month_also_one_without_tickets() -> None:
    nothing = {measure: Counts().stat(measure) for measure in Measure}
    some = nothing | {Measure.ACK: Counts({60: 3}).stat(Measure.ACK)}
    months = (Group("2025-11", 3, 0, 0, 0, some), Group("2026-02", 1, 0, 0, 0, nothing))
    points = [(point.median, point.p90) for point in trend(months, Measure.ACK)]
    assert points == [(1.0, 1.0), (None, None), (None, None), (None, None)]
    assert trend((), Measure.ACK) == []


def test_it_splits_a_period_that_begins_within_a_month(manager: FlaskClient) -> None:
    last = clock.today().replace(day=1) - timedelta(days=1)
    begins = last.replace(day=13)
    page = manager.get(f"/manager/?from={begins}&to={last + timedelta(days=4)}").text
    months = page[page.index("受付月ごと</caption>") : page.index("担当ごと</caption>")]
    first = FIGURE.search(months)
    assert first is not None
    assert f"from={begins}" in first.group(1)
    assert f"to={last}" in first.group(1)
    assert len(refs_behind(manager, first.group(1))) == int(first.group(2))


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("from=2026-99-01", "日付を年・月・日で"),
        ("to=%00", "日付を年・月・日で"),
        ("from=<script>", "日付を年・月・日で"),
        ("from=0001-01-01", "日付を年・月・日で"),
        ("from=2026-05-02&to=2026-05-01", "終わりの日は"),
    ],
)
def test_it_says_what_is_wrong_with_a_period_and_keeps_what_was_typed(
    manager: FlaskClient, query: str, said: str
) -> None:
    for path in ("/manager/", "/manager/response-times.csv"):
        answer = manager.get(f"{path}?{query}")
        assert answer.status_code == 400
        assert said in answer.text
        assert "<script>" not in answer.text


@pytest.mark.parametrize(
    "query",
    ["after=x", "after=2026-01-01_" + "9" * 40, "kind=';--", "agent=-1", "agent=" + "9" * 30, "part=x&measure=y"],
)
def test_it_takes_an_address_it_did_not_write_as_if_it_were_not_there(manager: FlaskClient, query: str) -> None:
    plain = manager.get(f"/manager/tickets?{PERIOD}").text
    odd = manager.get(f"/manager/tickets?{PERIOD}&{query}")
    assert odd.status_code == 200
    assert re.findall(r"/staff/tickets/(\w+)", odd.text) == re.findall(r"/staff/tickets/(\w+)", plain)


def test_it_gives_a_spreadsheet_that_opens_rightly_and_runs_nothing(app: Flask, manager: FlaskClient) -> None:
    with app.app_context(), transaction():
        ticket = db.session.query(Ticket).filter(Ticket.assignee_id.is_not(None)).first()
        assert ticket is not None
        db.session.get_one(Staff, ticket.assignee_id).name = '=HYPERLINK("http://evil.example","佐藤")'
    answer = manager.get(f"/manager/response-times.csv?{PERIOD}")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.data.startswith("\ufeff".encode())
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert rows[0][:4] == ["分け方", "コード", "名前", "項目"]
    assert {len(row) for row in rows} == {11}
    assert all(not cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)
    assert any(row[2].startswith("'=HYPERLINK") for row in rows)
    # Excel rounds numbers of more than 15 digits and takes 2026-09 for a day
    assert all(len(cell) < 16 for row in rows for cell in row if cell.isdecimal())
    assert not any(re.fullmatch(r"\d{4}-\d\d", cell) for row in rows for cell in row)
    assert "%%" not in answer.text
    received = next(row for row in rows if row[0] == "全体" and row[3] == "受付")
    assert int(received[5]) == len(refs_behind(manager, f"/manager/tickets?{PERIOD}&part=received"))


def test_it_notes_who_took_which_figures_out(app: Flask) -> None:
    auditor = hire(app, Role.AUDITOR)
    browser = browser_of(app, auditor)
    assert browser.get("/manager/response-times.csv?from=2026-05-02&to=2026-05-01").status_code == 400
    assert browser.get("/manager/response-times.csv?from=2026-04-01&to=2026-06-30").status_code == 200
    with app.app_context():
        event = db.session.query(Event).filter_by(kind=EventKind.EXPORTED).one()
        assert (event.actor, event.staff_id, event.ticket_id) == ("staff", auditor, None)
        assert event.facts == {"what": "response-times 2026-04-01..2026-06-30"}


def test_it_speaks_english(app: Flask, manager: FlaskClient) -> None:
    with app.app_context(), transaction():
        db.session.query(Staff).filter_by(role=Role.MANAGER).update({"language": "en"})
    page = manager.get(f"/manager/?{PERIOD}").text
    assert "Response times" in page
    body = re.sub(r"<svg.*?</svg>", "", page[page.index("<main") : page.index("By assignee")], flags=re.DOTALL)
    assert not re.search(r"[ぁ-んァ-ヶ一-龠]", body)
