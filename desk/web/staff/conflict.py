"""Two people on one ticket: the second sees what was saved meanwhile beside what they typed, and nothing is lost."""

from collections.abc import Mapping
from typing import Any

from flask import Response, make_response, render_template, request
from flask_babel import gettext as _
from wtforms import SelectField, SelectMultipleField, StringField

from desk.db import db
from desk.policy.consents import list_consents_of
from desk.policy.register import list_services
from desk.tickets.models import Ticket
from desk.tickets.words import CHANNELS, SOURCES, STATES
from desk.web.fields import read_number
from desk.web.staff.case import Case, marks_of, open_case
from desk.web.staff.choosing import fill_choices
from desk.web.staff.forms import TicketForm
from desk.web.staff.page import parked_of, possible_acts, stamp, words_of
from desk.web.staff.source_forms import FOUND
from desk.web.words import STAGES, WAITS, WAYS, kind_name, law_name, outcome_name


def conflict_page(ticket_id: int, act: str, form: TicketForm, *, refused: bool = False) -> Response:
    """Return the page of a save that came too late, status 409: both versions, and the form to send again.

    `refused` says that the ticket's state does not allow the act any more, whatever the version. So does a choice that
    is no longer one, as when a colleague made the very same: what was typed is shown, to be copied.
    """
    db.session.rollback()
    ticket = db.session.get_one(Ticket, ticket_id, populate_existing=True)
    case = open_case(ticket)
    since = read_number(form.seen.data) or 0
    fill_choices(form, ticket)
    stamp(form, case)
    choices = [field for field in form if isinstance(field, SelectField) and not isinstance(field, SelectMultipleField)]
    typed = [
        field for field in form if type(field) is StringField
    ]  # in one line; its kinds are hidden, or shown as texts
    news, messages = _since(case, since)
    page = render_template(
        "staff/conflict.html",
        case=case,
        ticket=ticket,
        form=form,
        action=request.path,
        refused=refused or act not in possible_acts(ticket) or not all(map(_is_offered, choices)),
        chosen=[
            *((field.label.text, _words(field, case)) for field in choices if field.data),
            *((field.label.text, _several(field)) for field in form if isinstance(field, SelectMultipleField)),
            *((field.label.text, field.data) for field in typed if field.data),
        ],
        parked=parked_of(form),
        news=news,
        messages=messages,
        **words_of(case),
    )
    return make_response(page, 409)


def _several(field: SelectMultipleField) -> str:
    words = {str(value): str(label) for value, label, *_rest in field.iter_choices()}
    return "、".join(words.get(one, one) for one in field.data or ()) or str(_("なし"))


def _is_offered(field: SelectField) -> bool:
    return any(selected for _value, _label, selected, _about in field.iter_choices())


def _words(field: SelectField, case: Case) -> str:
    """Return what was chosen in words, offered still or not."""
    code, name = field.data or "", field.short_name
    if name in {"kind", "outcome", "law"}:
        return {
            "kind": lambda: kind_name(case.regime, code),
            "outcome": lambda: outcome_name(case.regime, code),
            "law": lambda: law_name(code),
        }[name]()
    words: dict[str, Mapping[str, Any]] = {
        "to": {"": _("なし"), **{str(number): person for number, person in case.staff.items()}},
        "target": STATES,
        "reason": WAITS,
        "stage": STAGES,
        "channel": CHANNELS,
        "source": SOURCES,
        "found": FOUND,
        "way": WAYS,
        "service": {str(one.id): one.name for one in list_services()} if name == "service" else {},
        "consent": {str(one.id): one.wording for one in list_consents_of(marks_of(case))} if name == "consent" else {},
    }
    offered = {str(value): str(label) for value, label, *_rest in field.iter_choices()}
    return str(words.get(name, offered).get(code, code))


def _since(case: Case, event_id: int) -> tuple[list[object], list[object]]:
    news = [entry for entry in case.entries if entry.event_id > event_id and not entry.is_look]
    said = {entry.facts["message"] for entry in news if "message" in entry.facts}
    first = min((entry.at for entry in news), default=None)
    return list(news), [
        spoken
        for spoken in case.conversation
        if spoken.id in said or (first is not None and spoken.at >= first and spoken.staff_id is not None)
    ]
