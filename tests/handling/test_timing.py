"""Another law for a ticket, a delay told in time, and the edition of a law that a ticket pins."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask.ctx import AppContext
from sqlalchemy import delete, select, update

from desk import clock, jobs
from desk.clock import TOKYO, date_of
from desk.company.models import LawEdition
from desk.db import db
from desk.events.kinds import EventKind
from desk.events.models import Event
from desk.events.trail import DESK, staff_actor
from desk.handling import casework, decisions, resolution, timing
from desk.handling.casework import WaitRequest
from desk.handling.clockwork import clock_of
from desk.handling.intake import Opened
from desk.handling.kinds import Check, activate, deactivate
from desk.handling.laws import keep_laws, law_of
from desk.handling.resolution import Closing
from desk.handling.timing import Delay
from desk.law.loading import find_source, read_regime, shared_source
from desk.law.regimes import REGIMES, get_regime
from desk.law.waits import WaitReason
from desk.mail.models import MailKind, OutboxMail
from desk.tickets.decisions import Decided, Item, Result
from desk.tickets.errors import NotAllowed
from desk.tickets.models import Message, Ticket
from desk.transaction import transaction
from desk.vault.seal import new_token
from tests.cases import BASE_URL, act, add_staff, open_one, ticket_of
from tests.moment import Traveller

ARRIVAL = datetime(2027, 6, 7, 10, tzinfo=TOKYO)
CHECK = Check("顧問 花子", date(2027, 6, 1), "GDPR Art. 12(3)")


@pytest.fixture
def opened(context: AppContext, moment: Traveller) -> Opened:
    """A disclosure request of Monday 2027-06-07; the laws of Europe and Britain have been checked for it."""
    moment.move_to(ARRIVAL)
    with transaction():
        for code in ("eu-gdpr", "uk-gdpr"):
            activate(code, "D33", CHECK, actor=DESK, now=ARRIVAL)
    return open_one(kind="D33")


def dates(opened: Opened) -> tuple[date | None, date | None]:
    ticket = ticket_of(opened)
    return ticket.limit_on, ticket.due_on


def shown(opened: Opened) -> tuple[date | None, date | None]:
    """Return the dates that the page's explanation ends with."""
    reckoned = clock_of(ticket_of(opened))
    return reckoned.limit_on, reckoned.due_on


def choose(opened: Opened, code: str, on: date) -> None:
    who = staff_actor(add_staff())
    act(opened, timing.choose_law, code, "EUにお住まい", who, datetime(on.year, on.month, on.day, 10, tzinfo=TOKYO))


def wait(opened: Opened, reason: WaitReason, moment: Traveller, days: int) -> None:
    """Have the desk wait for the person for some days."""
    act(
        opened,
        casework.start_wait,
        WaitRequest(reason, "お送りください"),
        staff_actor(add_staff()),
        clock.now(),
        BASE_URL,
    )
    moment.shift(timedelta(days=days))
    act(opened, casework.resume, staff_actor(add_staff()), clock.now())


def test_another_law_counts_from_arrival(opened: Opened) -> None:
    assert dates(opened) == (date(2027, 6, 21), date(2027, 6, 21))
    choose(opened, "eu-gdpr", date(2027, 6, 9))
    assert dates(opened) == shown(opened) == (date(2027, 7, 7), date(2027, 7, 7))
    ticket = ticket_of(opened)
    assert (ticket.regime, ticket.law_version) == ("eu-gdpr", get_regime("eu-gdpr").version)
    event = db.session.scalars(select(Event).where(Event.kind == EventKind.LAW_CHOSEN)).one()
    assert event.facts == {"origin": "jp-appi", "to": "eu-gdpr"}
    choose(opened, "uk-gdpr", date(2027, 6, 10))
    with pytest.raises(NotAllowed):
        choose(opened, "kr-pipa", date(2027, 6, 10))


def test_the_law_of_before_may_come_back(opened: Opened) -> None:
    choose(opened, "eu-gdpr", date(2027, 6, 9))
    choose(opened, "jp-appi", date(2027, 6, 10))
    assert dates(opened) == shown(opened) == (date(2027, 6, 21), date(2027, 6, 21))


@pytest.mark.parametrize("code", ["eu-gdpr", "jp-appi", "us-ccpa", "mars"])
def test_only_a_law_that_offers_the_kind_can_be_chosen(opened: Opened, code: str) -> None:
    with transaction():
        deactivate("eu-gdpr", "D33", "顧問 花子", actor=DESK, now=clock.now())
    with pytest.raises(NotAllowed):
        choose(opened, code, date(2027, 6, 9))
    assert ticket_of(opened).regime == "jp-appi"
    act(opened, resolution.close, Closing("WD"), staff_actor(add_staff()), clock.now(), BASE_URL)
    with pytest.raises(NotAllowed):
        choose(opened, "uk-gdpr", date(2027, 6, 9))


def test_a_wait_moves_the_dates_of_a_law_that_says_so(opened: Opened, moment: Traveller) -> None:
    wait(opened, WaitReason.IDENTITY, moment, 2)
    assert dates(opened) == (date(2027, 6, 21), date(2027, 6, 21))  # under the Act nothing moves
    choose(opened, "uk-gdpr", date_of(clock.now()))
    assert dates(opened) == shown(opened) == (date(2027, 7, 9), date(2027, 7, 9))  # a month from 06-09
    wait(opened, WaitReason.CORRECTION, moment, 5)
    assert dates(opened) == shown(opened) == (date(2027, 7, 14), date(2027, 7, 14))
    wait(opened, WaitReason.IDENTITY, moment, 1)
    assert dates(opened) == shown(opened) == (date(2027, 7, 15), date(2027, 7, 15))  # a month from 06-15


def test_a_delay_is_told_and_moves_what_the_law_lets_it(opened: Opened, moment: Traveller) -> None:
    who, nonce = staff_actor(add_staff()), new_token()
    delay = Delay("資料を探しています", date(2027, 6, 30), nonce)
    message = act(opened, timing.tell_delay, delay, who, clock.now(), BASE_URL)
    assert dates(opened) == shown(opened) == (date(2027, 6, 21), date(2027, 6, 21))
    assert "extended" in [line.rule for line in clock_of(ticket_of(opened)).explanation]
    assert act(opened, timing.tell_delay, delay, who, clock.now(), BASE_URL) == message
    mails = db.session.scalars(select(OutboxMail).where(OutboxMail.kind == MailKind.DELAY)).all()
    assert len(mails) == 1
    ticket = ticket_of(opened)
    assert ticket.answered_at is not None
    assert ticket.state == "triaged"
    choose(opened, "eu-gdpr", date(2027, 6, 9))
    assert dates(opened) == shown(opened) == (date(2027, 9, 7), date(2027, 9, 7))  # two months more


def test_a_day_that_is_past_is_no_promise(opened: Opened) -> None:
    past, coming = Delay("資料を探しています", date(2027, 6, 6)), Delay("資料を探しています", date(2027, 6, 30))
    with pytest.raises(NotAllowed):
        act(opened, timing.tell_delay, past, staff_actor(add_staff()), clock.now(), BASE_URL)
    assert db.session.scalars(select(Message).where(Message.direction == "out")).all() == []
    act(opened, resolution.close, Closing("WD"), staff_actor(add_staff()), clock.now(), BASE_URL)
    with pytest.raises(NotAllowed):
        act(opened, timing.tell_delay, coming, staff_actor(add_staff()), clock.now(), BASE_URL)


def test_each_edition_of_a_law_is_kept_once(context: AppContext) -> None:
    jobs.calendar()
    jobs.calendar()
    kept = db.session.execute(select(LawEdition.regime, LawEdition.version)).all()
    assert sorted(kept) == sorted((code, get_regime(code).version) for code in REGIMES)
    source, shared = db.session.execute(
        select(LawEdition.source, LawEdition.shared).where(LawEdition.regime == "jp-appi")
    ).one()
    assert (source, shared) == (find_source("jp-appi"), shared_source())


def older(**replaced: Any) -> str:
    """Keep an edition of the Act in which words of its data were others, and return its version."""
    source, shared = find_source("jp-appi") or "", shared_source()
    for was, is_now in replaced.values():
        assert was in source
        source = source.replace(was, is_now)
    version = read_regime(source, shared).version
    with transaction():
        keep_laws(clock.now())
        db.session.add(
            LawEdition(id=1, version=version, regime="jp-appi", source=source, shared=shared, kept_at=clock.now())
        )
    return version


def pin(opened: Opened, version: str) -> Ticket:
    with transaction():
        db.session.execute(update(Ticket).where(Ticket.id == opened.ticket_id).values(law_version=version))
    return ticket_of(opened)


def test_a_ticket_is_handled_by_the_edition_that_it_pins(opened: Opened) -> None:
    version = older(
        name=('name = { ja = "保有個人データの開示"', 'name = { ja = "前の名前"'),
        outcomes=('outcomes = ["D-FULL", "D-PART",', 'outcomes = ["D-FULL",'),
    )
    ticket = pin(opened, version)
    law = law_of(ticket)
    assert (law.version, law.kind("D33").name.ja) == (version, "前の名前")
    part = Decided("D-PART", (Item("経歴", Result.GRANTED), Item("所見", Result.REFUSED, "G5", "推薦者が特定される")))
    with pytest.raises(NotAllowed):
        act(opened, decisions.draft_decision, part, staff_actor(add_staff()), clock.now())
    act(opened, decisions.draft_decision, Decided("D-FULL"), staff_actor(add_staff()), clock.now())


def test_todays_edition_stands_in_for_one_that_was_not_kept(opened: Opened) -> None:
    ticket = pin(opened, "jp-appi-2026-11")
    assert law_of(ticket) is get_regime("jp-appi")
    with transaction():
        db.session.execute(delete(LawEdition))
    assert law_of(pin(opened, "jp-appi-1999-01/00000000")) is get_regime("jp-appi")


def test_a_kind_that_the_pinned_edition_lacks_is_todays(opened: Opened) -> None:
    ticket = pin(opened, older(name=("[kinds.D33]", "[kinds.D99]")))
    assert law_of(ticket) is get_regime("jp-appi")
