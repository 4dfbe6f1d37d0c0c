"""People and tickets that tests of the staff door begin with."""

from datetime import datetime
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from desk import clock
from desk.accounts.models import Staff
from desk.accounts.permissions import Role
from desk.accounts.sessions import begin_session
from desk.db import db, new_id
from desk.events.trail import staff_actor
from desk.handling import decisions, identity
from desk.handling.identity import Basis
from desk.handling.intake import Opened, Submission, open_ticket
from desk.tickets.content import Contact, Said
from desk.tickets.models import Channel, Population, Ticket
from desk.tickets.queries import hold
from desk.transaction import transaction
from desk.vault.keys import DataKey, Purpose

BASE_URL = "http://127.0.0.1:8000"


def add_staff(role: Role = Role.AGENT, name: str = "佐藤 窓口", language: str = "ja") -> int:
    """Add a member of staff and return the id."""
    staff_id = new_id()
    with transaction():
        db.session.add(
            Staff(
                id=staff_id,
                email=f"s{staff_id}@desk.example",
                name=name,
                role=role,
                language=language,
                is_active=True,
                created_at=clock.now(),
            )
        )
    return staff_id


def sign_in(app: Flask, staff_id: int) -> FlaskClient:
    """Return a browser in which somebody is signed in."""
    with app.app_context(), transaction():
        token = begin_session(staff_id, clock.now())
    client = app.test_client()
    client.set_cookie("staff", token, domain="localhost")
    return client


def submission(**changes: Any) -> Submission:
    """Return what a person asks; `changes` replace its parts."""
    values: dict[str, Any] = {
        "kind": "K40",
        "population": Population.USER,
        "language": "ja",
        "channel": Channel.FORM,
        "person": Contact(name="山田 太郎", reading="やまだ たろう", email="taro@example.jp"),
        "said": Said("広告のメールを止めたのに、まだ届きます。"),
    }
    return Submission(**{**values, **changes})


def open_one(at: datetime | None = None, **changes: Any) -> Opened:
    """Open a ticket as the form does."""
    with transaction():
        return open_ticket(submission(**changes), at or clock.now(), BASE_URL)


def ticket_of(opened: Opened) -> Ticket:
    """Return the ticket as it stands now."""
    db.session.rollback()
    return db.session.get_one(Ticket, opened.ticket_id, populate_existing=True)


def act(opened: Opened, verb: Any, *args: Any, **more: Any) -> Any:
    """Do one verb on a ticket in a transaction of its own."""
    with transaction():
        return verb(hold(opened.ticket_id), *args, **more)


def see_to_duties(ticket: Ticket, staff_id: int) -> None:
    """Confirm identity and tick off every duty that is ticked off by hand."""
    who, now = staff_actor(staff_id), clock.now()
    if not identity.is_confirmed(ticket.id):
        identity.confirm_identity(ticket, Basis.KNOWN, "会員ページから届いた", who, now)
    duties = [one.duty for one in decisions.list_duties(ticket)]
    decisions.check_duties(ticket, {one.code for one in duties if decisions.is_ticked_by_hand(one)}, who, now)


def spoil(opened: Opened) -> None:
    """Damage a case's key, so that nothing of it opens."""
    key = (DataKey.ticket_id == opened.ticket_id, DataKey.purpose == Purpose.CASE)
    with transaction():
        db.session.execute(update(DataKey).where(*key).values(sealed=b"x" * 80))


def token_of(page: str) -> str:
    """Return the forgery token of a page."""
    return page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]


def fields_of(page: str, action: str) -> dict[str, str]:
    """Return the hidden fields and texts of the form that posts to `action`."""
    import html
    import re

    form = next(part for part in page.split("<form")[1:] if f'action="{action}"' in part.split(">", 1)[0])
    form = form.split("</form>", 1)[0]
    fields = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        kind = re.search(r'type="([^"]*)"', tag)
        if name and (kind is None or kind[1] not in {"checkbox", "radio", "file"}):
            fields[name[1]] = html.unescape(value[1]) if value else ""
    for name, text in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', form, re.DOTALL):
        fields[name] = html.unescape(text).removeprefix("\r\n").removeprefix("\n")
    return fields
