"""What staff do to a ticket inside the house: each act is one form, one verb, one commit, and back to the page."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Response, flash, make_response, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response as BaseResponse

from desk import clock
from desk.accounts.permissions import Permission
from desk.events.trail import Actor, staff_actor
from desk.handling import casework, consents, correspondence, resolution, timing
from desk.handling.outgoing import find_said
from desk.handling.services import Stage, involve_service
from desk.tickets.errors import Conflict, NotAllowed
from desk.tickets.models import Ticket
from desk.tickets.queries import hold
from desk.tickets.states import State
from desk.transaction import transaction
from desk.web.guard import current_staff, fetch_ticket
from desk.web.staff.case import marks_of, open_case
from desk.web.staff.choosing import fill_choices
from desk.web.staff.conflict import conflict_page
from desk.web.staff.forms import (
    AssignForm,
    ChooseLawForm,
    EscalateForm,
    InvolveForm,
    MoveForm,
    NoteForm,
    OnceForm,
    PlainForm,
    RecastForm,
    ReopenForm,
    TicketForm,
    WithdrawConsentForm,
)
from desk.web.staff.page import possible_acts, render_ticket
from desk.web.uploads import keep_files

Act = Callable[[Ticket, Actor, datetime], object]

FILE_WORDS = {
    "too_large": _l("ファイルは1つ10MBまでです"),
    "not_allowed": _l("このファイルの種類は扱えません"),
    "too_many": _l("ファイルは5つまでです"),
    "storage": _l("ファイルを保存できませんでした。もう一度お試しください"),
}
"""What is wrong with a file, by the names that `park_uploads` gives it."""


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


def incomplete(ticket: Ticket, name: str, form: TicketForm, status: int = 400) -> Response:
    """Return the ticket page with what has to be corrected; what was typed stays."""
    fill_choices(form, ticket)
    return make_response(render_ticket(ticket, {name: form}), status)


def read_form(ref: str, name: str, form: TicketForm) -> tuple[Ticket, Response | None]:
    """Return the ticket that a form is about, and the page to answer with when the act cannot be done."""
    ticket = fetch_ticket(ref, Permission.WORK_TICKETS)
    return ticket, refusal_of(ticket, name, form)


def read_with_files(ref: str, name: str, form: Any) -> tuple[Ticket, Response | None]:
    """Read a form with files as `read_form` does; they are kept first, so that no page that comes instead loses them."""
    ticket = fetch_ticket(ref, Permission.WORK_TICKETS)
    problems = keep_files(form.nonce.data, form.files.name) if form.nonce.data else []
    form.files.errors = words = [FILE_WORDS[problem] for problem in dict.fromkeys(problems)]
    if late := conflict_of(ticket, name, form):
        return ticket, late
    if "remove" in request.form and not problems:
        return ticket, make_response(render_ticket(ticket, {name: form}))
    fine = form.validate()
    form.files.errors = words
    if fine and not problems:
        return ticket, None
    return ticket, incomplete(ticket, name, form, 503 if "storage" in problems else 400)


def refusal_of(ticket: Ticket, name: str, form: TicketForm) -> Response | None:
    """Return the page that says why an act cannot be done, or None.

    A form made from an older version is not looked into further: what it holds may be wrong for that reason alone.
    """
    if late := conflict_of(ticket, name, form):
        return late
    fill_choices(form, ticket)
    return None if form.validate() else incomplete(ticket, name, form)


def conflict_of(ticket: Ticket, name: str, form: TicketForm) -> Response | None:
    """Return the page with both versions for a form whose ticket has changed since, or None.

    A form that was sent already is not late: it finds what it has left.
    """
    version, nonce = form.version.data, form.nonce.data if isinstance(form, OnceForm) else None
    if nonce and find_said(nonce):
        return None
    is_late = version is not None and version != ticket.version
    return conflict_page(ticket.id, name, form) if is_late or name not in possible_acts(ticket) else None


def take(ref: str) -> BaseResponse:
    """Give the ticket to whoever asks."""
    form, me = PlainForm(request.form, prefix="take"), current_staff().id
    ticket, problem = read_form(ref, "take", form)
    if problem is not None:
        return problem
    return perform(ticket, "take", form, lambda t, who, now: casework.assign(t, me, who, now), _("担当になりました"))


def assign(ref: str) -> BaseResponse:
    """Give the ticket to somebody."""
    form = AssignForm(request.form, prefix="assign")
    ticket, problem = read_form(ref, "assign", form)
    if problem is not None:
        return problem
    to = int(form.to.data) if form.to.data else None
    return perform(
        ticket, "assign", form, lambda t, who, now: casework.assign(t, to, who, now), _("担当を変更しました")
    )


def escalate(ref: str) -> BaseResponse:
    """Hand the ticket to a manager."""
    form = EscalateForm(request.form, prefix="escalate")
    ticket, problem = read_form(ref, "escalate", form)
    if problem is not None:
        return problem
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
    ticket, problem = read_form(ref, "recast", form)
    if problem is not None:
        return problem
    kind, why = form.kind.data, form.text.data or ""
    return perform(
        ticket,
        "recast",
        form,
        lambda t, who, now: casework.recast(t, kind, why, who, now),
        _("種別を変更しました。期限は受付日から計算し直しました"),
    )


def choose_law(ref: str) -> BaseResponse:
    """Handle the ticket under another law."""
    form = ChooseLawForm(request.form, prefix="choose_law")
    ticket, problem = read_form(ref, "choose_law", form)
    if problem is not None:
        return problem
    code, why = form.law.data, form.text.data or ""
    return perform(
        ticket,
        "choose_law",
        form,
        lambda t, who, now: timing.choose_law(t, code, why, who, now),
        _("適用する法令を変更しました。期限は受付日から計算し直しました"),
    )


def move(ref: str) -> BaseResponse:
    """Move the work on."""
    form = MoveForm(request.form, prefix="move")
    ticket, problem = read_form(ref, "move", form)
    if problem is not None:
        return problem
    target = State(form.target.data)
    return perform(
        ticket, "move", form, lambda t, who, now: casework.move(t, target, who, now), _("状態を変更しました")
    )


def involve(ref: str) -> BaseResponse:
    """Write down what a service outside must do, was told, or has done."""
    form = InvolveForm(request.form, prefix="involve")
    ticket, problem = read_form(ref, "involve", form)
    if problem is not None:
        return problem
    service_id, stage = int(form.service.data), Stage(form.stage.data)
    return perform(
        ticket,
        "involve",
        form,
        lambda t, who, now: involve_service(t, service_id, stage, who, now),
        _("外部のサービスの対応を記録しました"),
    )


def withdraw_consent(ref: str) -> BaseResponse:
    """Write down that the person has withdrawn a consent."""
    form = WithdrawConsentForm(request.form, prefix="withdraw_consent")
    ticket, problem = read_form(ref, "withdraw_consent", form)
    if problem is not None:
        return problem
    consent_id = int(form.consent.data)
    return perform(
        ticket,
        "withdraw_consent",
        form,
        lambda t, who, now: consents.withdraw_consent(t, consent_id, marks_of(open_case(t)), who, now),
        _("同意の撤回を記録しました。同意に基づく利用を止めてください"),
    )


def resume(ref: str) -> BaseResponse:
    """Go on after a wait."""
    form = PlainForm(request.form, prefix="resume")
    ticket, problem = read_form(ref, "resume", form)
    if problem is not None:
        return problem
    return perform(ticket, "resume", form, casework.resume, _("対応を再開しました"))


def note(ref: str) -> BaseResponse:
    """Keep a note."""
    form = NoteForm(request.form, prefix="note")
    ticket, problem = read_form(ref, "note", form)
    if problem is not None:
        return problem
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
    ticket, problem = read_form(ref, "reopen", form)
    if problem is not None:
        return problem
    why = form.text.data or ""
    return perform(ticket, "reopen", form, lambda t, who, now: resolution.reopen(t, why, who, now), _("再開しました"))
