"""Two people on one ticket: the second sees what was saved meanwhile beside what they typed, and nothing is lost."""

from flask import Response, make_response, render_template, request

from desk.db import db
from desk.events.kinds import EventKind
from desk.tickets.models import Ticket
from desk.web.staff.case import Case, open_case
from desk.web.staff.forms import TicketForm
from desk.web.staff.page import fill_choices, possible_acts, stamp, words_of


def conflict_page(ticket_id: int, act: str, form: TicketForm, *, refused: bool = False) -> Response:
    """Return the page of a save that came too late, status 409: both versions, and the form to send again.

    `refused` says that the ticket's state does not allow the act any more, whatever the version.
    """
    db.session.rollback()
    ticket = db.session.get_one(Ticket, ticket_id, populate_existing=True)
    case = open_case(ticket)
    seen = form.seen.data or ""
    since = int(seen) if seen.isdecimal() else 0
    fill_choices(form, ticket)
    stamp(form, case)
    news, messages = _since(case, since)
    page = render_template(
        "staff/conflict.html",
        case=case,
        ticket=ticket,
        form=form,
        action=request.path,
        refused=refused or act not in possible_acts(ticket),
        news=news,
        messages=messages,
        **words_of(case),
    )
    return make_response(page, 409)


def _since(case: Case, event_id: int) -> tuple[list[object], list[object]]:
    news = [entry for entry in case.entries if entry.event_id > event_id and entry.kind is not EventKind.VIEWED]
    said = {entry.facts["message"] for entry in news if "message" in entry.facts}
    first = min((entry.at for entry in news), default=None)
    return list(news), [
        spoken
        for spoken in case.conversation
        if spoken.id in said or (first is not None and spoken.at >= first and spoken.staff_id is not None)
    ]
