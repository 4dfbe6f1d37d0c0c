"""What tests of mail need: tickets, letters in the outbox, and a desk whose server is the test's own peer."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from desk import clock
from desk.db import db, new_id
from desk.mail import letters, outbox
from desk.mail.models import MailKind, MailState, OutboxMail
from desk.tickets.models import Channel, Population, Ticket
from desk.tickets.states import State
from desk.transaction import transaction


def letter(language: str = "ja") -> letters.Letter:
    """Compose an acknowledgement."""
    return letters.compose(
        "acknowledgement",
        language,
        ref="ABCD-2345-67",
        kind_name="保有個人データの開示",
        received_at=clock.now(),
        reply_by=clock.today(),
        due_on=None,
        url="https://desk.example/s/token",
    )


def open_ticket() -> int:
    """Add a bare ticket in the current transaction and return its number."""
    now = clock.now()
    ticket = Ticket(
        id=new_id(),
        ref=f"{new_id() % 10**10:010d}",
        kind="K40",
        regime="jp-appi",
        law_version="1",
        calendar_version="1",
        population=Population.USER,
        language="ja",
        channel=Channel.FORM,
        state=State.RECEIVED,
        received_at=now,
        received_on=clock.today(),
        ack_by=now + timedelta(minutes=5),
        queue_on=clock.today(),
        summary=b"",
    )
    db.session.add(ticket)
    db.session.flush()
    return ticket.id


def post(
    number: int = 1,
    *,
    kind: MailKind = MailKind.CLOSING,
    to: str = "person@example.jp",
    name: str | None = None,
    ticket: bool = False,
) -> list[int]:
    """Post mails and commit, without ringing anybody; return their numbers."""
    text = letter()
    with transaction():
        return [
            outbox.post(
                kind=kind,
                letter=text,
                to=to.format(n=n),
                to_name=name,
                ticket_id=open_ticket() if ticket else None,
                dedupe_key=f"test-{new_id()}",
                at=clock.now(),
            )
            for n in range(number)
        ]


def row(mail_id: int) -> OutboxMail:
    """Read one mail afresh."""
    db.session.rollback()
    return db.session.execute(
        select(OutboxMail).where(OutboxMail.id == mail_id).execution_options(populate_existing=True)
    ).scalar_one()


def states(app: Flask) -> dict[MailState, int]:
    """Count the mails in each state."""
    with app.app_context():
        found: dict[MailState, int] = {}
        for state in db.session.scalars(select(OutboxMail.state)):
            found[MailState(state)] = found.get(MailState(state), 0) + 1
        return found
