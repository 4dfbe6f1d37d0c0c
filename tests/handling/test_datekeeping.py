"""When the calendar changes, an open date that would move back is held, one that moves forward moves, and both are told."""

from datetime import UTC, date, datetime

import pytest
from flask.ctx import AppContext
from sqlalchemy import func, select, update

from desk import jobs
from desk.accounts.permissions import Role
from desk.clock import TOKYO, date_of
from desk.company.models import CalendarEdition
from desk.company.profile import get_company
from desk.db import db
from desk.events.alerts import list_open_alerts
from desk.events.models import Event
from desk.events.trail import DESK
from desk.handling import casework, datekeeping, resolution
from desk.handling.administration import change_closures
from desk.handling.calendars import desk_calendar
from desk.handling.clockwork import clock_of
from desk.handling.intake import Opened
from desk.handling.resolution import Closing
from desk.law.closures import Closures
from desk.schedule import sweep
from desk.tickets.models import Ticket
from desk.transaction import transaction
from tests.cases import BASE_URL, act, add_staff, open_one, sign_in, ticket_of, token_of
from tests.moment import travel_to

# A disclosure request of Monday 2027-06-07: reply 06-09, target 06-17, due and ceiling Mon 06-21.
ARRIVAL = datetime(2027, 6, 7, 10, tzinfo=TOKYO)
LATER = datetime(2027, 6, 8, 10, tzinfo=TOKYO)
HELD = date(2027, 6, 18)


def close_on(*days: str, at: datetime = ARRIVAL) -> None:
    """Save the company's closures as an administrator does, without the job."""
    with transaction():
        closures = Closures.from_data({"dated": list(days)})
        change_closures(closures, version=get_company().version, actor=DESK, now=at)


def follow() -> None:
    """Run the job."""
    with travel_to(LATER):
        jobs.calendar()


def told() -> list[dict[str, object]]:
    """Return the facts of each event about the calendar, without the version."""
    db.session.rollback()
    found = db.session.scalars(select(Event.facts).where(Event.kind == "calendar_changed").order_by(Event.id))
    return [{name: facts[name] for name in ("earlier", "held")} for facts in found]


def last_words(ticket: Ticket) -> dict[str, date]:
    """Return the last date that the explanation gives to the due date and to whatever was held."""
    return {line.rule: line.on for line in clock_of(ticket).explanation if line.rule.startswith(("due", "held"))}


def held_case() -> Opened:
    """Open a case whose due date a later calendar would put off, and change that calendar."""
    close_on("2027-06-21")
    opened = open_one(ARRIVAL, kind="D33")
    close_on(at=LATER)
    return opened


def test_a_date_that_moves_forward_moves_once(context: AppContext) -> None:
    opened = open_one(ARRIVAL, kind="D33")
    before = ticket_of(opened).version
    close_on("2027-06-21", at=LATER)
    for _time in range(2):
        follow()
        ticket = ticket_of(opened)
        assert (ticket.due_on, ticket.queue_on, ticket.limit_on) == (HELD, HELD, date(2027, 6, 21))
        assert ticket.calendar_version == desk_calendar().version
        assert told() == [{"earlier": {"due_on": "2027-06-18"}, "held": {}}]
    assert last_words(ticket) == {"due-rolled-back": HELD}
    assert ticket.version == before


def test_a_date_that_would_move_back_is_held(context: AppContext) -> None:
    opened = held_case()
    for _time in range(2):
        follow()
        ticket = ticket_of(opened)
        assert (ticket.due_on, ticket.queue_on) == (HELD, HELD)
        assert ticket.calendar_version == desk_calendar().version
        assert told() == [{"earlier": {}, "held": {"due_on": "2027-06-18"}}]
    assert last_words(ticket) == {"due-as-limit": date(2027, 6, 21), "held": HELD}


def test_a_change_that_touches_no_date_tells_nothing(context: AppContext) -> None:
    opened = open_one(ARRIVAL, kind="D33")
    close_on("2028-06-21", at=LATER)
    follow()
    assert told() == []
    assert ticket_of(opened).calendar_version == desk_calendar().version


def test_a_new_table_of_holidays_puts_nothing_off(context: AppContext) -> None:
    """The table of the release before is not in this one: only what stands on the ticket knows it."""
    opened = open_one(ARRIVAL, kind="D33")
    with transaction():
        old = {"calendar_version": "jp-holidays-0.1/2015-2045/closures-00000000", "due_on": HELD, "queue_on": HELD}
        db.session.execute(update(Ticket).values(**old))
    assert last_words(ticket_of(opened))["held"] == HELD
    follow()
    assert (ticket_of(opened).due_on, ticket_of(opened).calendar_version) == (HELD, desk_calendar().version)
    assert told() == [{"earlier": {}, "held": {"due_on": "2027-06-18"}}]


def test_another_kind_is_no_detour_to_a_later_date(context: AppContext) -> None:
    opened = held_case()
    follow()
    kinds = (("S351", HELD), ("K40", date(2027, 7, 7)), ("D33", HELD), ("N-BREACH", None), ("C34", HELD))
    for minute, (kind, due) in enumerate(kinds):
        act(opened, casework.recast, kind, "内容から判断しました", DESK, LATER.replace(minute=minute))
        assert (ticket_of(opened).kind, ticket_of(opened).due_on) == (kind, due)
    assert last_words(ticket_of(opened))["held"] == HELD


def test_recasting_tells_of_the_calendar_before_the_job_does(context: AppContext) -> None:
    opened = held_case()
    act(opened, casework.recast, "S351", "内容から判断しました", DESK, LATER)
    assert ticket_of(opened).due_on == HELD
    follow()
    kinds = [kind for kind in db.session.scalars(select(Event.kind).order_by(Event.at, Event.id)) if "c" in kind]
    assert kinds.count("calendar_changed") == 1
    assert told() == [{"earlier": {}, "held": {"due_on": "2027-06-18"}}]


def test_a_case_that_ended_keeps_the_calendar_that_it_pins(context: AppContext) -> None:
    opened = open_one(ARRIVAL, kind="K40")
    pinned = ticket_of(opened).calendar_version
    act(opened, resolution.close, Closing("K-OK", "解決しました。"), DESK, ARRIVAL, BASE_URL)
    close_on("2027-07-07", at=LATER)
    follow()
    ticket = ticket_of(opened)
    assert (ticket.calendar_version, clock_of(ticket).calendar) == (pinned, pinned)
    assert last_words(ticket) == {"due-as-limit": date(2027, 7, 7)}
    act(opened, resolution.reopen, "続きがあります", DESK, LATER)
    follow()
    assert ticket_of(opened).due_on == date(2027, 7, 6)


def test_it_goes_on_after_a_case_that_it_cannot_reckon(context: AppContext) -> None:
    cases = [open_one(ARRIVAL, kind="D33") for _ in range(datekeeping.BATCH + 2)]
    with transaction():
        db.session.execute(update(Ticket).where(Ticket.id == cases[0].ticket_id).values(regime="xx-none"))
    close_on("2027-06-21", at=LATER)
    with pytest.raises(jobs.NotReckoned, match="1 tickets"):
        follow()
    assert [ticket_of(case).due_on for case in cases] == [date(2027, 6, 21), *[HELD] * (len(cases) - 1)]
    assert [alert.ticket_id for alert in list_open_alerts()] == [cases[0].ticket_id]


def test_it_keeps_each_calendar_once(context: AppContext) -> None:
    first = desk_calendar().version
    follow()
    close_on("2027-06-21")
    second = desk_calendar().version
    follow()
    close_on("2027-06-21", at=LATER)
    assert set(db.session.scalars(select(CalendarEdition.version))) == {first, second}
    assert db.session.scalar(select(func.count()).select_from(CalendarEdition)) == 2


def test_an_administrator_saves_and_staff_read_why(sending: AppContext) -> None:
    app = sending.app
    close_on("2027-06-21")
    opened = open_one(ARRIVAL, kind="D33")
    admin, agent = add_staff(Role.ADMIN), add_staff()
    browser = sign_in(app, admin)
    page = browser.get("/admin/company/closures").text
    version = page.split('name="version" value="', 1)[1].split('"', 1)[0]
    assert "早い方を守ります" in page
    answer = browser.post("/admin/company/closures", data={"csrf_token": token_of(page), "version": version})
    assert answer.status_code == 303
    assert app.test_cli_runner().invoke(sweep).exit_code == 0
    words = sign_in(app, agent).get(f"/staff/tickets/{opened.ref}").text
    assert "期限は、営業日の暦が変わる前に定めた2027年6月18日（金）のままとします" in words
    assert "営業日の暦が変わりました（早まった日付：なし、早い方を守った日付：期限 2027年6月18日（金））" in words
    assert f"暦の版：{ticket_of(opened).calendar_version}" in words


def test_the_queue_places_a_breach_by_its_day_in_japan(context: AppContext) -> None:
    """00:30 in Japan is still the day before in UTC."""
    arrival = datetime(2027, 6, 8, 0, 30, tzinfo=TOKYO)
    ticket = ticket_of(open_one(arrival.astimezone(UTC), kind="N-BREACH"))
    assert (ticket.received_at.date(), ticket.due_on) == (date(2027, 6, 7), None)
    assert ticket.queue_on == ticket.received_on == date_of(arrival) == date(2027, 6, 8)
