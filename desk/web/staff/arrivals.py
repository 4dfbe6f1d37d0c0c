"""The forms for telephone calls, letters and visits: a new ticket, or what was said about one that there is."""

from flask import Response, abort, current_app, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from desk import clock
from desk.events.trail import staff_actor
from desk.handling import correspondence
from desk.handling.correspondence import Contacted
from desk.handling.kinds import offered_kinds
from desk.handling.outgoing import addressee_of
from desk.handling.recording import find_recorded, record_request
from desk.law.regimes import REGIME
from desk.tickets.asking import check, read_asked
from desk.tickets.models import Channel, Ticket
from desk.transaction import attempt
from desk.vault.keys import Purpose, keys_of
from desk.vault.seal import new_token
from desk.web.filters import bracketed
from desk.web.guard import current_staff
from desk.web.languages import current_language
from desk.web.staff.acts import FILE_WORDS, perform, read_with_files
from desk.web.staff.arrival_forms import NewTicketForm, RecordContactForm
from desk.web.uploads import describe_parked, keep_files


def new_ticket() -> Response:
    """Give out the form for what came by telephone, letter or visit."""
    form = NewTicketForm()
    form.arrived_now()
    form.nonce.data = new_token()
    return _page(form)


def record_ticket() -> BaseResponse:
    """Open the ticket; what is wrong is said beside what was typed, and files stay."""
    form = NewTicketForm(request.form)
    nonce = form.nonce.data or ""
    if not 20 <= len(nonce) <= 100:
        abort(400)
    if found := find_recorded(nonce):
        return redirect(url_for("staff.ticket", ref=found.ref), 303)
    problems = keep_files(nonce)
    if "remove" in request.form and not problems:
        return _page(form)
    asked = read_asked(request.form)
    wrong = check(asked, {kind.code for kind in offered_kinds(REGIME, clock.today())}, by_phone=True)
    fine = form.validate()
    form.show(wrong)
    form.uploads.errors = [FILE_WORDS[problem] for problem in dict.fromkeys(problems)]
    if not fine or wrong or problems:
        return _page(form, 503 if "storage" in problems else 400)
    arrival, actor = form.arrival(), staff_actor(current_staff().id)
    language, base_url = form.language.data, str(current_app.extensions["config"].base_url)
    ticket = attempt(lambda: record_request(asked, arrival, language, nonce, actor, clock.now(), base_url))
    flash(_told(ticket), "success")
    return redirect(url_for("staff.ticket", ref=ticket.ref), 303)


def record_contact(ref: str) -> BaseResponse:
    """Add what the person has said by telephone, letter or visit to their ticket."""
    form = RecordContactForm(request.form, prefix="record_contact")
    ticket, problem = read_with_files(ref, "record_contact", form)
    if problem is not None:
        return problem
    contact = Contacted(
        Channel(form.channel.data), form.arrival_at(), (form.text.data or "").strip(), form.nonce.data or ""
    )
    return perform(
        ticket,
        "record_contact",
        form,
        lambda t, who, now: correspondence.record_contact(t, contact, who, now),
        _("ご本人からの連絡を記録しました"),
    )


def _told(ticket: Ticket) -> str:
    """Say how the person hears that their request was received."""
    to = addressee_of(ticket.id, keys_of(ticket.id)[Purpose.CASE]).contact
    if to.email:
        return str(_("受け付けました。受付のお知らせをメールで送ります"))
    if to.address:
        return str(_("受け付けました。「確認コードを載せた手紙を印刷する」から、受付のお手紙を送ってください"))
    return str(_("受け付けました。受付番号と連絡の予定日を、お電話でお伝えください"))


def _page(form: NewTicketForm, status: int = 200) -> Response:
    language = current_language()
    kinds = [(one.code, bracketed(one.name.get(language), one.code)) for one in offered_kinds(REGIME, clock.today())]
    form.kind.choices = [("", _("選択してください")), *kinds]
    parked = describe_parked(form.nonce.data or "")
    return make_response(render_template("staff/new_ticket.html", form=form, parked=parked), status)
