"""What the desk itself holds of a case's person, found by the blind index; that somebody looked is in the trail."""

from flask import abort, render_template
from flask_babel import lazy_gettext as _l

from desk import clock
from desk.accounts.permissions import Permission
from desk.events.kinds import EventKind
from desk.events.trail import record, staff_actor
from desk.handling.holding import list_held
from desk.reporting.own_data import own_data as find_own_data
from desk.search.identifiers import IdentifierKind, read_email
from desk.tickets.models import PartyRole
from desk.transaction import transaction
from desk.web.guard import current_staff, fetch_ticket
from desk.web.staff.case import open_case
from desk.web.staff.queue import page_words

SHARED = {
    IdentifierKind.EMAIL: _l("メール"),
    IdentifierKind.PHONE: _l("電話"),
    IdentifierKind.NAME: _l("お名前"),
}


def own_data(ref: str) -> str:
    """Show the cases, mails, files and consents of the person whose case this is."""
    ticket = fetch_ticket(ref, Permission.READ_TICKETS)
    person = open_case(ticket).parties.get(PartyRole.PERSON)
    if person is None:
        abort(404)
    found, email = find_own_data(person, ticket.id), read_email(person.email)
    held = [mail for mail in list_held() if email is not None and read_email(mail.sender) == email]
    with transaction():
        who, facts = staff_actor(current_staff().id), {"hits": len(found.cases)}
        record(EventKind.OWN_DATA_LISTED, actor=who, at=clock.now(), ticket_id=ticket.id, facts=facts)
    return render_template(
        "staff/own_data.html",
        ticket=ticket,
        person=person,
        found=found,
        held=held,
        shared=lambda shares: [word for kind, word in SHARED.items() if kind in shares],
        **page_words(clock.today()),
    )
