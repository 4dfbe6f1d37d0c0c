"""What staff do to a ticket inside the house: each act is one form, one verb, one commit, and back to the page."""

from collections.abc import Callable
from datetime import datetime

from flask import Response, flash, make_response, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response as BaseResponse

from desk import clock
from desk.accounts.permissions import Permission
from desk.events.trail import Actor, staff_actor
from desk.handling import casework, correspondence, resolution
from desk.handling.outgoing import find_said
from desk.tickets.errors import Conflict, NotAllowed
from desk.tickets.models import Ticket
from desk.tickets.queries import hold
from desk.tickets.states import State
from desk.transaction import transaction
from desk.web.guard import current_staff, fetch_ticket
from desk.web.staff.conflict import conflict_page
from desk.web.staff.forms import (
    AssignForm,
    EscalateForm,
    MoveForm,
    NoteForm,
    OnceForm,
    PlainForm,
    RecastForm,
    ReopenForm,
    TicketForm,
)
from desk.web.staff.page import fill_choices, render_ticket

Act = Callable[[Ticket, Actor, datetime], object]


def perform(ticket: Ticket, name: str, form: TicketForm, act: Act, done: str) -> BaseResponse:
    """Do one act on the version that the form was made from, and go back to the ticket.

    Answers 409 with both versions when somebody was quicker, or when the state no longer allows it.
    """
    ticket_id, ref, staff_id = ticket.id, ticket.ref, current_staff().id
    nonce = form.nonce.data if isinstance(form, OnceForm) else None
    try:
        with transaction():
            if not (nonce and find_said(nonce)):
                act(hold(ticket_id, form.version.data), staff_actor(staff_id), clock.now())
    except (Conflict, StaleDataError):
        return conflict_page(ticket_id, name, form)
    except NotAllowed:
        return conflict_page(ticket_id, name, form, refused=True)
    flash(done, "success")
    return redirect(url_for("staff.ticket", ref=ref), 303)


def incomplete(ticket: Ticket, name: str, form: TicketForm) -> Response:
    """Return the ticket page with what has to be corrected, status 400; what was typed stays."""
    fill_choices(form, ticket)
    return make_response(render_ticket(ticket, {name: form}), 400)


def read_form(ref: str, form: TicketForm) -> tuple[Ticket, bool]:
    """Return the ticket that a form is about, and whether the form is filled in rightly."""
    ticket = fetch_ticket(ref, Permission.WORK_TICKETS)
    fill_choices(form, ticket)
    return ticket, form.validate()


def take(ref: str) -> BaseResponse:
    """Give the ticket to whoever asks."""
    form, me = PlainForm(request.form, prefix="take"), current_staff().id
    ticket, fine = read_form(ref, form)
    if not fine:
        return incomplete(ticket, "take", form)
    return perform(ticket, "take", form, lambda t, who, now: casework.assign(t, me, who, now), _("担当になりました"))


def assign(ref: str) -> BaseResponse:
    """Give the ticket to somebody."""
    form = AssignForm(request.form, prefix="assign")
    ticket, fine = read_form(ref, form)
    if not fine:
        return incomplete(ticket, "assign", form)
    to = int(form.to.data) if form.to.data else None
    return perform(
        ticket, "assign", form, lambda t, who, now: casework.assign(t, to, who, now), _("担当を変更しました")
    )


def escalate(ref: str) -> BaseResponse:
    """Hand the ticket to a manager."""
    form = EscalateForm(request.form, prefix="escalate")
    ticket, fine = read_form(ref, form)
    if not fine:
        return incomplete(ticket, "escalate", form)
    to, why = int(form.to.data) if form.to.data else None, form.text.data or ""
    return perform(
        ticket,
        "escalate",
        form,
        lambda t, who, now: casework.escalate(t, to, why, who, now),
        _("管理者に引き継ぎました"),
    )


def recast(ref: str) -> BaseResponse:
    """Change the kind."""
    form = RecastForm(request.form, prefix="recast")
    ticket, fine = read_form(ref, form)
    if not fine:
        return incomplete(ticket, "recast", form)
    kind, why = form.kind.data, form.text.data or ""
    return perform(
        ticket,
        "recast",
        form,
        lambda t, who, now: casework.recast(t, kind, why, who, now),
        _("種別を変更しました。期限は受付日から計算し直しました"),
    )


def move(ref: str) -> BaseResponse:
    """Move the work on."""
    form = MoveForm(request.form, prefix="move")
    ticket, fine = read_form(ref, form)
    if not fine:
        return incomplete(ticket, "move", form)
    target = State(form.target.data)
    return perform(
        ticket, "move", form, lambda t, who, now: casework.move(t, target, who, now), _("状態を変更しました")
    )


def resume(ref: str) -> BaseResponse:
    """Go on after a wait."""
    form = PlainForm(request.form, prefix="resume")
    ticket, fine = read_form(ref, form)
    if not fine:
        return incomplete(ticket, "resume", form)
    return perform(ticket, "resume", form, casework.resume, _("対応を再開しました"))


def note(ref: str) -> BaseResponse:
    """Keep a note."""
    form = NoteForm(request.form, prefix="note")
    ticket, fine = read_form(ref, form)
    if not fine:
        return incomplete(ticket, "note", form)
    text, nonce = form.text.data or "", form.nonce.data
    return perform(
        ticket,
        "note",
        form,
        lambda t, who, now: correspondence.note(t, text, who, now, nonce),
        _("内部メモを残しました。ご本人には送られません"),
    )


def reopen(ref: str) -> BaseResponse:
    """Take the ticket up again."""
    form = ReopenForm(request.form, prefix="reopen")
    ticket, fine = read_form(ref, form)
    if not fine:
        return incomplete(ticket, "reopen", form)
    why = form.text.data or ""
    return perform(ticket, "reopen", form, lambda t, who, now: resolution.reopen(t, why, who, now), _("再開しました"))
